/**
 * Hosts and program names repeat in every line. One string for each of the last ones seen: it costs no allocation, and its
 * hash is known when it is looked up.
 */
const slots = 512;
const words: string[] = new Array<string>(slots).fill('');

/** The text between two places, as the string that it was the last time. */
export function intern(text: string, from: number, to: number): string {
  const length = to - from;
  if (length <= 0 || length > 64) return text.slice(from, to);
  const slot =
    (length * 37 + text.charCodeAt(from) * 11 + text.charCodeAt(to - 1) * 5 + text.charCodeAt(from + (length >> 1))) &
    (slots - 1);
  const known = words[slot] as string;
  if (known.length === length && text.startsWith(known, from)) return known;
  const word = text.slice(from, to);
  words[slot] = word;
  return word;
}
