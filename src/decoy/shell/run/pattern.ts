import type { Disk } from '../disk/disk.ts';
import type { Actor } from '../types.ts';
import { posixClasses } from './posix-classes.ts';
import { visitorsRegex } from './visitors-regex.ts';

/** Marks the characters of a text as quoted: they are themselves in patterns and are never split. */
export function protect(text: string): string {
  let marked = '';
  for (let at = 0; at < text.length; at++) marked += String.fromCharCode((text.charCodeAt(at) & 0xff) | 0x100);
  return marked;
}

/** The text without the marks. */
export function plain(text: string): string {
  if (!/[^\0-\xff]/.test(text)) return text;
  let bytes = '';
  for (let at = 0; at < text.length; at++) bytes += String.fromCharCode(text.charCodeAt(at) & 0xff);
  return bytes;
}

export const hasWildcard = (text: string): boolean => /[*?]|\[./.test(text);

/** Bash knows one more. */
const classes: Readonly<Record<string, string>> = { ...posixClasses, word: 'A-Za-z0-9_' };

const escapeOne = (character: string): string => character.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** A shell pattern (with marks) as the source of a regular expression. */
export function patternSource(pattern: string): string {
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const next = pattern[at] as string;
    if (next === '*') {
      while (pattern[at + 1] === '*') at += 1;
      source += '[^]*';
    } else if (next === '?') source += '[^]';
    else if (next === '[') {
      const set = bracket(pattern, at);
      if (set) {
        source += set.source;
        at = set.end;
      } else source += '\\[';
    } else if (next === '\\' && at + 1 < pattern.length) {
      at += 1;
      source += escapeOne(plain(pattern[at] as string));
    } else source += escapeOne(plain(next));
  }
  return source;
}

function bracket(pattern: string, from: number): { source: string; end: number } | null {
  let at = from + 1;
  let source = '';
  const isNegated = pattern[at] === '!' || pattern[at] === '^';
  if (isNegated) at += 1;
  const first = at;
  for (; at < pattern.length; at++) {
    const next = pattern[at] as string;
    if (next === ']' && at > first)
      return source === '' ? null : { source: `[${isNegated ? '^' : ''}${source}]`, end: at };
    const named = /^\[:([a-z]+):\]/.exec(pattern.slice(at, at + 12));
    if (named) {
      source += classes[named[1] as string] ?? '';
      at += named[0].length - 1;
    } else if (next === '-' && at > first && pattern[at + 1] !== ']' && at + 1 < pattern.length) source += '-';
    else source += escapeOne(plain(next));
  }
  return null;
}

/** Patterns with many stars would take long to fail on long texts. */
const isHeavy = (pattern: string, length: number): boolean => (pattern.match(/\*/g)?.length ?? 0) > 6 && length > 2000;

export function compilePattern(source: string, flags = ''): RegExp | null {
  try {
    return visitorsRegex(source, flags);
  } catch {
    return null;
  }
}

/** Whether the whole text matches the pattern. */
export function matches(text: string, pattern: string): boolean {
  if (isHeavy(pattern, text.length)) return false;
  if (!/[*?[\\]/.test(pattern)) return plain(pattern) === text;
  return compilePattern(`^(?:${patternSource(pattern)})$`)?.test(text) ?? false;
}

/** Path names that match a pattern with marks, sorted; none where nothing matches. */
export function globPaths(pattern: string, cwd: string, disk: Disk, actor: Actor): string[] {
  const isAbsolute = plain(pattern[0] ?? '') === '/';
  const parts = pattern.split(/[/į]/).filter((part) => part !== '');
  let found: { shown: string; path: string }[] = [{ shown: isAbsolute ? '/' : '', path: isAbsolute ? '/' : cwd }];
  for (const [at, part] of parts.entries()) {
    const isLast = at === parts.length - 1;
    const next: typeof found = [];
    for (const { shown, path } of found) {
      const join = (name: string): { shown: string; path: string } => ({
        shown: `${shown}${shown === '' || shown.endsWith('/') ? '' : '/'}${name}`,
        path: `${path === '/' ? '' : path}/${name}`,
      });
      if (!hasWildcard(part)) {
        const child = join(plain(part));
        if (disk.lstat(child.path, actor).ok) next.push(child);
        continue;
      }
      const names = disk.readdir(path, actor);
      if (!names.ok) continue;
      const regex = compilePattern(`^(?:${patternSource(part)})$`);
      const wantsHidden = plain(part[0] ?? '') === '.';
      const all = wantsHidden ? ['.', '..', ...names.value] : names.value;
      for (const name of all) {
        if (name.startsWith('.') && !wantsHidden) continue;
        if (!regex?.test(name)) continue;
        const child = join(name);
        if (!isLast && disk.stat(child.path, actor).ok === false) continue;
        next.push(child);
      }
    }
    found = next.slice(0, 5000);
  }
  const isFolder = /[/į]$/.test(pattern) ? '/' : '';
  return found.map(({ shown }) => shown + isFolder).sort(compareNames);
}

/** The order of names in the locale C.UTF-8: by byte. */
export const compareNames = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
