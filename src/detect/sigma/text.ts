import type { GlobToken, Test } from '../form.ts';
import { dashes, dashPlaces } from './encodings.ts';

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

/** A regular expression for a value in which every option dash may be any of them (see windash). */
export function anyDashTest(tokens: Tokens, cased: boolean): Extract<Test, { op: 'regex' }> {
  const parts = tokens.map((token) => {
    if (typeof token !== 'string') return token.any === 'many' ? '(?s:.*)' : '(?s:.)';
    let source = '';
    let from = 0;
    for (const place of dashPlaces(token)) {
      source += `${escaped(token.slice(from, place))}[${dashes.join('')}]`;
      from = place + 1;
    }
    return source + escaped(token.slice(from));
  });
  return { op: 'regex', source: `^${parts.join('')}$`, flags: cased ? '' : 'i', missing: 'never' };
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
