/** Checksums of byte strings. They only have to be right; visitors check what they dropped with them. */

export type DigestName = 'md5' | 'sha1' | 'sha256' | 'sha512';

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

function padded(text: string, isLittle: boolean, block = 64): Uint8Array {
  const length = text.length;
  const lengthBytes = block / 8;
  const total = Math.ceil((length + 1 + lengthBytes) / block) * block;
  const data = new Uint8Array(total);
  for (let at = 0; at < length; at++) data[at] = text.charCodeAt(at);
  data[length] = 0x80;
  let bits = length * 8;
  for (let place = 0; place < 7; place++) {
    data[isLittle ? total - 8 + place : total - 1 - place] = bits % 256;
    bits = Math.floor(bits / 256);
  }
  return data;
}

const hex = (words: readonly number[], isLittle: boolean): string =>
  words
    .map((word) => {
      const bytes = [24, 16, 8, 0].map((shift) => ((word >>> shift) & 255).toString(16).padStart(2, '0'));
      return (isLittle ? bytes.reverse() : bytes).join('');
    })
    .join('');

const md5Shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const md5Sines = Array.from({ length: 64 }, (_, at) => Math.floor(Math.abs(Math.sin(at + 1)) * 2 ** 32) | 0);

function md5(text: string): string {
  const data = padded(text, true);
  let [a0, b0, c0, d0] = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
  for (let from = 0; from < data.length; from += 64) {
    let [a, b, c, d] = [a0, b0, c0, d0];
    for (let turn = 0; turn < 64; turn++) {
      const round = turn >> 4;
      const mix =
        round === 0 ? (b & c) | (~b & d) : round === 1 ? (d & b) | (~d & c) : round === 2 ? b ^ c ^ d : c ^ (b | ~d);
      const place =
        from + ((round === 0 ? turn : round === 1 ? 5 * turn + 1 : round === 2 ? 3 * turn + 5 : 7 * turn) % 16) * 4;
      const word =
        (data[place] as number) |
        ((data[place + 1] as number) << 8) |
        ((data[place + 2] as number) << 16) |
        ((data[place + 3] as number) << 24);
      const sum = (a + mix + (md5Sines[turn] as number) + word) | 0;
      a = d;
      d = c;
      c = b;
      b = (b + rotate(sum, md5Shifts[round * 4 + (turn % 4)] as number)) | 0;
    }
    a0 = (a0 + a) | 0;
    b0 = (b0 + b) | 0;
    c0 = (c0 + c) | 0;
    d0 = (d0 + d) | 0;
  }
  return hex([a0, b0, c0, d0], true);
}

const bigWord = (data: Uint8Array, at: number): number =>
  ((data[at] as number) << 24) |
  ((data[at + 1] as number) << 16) |
  ((data[at + 2] as number) << 8) |
  (data[at + 3] as number);

function sha1(text: string): string {
  const data = padded(text, false);
  const state = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476, 0xc3d2e1f0 | 0] as [
    number,
    number,
    number,
    number,
    number,
  ];
  const words = new Int32Array(80);
  for (let from = 0; from < data.length; from += 64) {
    for (let at = 0; at < 80; at++)
      words[at] =
        at < 16
          ? bigWord(data, from + at * 4)
          : rotate(
              (words[at - 3] as number) ^
                (words[at - 8] as number) ^
                (words[at - 14] as number) ^
                (words[at - 16] as number),
              1,
            );
    let [a, b, c, d, e] = state;
    for (let at = 0; at < 80; at++) {
      const [mix, constant] =
        at < 20
          ? [(b & c) | (~b & d), 0x5a827999]
          : at < 40
            ? [b ^ c ^ d, 0x6ed9eba1]
            : at < 60
              ? [(b & c) | (b & d) | (c & d), 0x8f1bbcdc | 0]
              : [b ^ c ^ d, 0xca62c1d6 | 0];
      const next = (rotate(a, 5) + (mix as number) + e + (constant as number) + (words[at] as number)) | 0;
      e = d;
      d = c;
      c = rotate(b, 30);
      b = a;
      a = next;
    }
    for (const [at, value] of [a, b, c, d, e].entries()) state[at] = ((state[at] as number) + value) | 0;
  }
  return hex(state, false);
}

const primes = ((): number[] => {
  const found: number[] = [];
  for (let number = 2; found.length < 80; number++)
    if (found.every((prime) => number % prime !== 0)) found.push(number);
  return found;
})();

/** The first 64 bits of the fraction of a root, by whole numbers. */
function fraction(prime: number, root: 2 | 3): bigint {
  const scale = root === 2 ? BigInt(prime) << 128n : BigInt(prime) << 192n;
  let low = 0n;
  let high = 1n << 70n;
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** BigInt(root) <= scale) low = middle;
    else high = middle - 1n;
  }
  return low & ((1n << 64n) - 1n);
}

const roots = primes.map((prime) => fraction(prime, 3));
const squares = primes.slice(0, 8).map((prime) => fraction(prime, 2));

function sha256(text: string): string {
  const data = padded(text, false);
  const constants = roots.slice(0, 64).map((value) => Number(value >> 32n) | 0);
  const state = squares.map((value) => Number(value >> 32n) | 0);
  const words = new Int32Array(64);
  const right = (value: number, by: number): number => (value >>> by) | (value << (32 - by));
  for (let from = 0; from < data.length; from += 64) {
    for (let at = 0; at < 64; at++) {
      if (at < 16) {
        words[at] = bigWord(data, from + at * 4);
        continue;
      }
      const x = words[at - 15] as number;
      const y = words[at - 2] as number;
      words[at] =
        ((words[at - 16] as number) +
          (right(x, 7) ^ right(x, 18) ^ (x >>> 3)) +
          (words[at - 7] as number) +
          (right(y, 17) ^ right(y, 19) ^ (y >>> 10))) |
        0;
    }
    let [a, b, c, d, e, f, g, h] = state as [number, number, number, number, number, number, number, number];
    for (let at = 0; at < 64; at++) {
      const first =
        (h +
          (right(e, 6) ^ right(e, 11) ^ right(e, 25)) +
          ((e & f) ^ (~e & g)) +
          (constants[at] as number) +
          (words[at] as number)) |
        0;
      const second = ((right(a, 2) ^ right(a, 13) ^ right(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
    }
    for (const [at, value] of [a, b, c, d, e, f, g, h].entries()) state[at] = ((state[at] as number) + value) | 0;
  }
  return hex(state, false);
}

function sha512(text: string): string {
  const data = padded(text.slice(0, 1 << 20), false, 128);
  const mask = (1n << 64n) - 1n;
  const state = [...squares];
  const right = (value: bigint, by: bigint): bigint => ((value >> by) | (value << (64n - by))) & mask;
  for (let from = 0; from < data.length; from += 128) {
    const words: bigint[] = [];
    for (let at = 0; at < 80; at++) {
      if (at < 16) {
        let word = 0n;
        for (let byte = 0; byte < 8; byte++) word = (word << 8n) | BigInt(data[from + at * 8 + byte] as number);
        words.push(word);
        continue;
      }
      const x = words[at - 15] as bigint;
      const y = words[at - 2] as bigint;
      words.push(
        ((words[at - 16] as bigint) +
          (right(x, 1n) ^ right(x, 8n) ^ (x >> 7n)) +
          (words[at - 7] as bigint) +
          (right(y, 19n) ^ right(y, 61n) ^ (y >> 6n))) &
          mask,
      );
    }
    let [a, b, c, d, e, f, g, h] = state as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
    for (let at = 0; at < 80; at++) {
      const first =
        (h +
          (right(e, 14n) ^ right(e, 18n) ^ right(e, 41n)) +
          ((e & f) ^ (~e & mask & g)) +
          (roots[at] as bigint) +
          (words[at] as bigint)) &
        mask;
      const second = ((right(a, 28n) ^ right(a, 34n) ^ right(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c))) & mask;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) & mask, c, b, a, (first + second) & mask];
    }
    for (const [at, value] of [a, b, c, d, e, f, g, h].entries()) state[at] = ((state[at] as bigint) + value) & mask;
  }
  return state.map((word) => word.toString(16).padStart(16, '0')).join('');
}

/** The checksum in lower-case hexadecimal digits. */
export function digest(name: DigestName, text: string): string {
  return name === 'md5' ? md5(text) : name === 'sha1' ? sha1(text) : name === 'sha256' ? sha256(text) : sha512(text);
}
