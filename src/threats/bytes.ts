/* Whole numbers from zero on, seven bits a byte: small ones take one. */

export class Bytes {
  #bytes = new Uint8Array(1024);
  #length = 0;

  number(value: number): void {
    // A number has eight bytes at most.
    if (this.#length + 8 > this.#bytes.length) this.#grow();
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(): void {
    const grown = new Uint8Array(this.#bytes.length * 2);
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}

/** @throws where there are fewer */
export function numbersOf(bytes: Uint8Array, count: number): Float64Array {
  const numbers = new Float64Array(count);
  let at = 0;
  for (let i = 0; i < count; i += 1) {
    let byte = bytes[at++];
    let value = 0;
    let factor = 1;
    while (byte !== undefined && byte >= 128) {
      value += (byte - 128) * factor;
      factor *= 128;
      byte = bytes[at++];
    }
    if (byte === undefined) throw new Error('A column ends early.');
    numbers[i] = value + byte * factor;
  }
  return numbers;
}
