import type { GlobToken, Test } from '../form.ts';

/**
 * A Sigma string: literals and wildcards. `*` is any run, `?` one character; a backslash before `*`, `?` or a backslash
 * makes that literal, before anything else it is a backslash (Sigma 2.1, "Escaping").
 */
export type Tokens = readonly GlobToken[];

const many: GlobToken = { any: 'many' };
const one: GlobToken = { any: 'one' };

export function tokenise(text: string): Tokens {
  const tokens: GlobToken[] = [];
  let literal = '';
  const flush = () => {
    if (literal !== '') tokens.push(literal);
    literal = '';
  };
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i] as string;
    const next = text[i + 1];
    if (c === '\\' && (next === '*' || next === '?' || next === '\\')) {
      literal += next;
      i += 1;
    } else if (c === '*') {
      flush();
      if (tokens.at(-1) !== many) tokens.push(many);
    } else if (c === '?') {
      flush();
      tokens.push(one);
    } else literal += c;
  }
  flush();
  return tokens;
}

/** The text without wildcards, or null where it has some. */
export function literalOf(tokens: Tokens): string | null {
  if (tokens.length === 0) return '';
  return tokens.length === 1 && typeof tokens[0] === 'string' ? tokens[0] : null;
}

export const containing = (tokens: Tokens): Tokens => trailing(leading(tokens));
export const leading = (tokens: Tokens): Tokens => (tokens[0] === many ? tokens : [many, ...tokens]);
export const trailing = (tokens: Tokens): Tokens => (tokens.at(-1) === many ? tokens : [...tokens, many]);

/** The cheapest test that means the same. */
export function testOf(tokens: Tokens, cased: boolean): Test {
  const literals = tokens.filter((token) => typeof token === 'string');
  const value = literals[0] ?? '';
  if (literals.length <= 1 && tokens.every((token) => token === many || typeof token === 'string')) {
    const before = tokens[0] === many;
    const after = tokens.at(-1) === many;
    if (tokens.length === 0) return { op: 'equals', value: '', cased };
    if (literals.length === 0) return { op: 'contains', value: '', cased };
    if (before && after) return { op: 'contains', value, cased };
    if (before) return { op: 'endswith', value, cased };
    if (after) return { op: 'startswith', value, cased };
    return { op: 'equals', value, cased };
  }
  return { op: 'glob', tokens: [...tokens], cased };
}
