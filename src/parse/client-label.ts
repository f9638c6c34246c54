/** Words in front of an address that say whose it is. Read backwards from the address, without regular expressions. */

const clientWords = new Set(
  (
    'from rhost rip client clientip client_ip remote remote_addr remote_ip remoteip remoteaddr remoteaddress raddr peer src ' +
    'srcip src_ip source sourceip source_ip ip ipaddress ip_address addr address host attacker oip hostname relay by query ' +
    'ban banned blocking blocked blacklisted'
  ).split(' '),
);
const serverWords = new Set(
  (
    'to on via lip laddr local localaddr localaddress dst dstip dst_ip dest destination destip destination_ip server listen ' +
    'listening at into upstream gateway backend proxy nameserver'
  ).split(' '),
);
/** Words that say only that an address follows: the one before them says whose. */
const plainWords = new Set(['ip', 'address', 'addr', 'host', 'ipaddress', 'hostname']);
/** In front of a name with the address in brackets: `from mail.example.com [192.0.2.1]`. */
const namedWords = new Set(['from', 'client', 'host', 'peer', 'relay']);

const longestWord = 24;
const longestName = 64;

export function isWordCode(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === 32) at -= 1;
  return at;
}

/** Start of the word that ends at `last`; behind `last` where there is none. */
function wordStart(text: string, last: number): number {
  let at = last;
  while (at >= 0 && last - at < longestWord && isWordCode(text.charCodeAt(at))) at -= 1;
  return at + 1;
}

function wordAt(text: string, from: number, last: number): string {
  return text.slice(from, last + 1).toLowerCase();
}

/** The word in front of the one that starts at `from`, over blanks and one `:` or `=`. */
function wordBefore(text: string, from: number): string {
  let last = skipBlanks(text, from - 1);
  const code = text.charCodeAt(last);
  if (code === 61 || code === 58) last = skipBlanks(text, last - 1);
  return wordAt(text, wordStart(text, last), last);
}

const kindOfAddress = /ipv[46][:/](?:[a-z]{2,4}\/)?$/i;
const isBracket = (code: number): boolean =>
  code === 34 || code === 39 || code === 91 || code === 40 || code === 123 || code === 60;

/** Whose the address at `at` is, by the words in front of it; null where they do not say. */
export function labelBefore(text: string, at: number): 'client' | 'server' | null {
  let last = skipBlanks(text, at - 1);
  const code = text.charCodeAt(last);
  if (code === 58 || code === 47) {
    const kind = kindOfAddress.exec(text.slice(Math.max(0, last - 12), last + 1));
    if (kind !== null) last = skipBlanks(text, last - kind[0].length);
  }
  let bracket = 0;
  if (isBracket(text.charCodeAt(last))) {
    bracket = text.charCodeAt(last);
    last = skipBlanks(text, last - 1);
  }
  const separator = text.charCodeAt(last);
  if (separator === 58 || separator === 61) last = skipBlanks(text, last - 1);
  else if (separator === 62 && text.charCodeAt(last - 1) === 45) return 'server';
  const from = wordStart(text, last);
  const word = wordAt(text, from, last);
  // Mail servers: `NAME (GREETING) [192.0.2.1]`.
  if (word === '') return bracket === 91 && text.charCodeAt(last) === 41 ? 'client' : null;
  if (serverWords.has(word)) return 'server';
  if (clientWords.has(word) || word.endsWith('raddr')) {
    return plainWords.has(word) && serverWords.has(wordBefore(text, from)) ? 'server' : 'client';
  }
  if (separator === 58 || separator === 61) return null;
  if (bracket === 91 || bracket === 40) return isNamed(text, last) ? 'client' : null;
  // `Registration … failed for '192.0.2.1'`, BIND's `client @0x7f7b 192.0.2.1#53`.
  if (word === 'for' && bracket !== 0) return /^(?:failed|rejected)$/.test(wordBefore(text, from)) ? 'client' : null;
  return text.charCodeAt(from - 1) === 64 && wordBefore(text, from - 1) === 'client' ? 'client' : null;
}

/** A host name that ends at `last`, with a word in front of it that makes it the client's. */
function isNamed(text: string, last: number): boolean {
  let from = last;
  while (from >= 0 && last - from < longestName) {
    const code = text.charCodeAt(from);
    if (!isWordCode(code) && code !== 45 && code !== 46) break;
    from -= 1;
  }
  return namedWords.has(wordBefore(text, from + 1));
}
