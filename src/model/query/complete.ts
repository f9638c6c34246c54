import { type FieldKind, fieldInfo, fieldName, readField } from './fields.ts';

/** What can be completed where the cursor stands. `from` to `to` is replaced by what is chosen. */
export type CompletionPlace =
  | { kind: 'field'; prefix: string; from: number; to: number }
  /** Behind a condition and a blank: AND, OR, NOT or the next field. */
  | { kind: 'next'; prefix: ''; from: number; to: number }
  | { kind: 'operator'; field: string; fieldKind: FieldKind | 'open'; prefix: ''; from: number; to: number }
  | {
      kind: 'value';
      field: string;
      fieldKind: FieldKind | 'open';
      /** As it was typed, without a quotation mark. */
      prefix: string;
      /** A quotation mark was opened before the cursor. */
      quoted: boolean;
      from: number;
      to: number;
    }
  | { kind: 'none' };

/** @param cursor UTF-16 units before the cursor. Linear in the text. */
export function completionAt(text: string, cursor: number): CompletionPlace {
  const head = text.slice(0, cursor);
  const quote = openQuote(head);
  const rest = /^[^\s()"]*/.exec(text.slice(cursor))?.[0] ?? '';
  if (quote !== null) {
    const name = /([A-Za-z_@][\w.@-]*):$/.exec(head.slice(0, quote))?.[1] ?? groupField(head.slice(0, quote));
    if (name === null) return { kind: 'none' };
    const closing = text.indexOf('"', cursor);
    const to = closing < 0 || /[()]/.test(text.slice(cursor, closing)) ? cursor : closing + 1;
    return {
      ...valuePlace(name),
      prefix: head.slice(quote + 1).replaceAll(/\\(.)/g, '$1'),
      quoted: true,
      from: quote,
      to,
    };
  }
  const start = Math.max(...[...' \t\n()"'].map((c) => head.lastIndexOf(c))) + 1;
  let word = head.slice(start);
  let from = start;
  while (/^[-!]/.test(word)) {
    word = word.slice(1);
    from += 1;
  }
  const to = cursor + rest.length;
  const compare = /^([A-Za-z_@][\w.@-]*)(?::(?:>=|<=|>|<)?|>=|<=|>|<)/.exec(word);
  if (compare !== null) {
    const name = compare[1] as string;
    const value = word.slice(compare[0].length);
    return { ...valuePlace(name), prefix: value, quoted: false, from: from + compare[0].length, to };
  }
  const inGroup = groupField(head.slice(0, start));
  if (inGroup !== null) return { ...valuePlace(inGroup), prefix: word, quoted: false, from, to };
  if (word === '') {
    const isFresh = /(?:^|[\s(])(?:AND|OR|NOT)\s+$|\($|^\s*$|-$/.test(head);
    return isFresh ? { kind: 'field', prefix: '', from, to } : { kind: 'next', prefix: '', from, to };
  }
  const known = readField(word);
  if (cursor === text.length && fieldInfo(known.field) !== undefined && known.field === word) {
    return { kind: 'operator', field: known.field, fieldKind: known.kind, prefix: '', from: cursor, to: cursor };
  }
  return fieldName.test(word) ? { kind: 'field', prefix: word, from, to } : { kind: 'none' };
}

function valuePlace(name: string): { kind: 'value'; field: string; fieldKind: FieldKind | 'open' } {
  const { field, kind } = readField(name);
  return { kind: 'value', field, fieldKind: kind };
}

/** Where the quotation mark stands that is open at the end of a text, or null. */
function openQuote(head: string): number | null {
  let open: number | null = null;
  for (let i = 0; i < head.length; i += 1) {
    if (head[i] === '\\') i += 1;
    else if (head[i] === '"') open = open === null ? i : null;
  }
  return open;
}

/** The field whose group of values is open at the end of a text: `user:(root OR `. */
function groupField(head: string): string | null {
  const open: (string | null)[] = [];
  const bare = head.replaceAll(/"(?:[^"\\]|\\.)*"/g, (phrase) => ' '.repeat(phrase.length));
  for (let i = 0; i < bare.length; i += 1) {
    if (bare[i] === '\\') i += 1;
    else if (bare[i] === '(')
      open.push(/([A-Za-z_@][\w.@-]{0,127}):$/.exec(bare.slice(Math.max(0, i - 130), i))?.[1] ?? null);
    else if (bare[i] === ')') open.pop();
  }
  return open.findLast((name) => name !== null) ?? null;
}

/** The operators that make sense behind a field. */
export function operatorsOf(kind: FieldKind | 'open'): { sign: string; meaning: string }[] {
  const is = { sign: ':', meaning: kind === 'text' ? 'contains' : 'is' };
  const any = { sign: ':*', meaning: 'has a value' };
  if (kind === 'number' || kind === 'severity' || kind === 'open') {
    return [
      is,
      { sign: '>=', meaning: 'at least' },
      { sign: '<=', meaning: 'at most' },
      { sign: '>', meaning: 'more than' },
      { sign: '<', meaning: 'less than' },
      any,
    ];
  }
  return [is, any];
}
