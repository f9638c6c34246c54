/** What is read: a command's words (byte strings), or why the server gives up. */
export type Reading = { words: string[] } | { problem: string } | null;

const mostWords = 10_000;
const mostBytes = 1024 * 1024;
const longestInline = 64 * 1024;

/** Takes commands out of what one client sends: arrays of RESP, and lines as they are typed. */
export class RedisReader {
  #rest = '';

  add(bytes: string): void {
    this.#rest += bytes;
  }

  /** The next command; null: it is not there as a whole. */
  next(): Reading {
    const line = this.#line(0);
    if (line === null)
      return this.#rest.length > longestInline ? { problem: 'Protocol error: too big inline request' } : null;
    if (!line.text.startsWith('*')) {
      this.#rest = this.#rest.slice(line.end);
      const words = inlineWords(line.text);
      return words === null ? { problem: 'Protocol error: unbalanced quotes in request' } : { words };
    }
    const count = Number(line.text.slice(1));
    if (!Number.isInteger(count) || count > mostWords) return { problem: 'Protocol error: invalid multibulk length' };
    let at = line.end;
    const words: string[] = [];
    for (let left = count; left > 0; left -= 1) {
      const head = this.#line(at);
      if (head === null) return null;
      if (!head.text.startsWith('$'))
        return { problem: `Protocol error: expected '$', got '${head.text.slice(0, 1)}'` };
      const length = Number(head.text.slice(1));
      if (!Number.isInteger(length) || length < 0 || length > mostBytes)
        return { problem: 'Protocol error: invalid bulk length' };
      if (this.#rest.length < head.end + length + 2) return null;
      words.push(this.#rest.slice(head.end, head.end + length));
      at = head.end + length + 2;
      if (at > mostBytes * 2) return { problem: 'Protocol error: invalid bulk length' };
    }
    this.#rest = this.#rest.slice(at);
    return { words };
  }

  #line(from: number): { text: string; end: number } | null {
    const end = this.#rest.indexOf('\n', from);
    return end < 0 ? null : { text: this.#rest.slice(from, end).replace(/\r$/, ''), end: end + 1 };
  }
}

/** Words between spaces, quoted ones with `\n`, `\x41` and the like in double quotes. Null: a quote is open. */
function inlineWords(line: string): string[] | null {
  const words: string[] = [];
  const word = /\s*(?:"((?:[^"\\]|\\.)*)"(?=\s|$)|'((?:[^'\\]|\\.)*)'(?=\s|$)|([^\s"']\S*)|(["']))/gy;
  for (let found = word.exec(line); found !== null; found = word.exec(line)) {
    if (found[4] !== undefined) return null;
    words.push(found[1] !== undefined ? unquoted(found[1]) : (found[2]?.replaceAll("\\'", "'") ?? found[3] ?? ''));
  }
  return words;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };
const unquoted = (text: string): string =>
  text.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/gs, (_, hex: string | undefined, letter: string) =>
    hex === undefined ? (escapes[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
