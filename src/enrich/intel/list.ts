import { addressWords, cut, isExternal, readAddress } from '../address.ts';

/** What became of a list's lines. */
export interface ListCount {
  /** Networks and addresses that were taken. */
  entries: number;
  /** Lines that hold no address. */
  unread: number;
  /** Networks so wide that one slip would accuse half the Internet (IPv4 below /8, IPv6 below /16): not taken. */
  tooWide: number;
  /** Private, loopback, multicast and reserved ones: they never match, so they are not taken. */
  internal: number;
}

export type TakeNetwork = (kind: 4 | 6, words: Uint32Array, bits: number, label: string | null) => void;

const narrowest = { 4: 8, 6: 16 } as const;
/** Longer lines are no lists of addresses. */
const longestLine = 4096;
const longestLabel = 60;
/** Columns whose value says what an entry is. */
const labelColumns = ['malware', 'malware_printable', 'malware_alias', 'threat', 'listingreason', 'label'];

/**
 * Reads a list as they are published: one address or network per line; the same with notes behind `#` or `;` (netset,
 * Spamhaus' text); ranges `a-b`; CSV with any columns (abuse.ch), where a column named `malware` or the like becomes the label;
 * JSON lines (Spamhaus) and JSON that has one value a line. The first address of a line counts, with or without a port.
 */
export function readList(text: string, take: TakeNetwork): ListCount {
  const count: ListCount = { entries: 0, unread: 0, tooWide: 0, internal: 0 };
  const words = addressWords();
  let labelAt = -1;

  function offer(kind: 4 | 6, bits: number, label: string | null): void {
    if (bits < narrowest[kind]) count.tooWide += 1;
    else if (!isExternal(kind, words)) count.internal += 1;
    else {
      take(kind, words, bits, label);
      count.entries += 1;
    }
  }

  function line(whole: string): void {
    const bare = whole.trim();
    if (bare === '') return;
    const isNote = bare.startsWith('#') || bare.startsWith(';') || bare.startsWith('//');
    const columns = isNote ? bare.replace(/^[#;/\s]+/, '') : bare;
    const header = columns.includes(',') ? labelColumn(columns) : -1;
    if (header >= 0) labelAt = header;
    if (isNote || bare.length > longestLine) {
      if (!isNote) count.unread += 1;
      return;
    }
    for (const token of bare.split(/[\s,;|"'[\]{}()<>]+/)) {
      if (token === '' || token.startsWith('#')) {
        if (token !== '') break;
        continue;
      }
      if (offerToken(token, () => (labelAt < 0 ? null : labelOf(bare, labelAt)))) return;
    }
    if (header < 0 && !/^[[\]{},]*$/.test(bare)) count.unread += 1;
  }

  /** Whether the token is an address, a network, a range, or an address with its port. */
  function offerToken(token: string, label: () => string | null): boolean {
    const c = token.charCodeAt(0);
    const isDigit = c >= 48 && c <= 57;
    if (!isDigit && !token.includes(':')) return false;
    const slash = token.indexOf('/');
    const kind = readAddress(slash < 0 ? token : token.slice(0, slash), words);
    if (kind !== 0) {
      const whole = kind === 4 ? 32 : 128;
      const length = slash < 0 ? whole : lengthOf(token.slice(slash + 1), whole);
      if (length < 0) return false;
      offer(kind, length, label());
      return true;
    }
    const port = token.lastIndexOf(':');
    if (port > 0 && readAddress(token.slice(0, port), words) === 4) {
      offer(4, 32, label());
      return true;
    }
    const dash = token.indexOf('-');
    return dash > 0 && offerRange(token.slice(0, dash), token.slice(dash + 1), label);
  }

  function offerRange(first: string, last: string, label: () => string | null): boolean {
    if (readAddress(first, words) !== 4) return false;
    let from = words[0] as number;
    if (readAddress(last, words) !== 4) return false;
    const to = words[0] as number;
    if (to < from) return false;
    const said = label();
    while (from <= to) {
      let bits = 32;
      while (bits > 0 && cut(from, bits - 1) === from && from + 2 ** (33 - bits) - 1 <= to) bits -= 1;
      words[0] = from;
      offer(4, bits, said);
      from += 2 ** (32 - bits);
    }
    return true;
  }

  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at);
    line(text.slice(at, end < 0 ? text.length : end));
    at = end < 0 ? text.length : end + 1;
  }
  return count;
}

/** The length behind the slash, or -1. */
function lengthOf(text: string, most: number): number {
  const length = /^\d{1,3}$/.test(text) ? Number(text) : -1;
  return length <= most ? length : -1;
}

const cellsOf = (row: string): string[] =>
  row.split(',').map((cell) =>
    cell
      .trim()
      .replace(/^"+|"+$/g, '')
      .trim(),
  );

function labelColumn(header: string): number {
  const names = cellsOf(header).map((name) => name.toLowerCase());
  for (const name of labelColumns) {
    const at = names.indexOf(name);
    if (at >= 0) return at;
  }
  return -1;
}

/** The label of a row. Cells before it that hold commas of their own move it; then it is not a word, and left out. */
function labelOf(row: string, at: number): string | null {
  const label = cellsOf(row)[at] ?? '';
  return label !== '' && label.length <= longestLabel && /^[\w .:+/()-]+$/.test(label) && !/^[\d.:\s-]+$/.test(label)
    ? label
    : null;
}
