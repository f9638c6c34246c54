/**
 * Where the last `needle` begins, at or behind `from`; -1: nowhere. What `lastIndexOf` answers, but several times faster
 * where there are few: the engine searches forwards with the processor's own instructions, backwards letter by letter.
 */
export function lastOf(text: string, needle: string, from = 0): number {
  let at = text.indexOf(needle, from);
  if (at < 0) return -1;
  for (let next = text.indexOf(needle, at + 1); next >= 0; next = text.indexOf(needle, at + 1)) at = next;
  return at;
}

/**
 * Where the last blank with `word` behind it stands, at or behind `from`; -1: nowhere. A search for the blank itself would stop
 * at every word.
 */
export function lastWord(text: string, word: string, from = 0): number {
  let last = -1;
  for (let at = text.indexOf(word, from + 1); at >= 0; at = text.indexOf(word, at + 1)) {
    if (text.charCodeAt(at - 1) === 32) last = at - 1;
  }
  return last;
}
