/** Tokens that are recognised by their own shape. */

const alphabet = (chars: string): Uint8Array => {
  const table = new Uint8Array(128);
  for (const char of chars) table[char.charCodeAt(0)] = 1;
  return table;
};
const digits = '0123456789';
const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const lower = upper.toLowerCase();
const base64url = alphabet(`${upper}${lower}${digits}_-`);
const upperAndDigits = alphabet(upper + digits);
const alphanumeric = alphabet(upper + lower + digits);
/** RFC 6750 section 2.1: b64token. */
export const tokenAlphabet = alphabet(`${upper}${lower}${digits}-._~+/=`);

/** Where the run of characters of `table` that begins at `start` ends. */
export function endOfAlphabet(text: string, start: number, table: Uint8Array): number {
  let i = start;
  while (i < text.length) {
    const c = text.charCodeAt(i);
    if (c >= 128 || table[c] === 0) break;
    i += 1;
  }
  return i;
}

/**
 * A JWT (RFC 7519, compact form) whose `eyJ` has its 'J' at `at`: three parts, or five where it is encrypted. `eyJ` is
 * base64url of `{"`.
 */
export function endOfJwt(text: string, at: number): { start: number; end: number } | null {
  const start = at - 2;
  if (start < 0 || text.charCodeAt(start) !== 101 || text.charCodeAt(at - 1) !== 121) return null;
  const before = start > 0 ? text.charCodeAt(start - 1) : 32;
  if (before < 128 && base64url[before] === 1) return null;
  let end = endOfAlphabet(text, at, base64url);
  if (end - start < 8 || text.charCodeAt(end) !== 46) return null;
  for (let parts = 1; parts < 5 && text.charCodeAt(end) === 46; parts += 1) {
    const next = endOfAlphabet(text, end + 1, base64url);
    if (parts === 1 && next - end < 3) return null;
    if (parts > 1 && next === end + 1 && parts > 2) break;
    if (parts === 2 && next === end + 1) return { start, end: next }; // an unsigned token ends with a dot
    end = next;
  }
  return { start, end };
}

interface Prefix {
  readonly text: string;
  readonly table: Uint8Array;
  /** Characters behind the prefix, at least. */
  readonly least: number;
}

/** Issuers that give their tokens a prefix. The prefix's deciding character (`_`, `-`, `I`, `z`) triggers the look-up. */
const prefixes: readonly Prefix[] = [
  { text: 'AKIA', table: upperAndDigits, least: 16 },
  { text: 'ASIA', table: upperAndDigits, least: 16 },
  { text: 'AIza', table: base64url, least: 35 },
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((text) => ({ text, table: alphanumeric, least: 30 })),
  { text: 'github_pat_', table: alphabet(`${upper}${lower}${digits}_`), least: 22 },
  { text: 'glpat-', table: base64url, least: 20 },
  ...['xoxb-', 'xoxp-', 'xoxa-', 'xoxo-', 'xoxr-', 'xoxs-'].map((text) => ({ text, table: base64url, least: 10 })),
  ...['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_'].map((text) => ({ text, table: alphanumeric, least: 16 })),
  ...['sk-ant-', 'sk-proj-'].map((text) => ({ text, table: base64url, least: 20 })),
  { text: 'npm_', table: alphanumeric, least: 36 },
  { text: 'hf_', table: alphanumeric, least: 30 },
];

/** For each deciding character: the prefixes and where in them it stands. */
const byTrigger = new Map<number, { prefix: Prefix; at: number }[]>();
for (const prefix of prefixes) {
  const at = /^A[KS]IA$/.test(prefix.text) ? 2 : prefix.text === 'AIza' ? 2 : prefix.text.search(/[_-]/);
  const code = prefix.text.charCodeAt(at);
  byTrigger.set(code, [...(byTrigger.get(code) ?? []), { prefix, at }]);
}

/** A token with a known prefix around the deciding character at `at`. */
export function endOfPrefixedToken(text: string, at: number): { start: number; end: number } | null {
  for (const candidate of byTrigger.get(text.charCodeAt(at)) ?? []) {
    const start = at - candidate.at;
    if (start < 0 || !text.startsWith(candidate.prefix.text, start)) continue;
    const before = start > 0 ? text.charCodeAt(start - 1) : 32;
    if (before < 128 && alphanumeric[before] === 1) continue;
    const from = start + candidate.prefix.text.length;
    const end = endOfAlphabet(text, from, candidate.prefix.table);
    if (end - from >= candidate.prefix.least) return { start, end };
  }
  return null;
}
