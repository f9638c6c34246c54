import { isStatement, type SecretKind } from './keys.ts';
import { isSsn } from './numbers.ts';
import { markerAt } from './values.ts';

/** Key and token values count from this length; a quoted key (JSON) says enough by itself. */
export const tokenMinimum = 20;
const quotedTokenMinimum = 8;

/** What a key of this kind means for a value that stands alone (a field of a parsed object). Null: leave it. */
export function valueMarker(key: string, kind: SecretKind, value: string): { marker: string; kind: string } | null {
  if (value === '' || isStatement(value) || markerAt(value, 0) === value.length || isCounter(key, value)) return null;
  if (kind === 'ssn') return isBareSsn(value) ? { marker: '[SSN-REDACTED]', kind } : null;
  const minimum = kind === 'token' || kind === 'api_key' ? quotedTokenMinimum : 1;
  if (value.length < minimum) return null;
  return { marker: '[REDACTED]', kind: kind === 'authorization' ? 'secret' : kind };
}

/** How a key and its value stand in a text. */
export interface Pair {
  key: string;
  kind: SecretKind;
  value: string;
  /** '=' between them, else ':'. */
  equals: boolean;
  keyQuoted: boolean;
  valueQuoted: boolean;
  /** Character code in front of the key. */
  before: number;
}

/** Whether the value of a key that names a secret is one, and not prose, a folder, a counter or an object. */
export function isSecret({ key, kind, value, equals, keyQuoted, valueQuoted, before }: Pair): boolean {
  if (markerAt(value, 0) === value.length) return false;
  if (!valueQuoted && isStatement(value)) return false;
  // An object or a list, in JSON or printed by a program: its own keys are looked at.
  if (/^[[{]/.test(value) && (keyQuoted || !equals) && !valueQuoted) return false;
  if (isCounter(key, value)) return false;
  if (kind === 'token' || kind === 'api_key') {
    // A marker inside is what is left of something that was masked for its own sake.
    return value.length >= (keyQuoted ? quotedTokenMinimum : tokenMinimum) && !/\[(?:[A-Z]+-)?REDACTED\]/.test(value);
  }
  if (kind === 'ssn') return isBareSsn(value);
  if (keyQuoted || valueQuoted) return true;
  if (equals) {
    if (key === 'PWD' || key === 'OLDPWD') return !/^(?:[/~(]|[A-Za-z]:\\|unknown$)/.test(value); // sudo's folder
    return !(key.toLowerCase() === 'pass' && /^\d{1,2}$/.test(value)); // a counter
  }
  // Behind a colon prose is as likely as a value: `passwd: user 'x' …`, `pam_unix(passwd:chauthtok)`, `pass: …`.
  const name = key.toLowerCase();
  if (before === 40) return false; // (
  if (name === 'passwd' || name.startsWith('credential')) return /[0-9!@#$%^&*+=]/.test(value);
  if (name === 'pass' || name === 'pw' || name === 'pwd') return value.length >= 4 && !/^(?:[/~]|\d+$)/.test(value);
  return true;
}

/** `tests_pass: 12`, `"full_hash_pass":2128`: how many passed. */
const isCounter = (key: string, value: string): boolean => /.pass$/i.test(key) && /^\d+$/.test(value);

/** Nine digits are a social security number only where the key says so. */
const isBareSsn = (value: string): boolean =>
  /^\d{9}$/.test(value) && isSsn(Number(value.slice(0, 3)), Number(value.slice(3, 5)), Number(value.slice(5)));
