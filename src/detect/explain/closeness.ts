import type { FieldValue } from '../../model/index.ts';
import type { Test } from '../form.ts';
import { fold, textOf } from '../index/field.ts';

/** How far a value is from what a test asks for: 0 is nearly, 1 is not at all. `hint` says what is nearly right. */
export interface Closeness {
  distance: number;
  hint: string | null;
}

const far: Closeness = { distance: 1, hint: null };
/** Longer texts are not looked at: the closest of many alternatives is wanted soon. */
const comparedLength = 2000;

/** How nearly a value that fails a test satisfies it. */
export function closenessOf(test: Test, value: FieldValue | undefined): Closeness {
  const candidates = Array.isArray(value) ? value : [value ?? null];
  let best = far;
  for (const candidate of candidates) {
    const one = closenessTo(test, textOf(candidate));
    if (one.distance < best.distance) best = one;
  }
  return best;
}

function closenessTo(test: Test, text: string | null): Closeness {
  if (text === null || text.length > comparedLength) return far;
  switch (test.op) {
    case 'equals':
      return equalsCloseness(test.value, text);
    case 'contains':
    case 'startswith':
    case 'endswith':
      if (test.cased && fold(text).includes(fold(test.value)) && !text.includes(test.value))
        return { distance: 0.1, hint: 'only upper and lower case differ' };
      if (test.op !== 'contains' && fold(text).includes(fold(test.value)))
        return {
          distance: 0.3,
          hint: `it contains that, but does not ${test.op === 'startswith' ? 'start' : 'end'} with it`,
        };
      return { distance: 0.8, hint: null };
    case 'compare': {
      const found = text.trim() === '' ? Number.NaN : Number(text);
      if (Number.isNaN(found)) return { distance: 0.9, hint: 'it is no number' };
      const off = Math.abs(found - test.value);
      return { distance: 0.7 * (off / (off + Math.abs(test.value) + 1)), hint: null };
    }
    default:
      return { distance: 0.7, hint: null };
  }
}

function equalsCloseness(wanted: string, text: string): Closeness {
  const a = fold(wanted);
  const b = fold(text);
  if (a === b) return { distance: 0.05, hint: 'only upper and lower case differ' };
  if (a === b.trim()) return { distance: 0.1, hint: 'only blanks around it differ' };
  if (a !== '' && b.includes(a)) return { distance: 0.3, hint: 'it contains that, but is not equal to it' };
  if (isNumber(a) && isNumber(b)) {
    const off = Math.abs(Number(a) - Number(b));
    return { distance: 0.4 + 0.5 * (off / (off + Math.abs(Number(a)) + 1)), hint: null };
  }
  const edits = editsBetween(a, b);
  if (a.length >= 4 && edits <= 2)
    return { distance: 0.2, hint: edits === 1 ? 'one character differs' : 'two characters differ' };
  return { distance: 0.4 + 0.55 * Math.min(1, edits / Math.max(a.length, 1)), hint: null };
}

const isNumber = (text: string): boolean => /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text);

/** How much stands between what two texts begin and end with alike. */
function editsBetween(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  return Math.max(a.length, b.length) - start - end;
}
