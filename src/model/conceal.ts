import type { FieldValue } from './event.ts';

/** A value with markers in it, however deep. */
export function concealValue(value: FieldValue, conceal: (text: string) => string): FieldValue {
  if (typeof value === 'string') return conceal(value);
  if (typeof value === 'number') {
    const text = conceal(String(value));
    return text === String(value) ? value : text;
  }
  if (Array.isArray(value)) return value.map((each) => concealValue(each, conceal));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, concealValue(each, conceal)]));
}
