import { formatFloat } from '../../builtins/output.ts';

export type Value = string | number | undefined | { text: string };
export type Store = Map<string, Value>;

export class Jump {
  readonly kind: 'next' | 'break' | 'continue' | 'exit' | 'return';
  readonly value: Value;
  constructor(kind: Jump['kind'], value: Value = undefined) {
    this.kind = kind;
    this.value = value;
  }
}

const looksNumeric = (text: string): boolean => /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/.test(text);
export const toNumber = (value: Value): number => {
  if (typeof value === 'number') return value;
  if (value === undefined) return 0;
  const text = typeof value === 'string' ? value : value.text;
  return Number(/^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/.exec(text)?.[0] ?? 0);
};
/** Input that looks like a number compares as one. */
export const isNumber = (value: Value): boolean =>
  typeof value === 'number' || value === undefined || (typeof value === 'object' && looksNumeric(value.text));
const numberText = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 1e16 ? String(value) : formatFloat(value, 'g', 6);
export const toText = (value: Value): string =>
  value === undefined
    ? ''
    : typeof value === 'number'
      ? numberText(value)
      : typeof value === 'string'
        ? value
        : value.text;
export const truth = (value: Value): boolean =>
  typeof value === 'number'
    ? value !== 0
    : value === undefined
      ? false
      : typeof value === 'object' && looksNumeric(value.text)
        ? Number(value.text) !== 0
        : toText(value) !== '';
