import { severities } from '../../../src/model/enumerations.ts';

/* What of an address is taken for what it should be; the rest is dropped. */

export type Raw = Record<string, unknown>;
export const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;
export const isoTime = (value: unknown): string | undefined =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : undefined;
export const oneOf = <T extends string>(value: unknown, options: readonly T[]): T | undefined =>
  options.find((option) => option === value);

/** Leaves out what is not set, so that addresses stay short. */
export function compact<T extends object>(search: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as never;
}

/** Names of severities with commas between. */
export const severityList = (value: unknown): string | undefined => {
  const list = (text(value) ?? '').split(',').filter((name) => (severities as readonly string[]).includes(name));
  return list.length > 0 ? list.join(',') : undefined;
};

/** A parameter may come once or as a list. */
export function textList(value: unknown): string[] | undefined {
  const list = (Array.isArray(value) ? value : [value]).map(text).filter((item) => item !== undefined);
  return list.length > 0 ? list : undefined;
}
