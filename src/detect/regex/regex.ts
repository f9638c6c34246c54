import { RE2JS } from 're2js';
import { fold } from '../index/field.ts';

/** Longest pattern that is accepted, in UTF-16 units. */
const maxPatternLength = 1000;
/** Only this much of a value is searched, in UTF-16 units. */
const maxInputLength = 64 * 1024;
/** Most instructions of a compiled pattern: `a{0,1000}` is a thousand of them, and each may be at work at every place of a text. */
const maxInstructions = 1000;
/** Instructions times input: of what a big pattern searches, less is searched. */
const maxWork = 16 * 1024 * 1024;

export interface LinearRegex {
  test(text: string): boolean;
  /** Offset and length of the first match, or null. */
  find(text: string): { offset: number; length: number } | null;
  /** At least one of these occurs (folded where `folded`) in every text that matches; null: nothing is known. */
  literals: readonly string[] | null;
  /** Whether the literals are in folded form and must be looked for in folded text. */
  folded: boolean;
}

/** Why a pattern cannot be taken. */
export class RegexRefused extends Error {}

/**
 * Compiles a user's pattern for linear-time matching (re2js, a port of Google's RE2).
 * @param flags any of `i`, `m`, `s`
 * @throws RegexRefused with a sentence that names what RE2 does not have
 */
export function compileRegex(source: string, flags: string): LinearRegex {
  if (source.length > maxPatternLength) {
    throw new RegexRefused(
      `the regular expression is ${source.length} characters long; at most ${maxPatternLength} are accepted`,
    );
  }
  const translated = fromPython(source);
  let bits = 0;
  if (flags.includes('i')) bits |= RE2JS.CASE_INSENSITIVE;
  if (flags.includes('m')) bits |= RE2JS.MULTILINE;
  if (flags.includes('s')) bits |= RE2JS.DOTALL;
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(translated, bits);
  } catch (error) {
    throw new RegexRefused(reason(translated, error instanceof Error ? error.message : String(error)));
  }
  const size = compiled.programSize();
  if (size > maxInstructions) {
    throw new RegexRefused(
      `the regular expression comes to ${size} instructions; at most ${maxInstructions} are accepted: repeat less often than {…} says, or use \`*\``,
    );
  }
  const folded = isFolded(translated, flags);
  const literals = requiredLiterals(translated, folded);
  const longest = Math.min(maxInputLength, Math.floor(maxWork / size));
  const cut = (text: string) => (text.length > longest ? text.slice(0, longest) : text);
  return {
    test: (text) => compiled.test(cut(text)),
    find(text) {
      const matcher = compiled.matcher(cut(text));
      if (!matcher.find()) return null;
      const offset = matcher.start();
      return { offset, length: matcher.end() - offset };
    },
    literals,
    folded,
  };
}

/** The literals of a pattern that {@link compileRegex} accepts, without compiling it. */
export function literalsOfRegex(source: string, flags: string): readonly string[] | null {
  const translated = fromPython(source);
  return requiredLiterals(translated, isFolded(translated, flags));
}

const isFolded = (translated: string, flags: string): boolean =>
  flags.includes('i') || /\(\?[a-zA-Z]*i/.test(translated);

/** Python's spellings of what RE2 writes differently: `\Z` (end of text) and `(?<name>` is taken as it is. */
function fromPython(source: string): string {
  return source.replace(/\\(.)/gs, (whole, char: string) => (char === 'Z' ? '\\z' : whole));
}

function reason(source: string, message: string): string {
  if (/\(\?<?[=!]/.test(source)) {
    return 'the regular expression looks ahead or behind, which cannot run in linear time; write the condition as a second selection with `and not`';
  }
  if (/\\[1-9]/.test(source)) {
    return 'the regular expression refers back to a group (\\1), which cannot run in linear time; spell the repetition out';
  }
  return `the regular expression is refused: ${message.replace(/^error parsing regexp: /, '')}`;
}

/**
 * Literal texts of which every match contains at least one: a cheap test before the expensive one.
 * Looks only at the top level; groups, classes and optional parts are skipped, alternatives each need a literal.
 */
export function requiredLiterals(source: string, folded: boolean): readonly string[] | null {
  const found: string[] = [];
  for (const branch of splitAlternatives(source)) {
    const literal = longestLiteral(branch);
    if (literal === null || literal.length < 3) return null;
    found.push(folded ? fold(literal) : literal);
  }
  return found.length > 16 ? null : found;
}

/** Splits at the `|` outside groups and classes. */
function splitAlternatives(source: string): string[] {
  const branches: string[] = [];
  let depth = 0;
  let start = 0;
  let i = 0;
  while (i < source.length) {
    const c = source[i];
    if (c === '\\') i += source.startsWith('\\Q', i) ? skipQuoted(source, i) : 2;
    else if (c === '[') i = classEnd(source, i);
    else {
      if (c === '(') depth += 1;
      if (c === ')') depth -= 1;
      if (c === '|' && depth === 0) {
        branches.push(source.slice(start, i));
        start = i + 1;
      }
      i += 1;
    }
  }
  branches.push(source.slice(start));
  return branches;
}

function skipQuoted(source: string, at: number): number {
  const end = source.indexOf('\\E', at);
  return (end < 0 ? source.length : end + 2) - at;
}

/** Index after the `]` that closes the class opened at `at`. */
function classEnd(source: string, at: number): number {
  let i = at + 1;
  if (source[i] === '^') i += 1;
  if (source[i] === ']') i += 1;
  while (i < source.length && source[i] !== ']') {
    if (source[i] === '\\') i += 2;
    else if (source.startsWith('[:', i)) {
      const end = source.indexOf(':]', i);
      i = end < 0 ? i + 1 : end + 2;
    } else i += 1;
  }
  return i + 1;
}

/** The longest run of ASCII characters that every match of this branch contains, or null. */
function longestLiteral(branch: string): string | null {
  let best = '';
  let run = '';
  const end = () => {
    if (run.length > best.length) best = run;
    run = '';
  };
  let i = 0;
  while (i < branch.length) {
    const c = branch[i] as string;
    let literal: string | null = null;
    if (c === '\\') {
      const next = branch[i + 1] ?? '';
      if (next === 'Q') return null;
      if (!/[A-Za-z0-9]/.test(next)) literal = next;
      else if (/[xpPo0-7]/.test(next)) return best.length >= 3 ? best : null;
      i += 2;
    } else if (c === '[') i = classEnd(branch, i);
    else if (c === '(') {
      if (branch.startsWith('(?', i) && /^\(\?[a-zA-Z-]+\)/.test(branch.slice(i))) {
        i = branch.indexOf(')', i) + 1;
        end();
        continue;
      }
      i = groupEnd(branch, i);
    } else {
      if (!/[.^$*+?{}|)]/.test(c) && c.charCodeAt(0) < 128) literal = c;
      i += 1;
    }
    const quantifier = /^(?:[*?]|\{[0,])/.test(branch.slice(i, i + 2));
    const repeated = /^[*?+{]/.test(branch.slice(i, i + 1));
    if (literal !== null && !quantifier) run += literal;
    if (literal === null || repeated) end();
    if (repeated) {
      i = branch[i] === '{' ? branch.indexOf('}', i) + 1 || branch.length : i + 1;
      if (branch[i] === '?' || branch[i] === '+') i += 1;
    }
  }
  end();
  return best === '' ? null : best;
}

function groupEnd(source: string, at: number): number {
  let depth = 0;
  let i = at;
  while (i < source.length) {
    const c = source[i];
    if (c === '\\') {
      i += source.startsWith('\\Q', i) ? skipQuoted(source, i) : 2;
      continue;
    }
    if (c === '[') {
      i = classEnd(source, i);
      continue;
    }
    if (c === '(') depth += 1;
    if (c === ')') {
      depth -= 1;
      if (depth === 0) return i + 1;
    }
    i += 1;
  }
  return source.length;
}
