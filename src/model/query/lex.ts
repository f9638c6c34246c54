import { fieldName } from './fields.ts';
import type { QueryError, Span } from './types.ts';

export type Comparison = 'gt' | 'gte' | 'lt' | 'lte';

export type Token = Span &
  (
    | { kind: 'open' | 'close' | 'and' | 'or' | 'not' }
    /** `name:` or `name>=`; the value is the token that touches it. */
    | { kind: 'field'; name: string; compare: Comparison | null }
    /** `parts` are the texts between wildcards; `sign` is the comparison that the first of them begins with, or ''. */
    | { kind: 'word'; parts: string[]; sign: string }
    | { kind: 'phrase'; value: string }
  );

export const comparisons: Readonly<Record<string, Comparison>> = { '>': 'gt', '>=': 'gte', '<': 'lt', '<=': 'lte' };
const operators: Readonly<Record<string, 'and' | 'or' | 'not'>> = { AND: 'and', OR: 'or', NOT: 'not' };

const space = /\s/;
/** What a backslash makes an ordinary character. */
const escapable = /[\s\\"()*:<>=/-]/;
const fieldStart = /([A-Za-z_@][\w.@-]*)(?::(>=|<=|>|<)?|(>=|<=|>|<))/y;
/** `fe80::1`, `aa:bb:cc:dd:ee:ff`: colons that end no field name. */
export const colonText = /^[0-9a-f]*:[0-9a-f]*:[0-9a-f:.%/]*$/i;

/** Cuts a query into tokens. What cannot be read is an error; the rest is read all the same. */
export function lex(text: string): { tokens: Token[]; errors: QueryError[] } {
  const tokens: Token[] = [];
  const errors: QueryError[] = [];
  let at = 0;
  while (at < text.length) {
    const c = text[at] as string;
    if (space.test(c)) at += 1;
    else if (c === '(' || c === ')') {
      tokens.push({ kind: c === '(' ? 'open' : 'close', from: at, to: at + 1 });
      at += 1;
    } else if (c === '"') {
      const phrase = readPhrase(text, at, errors);
      tokens.push(phrase);
      at = phrase.to;
    } else {
      const last = tokens.at(-1);
      const isValue = last?.kind === 'field' && last.to === at;
      const token = isValue
        ? readWord(text, at)
        : (readMinus(text, at) ?? readFieldStart(text, at) ?? readWord(text, at));
      tokens.push(token);
      at = token.to;
    }
  }
  return { tokens, errors };
}

function readPhrase(text: string, from: number, errors: QueryError[]): Token {
  let value = '';
  let at = from + 1;
  while (at < text.length && text[at] !== '"') {
    if (text[at] === '\\' && (text[at + 1] === '"' || text[at + 1] === '\\')) at += 1;
    value += text[at];
    at += 1;
  }
  const to = Math.min(at + 1, text.length);
  if (at >= text.length) {
    errors.push({ at: { from, to }, message: 'Close the quotation mark: put a " at the end of the phrase.' });
  }
  return { kind: 'phrase', value, from, to };
}

/** A minus in front of something excludes it; `--force`, `->` and a lone `-` are text. */
function readMinus(text: string, from: number): Token | null {
  const next = text[from + 1];
  if (text[from] !== '-' || next === undefined || space.test(next) || /[-=<>)]/.test(next)) return null;
  return { kind: 'not', from, to: from + 1 };
}

function readFieldStart(text: string, from: number): Token | null {
  fieldStart.lastIndex = from;
  const found = fieldStart.exec(text);
  if (found === null || !fieldName.test(found[1] as string)) return null;
  const to = from + found[0].length;
  // `https://…` and `fe80::1` are text.
  if (found[2] === undefined && found[3] === undefined && text.startsWith('//', to)) return null;
  if (colonText.test(text.slice(from, runEnd(text, from)))) return null;
  const operator = found[2] ?? found[3];
  return {
    kind: 'field',
    name: found[1] as string,
    compare: operator === undefined ? null : (comparisons[operator] as Comparison),
    from,
    to,
  };
}

function runEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && !/[\s()"]/.test(text[at] as string)) at += 1;
  return at;
}

function readWord(text: string, from: number): Token {
  const parts = [''];
  let at = from;
  while (at < text.length) {
    let c = text[at] as string;
    if (space.test(c) || c === '(' || c === ')' || c === '"') break;
    if (c === '*') parts.push('');
    else {
      const next = text[at + 1];
      if (c === '\\' && next !== undefined && escapable.test(next)) {
        at += 1;
        c = next;
      }
      parts[parts.length - 1] += c;
    }
    at += 1;
  }
  const written = text.slice(from, at);
  const operator = Object.hasOwn(operators, written) ? operators[written] : undefined;
  return operator === undefined
    ? { kind: 'word', parts, sign: /^[<>]=?/.exec(written)?.[0] ?? '', from, to: at }
    : { kind: operator, from, to: at };
}
