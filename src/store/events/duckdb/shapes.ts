/** More than these, and lines repeat too little for counts by their shape to be worth anything. */
const mostShapes = 50_000;
const mostBytes = 8 * 1024 * 1024;
/** Shapes with the same hash. So many happen only to somebody who makes them. */
const mostAlike = 64;

const zero = 48;
const nine = 57;

/**
 * Shapes of lines: a line with `0` in place of every run of ASCII digits. A text without digits stands in a line exactly
 * where it stands in the line's shape, so that what is looked for need only be looked for in the few shapes there are.
 */
export class Shapes {
  #bytes = new Uint8Array(256 * 1024);
  #ends: number[] = [];
  #line = new Uint8Array(4096);
  readonly #byHash = new Map<number, number[]>();
  /** Others must not know which lines have the same hash. */
  readonly #seed = crypto.getRandomValues(new Uint32Array(2));
  #isFull = false;

  get count(): number {
    return this.#ends.length;
  }

  /** There are too many: the numbers that were given are of no use. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** @returns the number of the shape of a line in UTF-8: 0 for the first one */
  numberOf(bytes: Uint8Array, from: number, to: number): number {
    if (to - from > this.#line.length) this.#line = new Uint8Array((to - from) * 2);
    const line = this.#line;
    const factor = (this.#seed[1] as number) | 1;
    let hash = this.#seed[0] as number;
    let length = 0;
    let inDigits = false;
    for (let i = from; i < to; i += 1) {
      let byte = bytes[i] as number;
      const isDigit = byte >= zero && byte <= nine;
      if (isDigit) {
        if (inDigits) continue;
        byte = zero;
      }
      inDigits = isDigit;
      line[length] = byte;
      length += 1;
      hash = Math.imul(hash ^ byte, factor);
      hash ^= hash >>> 15;
    }
    const alike = this.#byHash.get(hash);
    if (alike === undefined) {
      this.#byHash.set(hash, [this.count]);
      return this.#add(length);
    }
    for (const number of alike) if (this.#isLine(number, length)) return number;
    if (alike.length >= mostAlike) this.#isFull = true;
    else alike.push(this.count);
    return this.#add(length);
  }

  /** The shapes from a number on, as texts. */
  texts(from = 0): string[] {
    return this.#ends.slice(from).map((end, i) => {
      const start = this.#ends[from + i - 1] ?? 0;
      return Buffer.from(this.#bytes.buffer, start, end - start).toString();
    });
  }

  #isLine(number: number, length: number): boolean {
    const start = this.#ends[number - 1] ?? 0;
    if ((this.#ends[number] as number) - start !== length) return false;
    for (let i = 0; i < length; i += 1) if (this.#bytes[start + i] !== this.#line[i]) return false;
    return true;
  }

  #add(length: number): number {
    const start = this.#ends.at(-1) ?? 0;
    const end = start + length;
    if (this.#isFull || this.count >= mostShapes || end > mostBytes) {
      this.#isFull = true;
      return 0;
    }
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(this.#line.subarray(0, length), start);
    this.#ends.push(end);
    return this.count - 1;
  }
}
