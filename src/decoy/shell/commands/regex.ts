import { posixClasses } from '../run/posix-classes.ts';
import { visitorsRegex } from '../run/visitors-regex.ts';

/** A regular expression of `grep`, `sed`, `awk` or `expr` as one of JavaScript; null where it is none. */
export function posixRegex(pattern: string, isExtended: boolean, flags = ''): RegExp | null {
  try {
    return visitorsRegex(posixSource(pattern, isExtended), flags);
  } catch {
    return null;
  }
}

function posixSource(pattern: string, isExtended: boolean): string {
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const next = pattern[at] as string;
    if (next === '\\') {
      const escaped = pattern[at + 1] ?? '';
      at += 1;
      if (!isExtended && '(){}|+?'.includes(escaped) && escaped !== '') source += escaped;
      else if (escaped === '<' || escaped === '>') source += '\\b';
      else if (/[wWsSbB1-9]/.test(escaped)) source += `\\${escaped}`;
      else if (escaped === 'n') source += '\\n';
      else if (escaped === 't') source += '\\t';
      else if (escaped === '/') source += '/';
      else source += escaped === '' ? '\\\\' : escaped.replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
    } else if (next === '[') {
      const end = closing(pattern, at);
      if (end < 0) throw new SyntaxError('Unmatched [');
      source += bracket(pattern.slice(at + 1, end));
      at = end;
    } else if (!isExtended && '(){}|+?'.includes(next)) source += `\\${next}`;
    else if (next === '*' && (source === '' || /(?:^|[^\\])[(|^]$/.test(source))) source += '\\*';
    else if (isExtended && next === '{' && !/^\{\d*,?\d*\}/.test(pattern.slice(at))) source += '\\{';
    else if (!isExtended && next === '^' && source !== '' && !/[(|]$/.test(source)) source += '\\^';
    else if (!isExtended && next === '$' && at < pattern.length - 1 && !/^\\[)|]/.test(pattern.slice(at + 1)))
      source += '\\$';
    else source += next;
  }
  // A repeated repetition takes time without end.
  if (/(?:[*+]\)[*+{]){2}/.test(source)) throw new SyntaxError('too heavy');
  return source;
}

function closing(pattern: string, from: number): number {
  let at = from + 1;
  if (pattern[at] === '^') at += 1;
  if (pattern[at] === ']') at += 1;
  for (; at < pattern.length; at++) {
    if (pattern.startsWith('[:', at)) {
      const end = pattern.indexOf(':]', at);
      if (end > 0) at = end + 1;
    } else if (pattern[at] === ']') return at;
  }
  return -1;
}

function bracket(inner: string): string {
  const isNegated = inner.startsWith('^');
  const body = (isNegated ? inner.slice(1) : inner)
    .replace(/\[:([a-z]+):\]/g, (_, name: string) => `\x01${name}\x01`)
    .replace(/[\\[\]]/g, '\\$&')
    .replace(/\x01([a-z]+)\x01/g, (_, name: string) => posixClasses[name] ?? '');
  return `[${isNegated ? '^' : ''}${body}]`;
}

/** A pattern that could run for ever on a long text is tried on its beginning only. */
export const clip = (text: string): string => (text.length > 20_000 ? text.slice(0, 20_000) : text);
