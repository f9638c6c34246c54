/** A stream of numbers that follows from a text alone: the same seed gives the same machine on every start. */
export interface Dice {
  /** In [0, 1). */
  next: () => number;
  /** A whole number, both ends included. */
  between: (low: number, high: number) => number;
  pick: <T>(choices: readonly T[]) => T;
  chance: (probability: number) => boolean;
  /** Lower-case hexadecimal digits. */
  hex: (digits: number) => string;
}

/** Four 32-bit words of state from a text (a multiply-xor hash, run with four different starts). */
function stateFrom(text: string): [number, number, number, number] {
  const word = (start: number): number => {
    let hash = start ^ text.length;
    for (let at = 0; at < text.length; at++) {
      hash = Math.imul(hash ^ text.charCodeAt(at), 0x85ebca6b);
      hash = (hash << 13) | (hash >>> 19);
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0xc2b2ae35);
    return (hash ^ (hash >>> 13)) >>> 0;
  };
  return [word(0x9e3779b9), word(0x243f6a88), word(0xb7e15162), word(0x1f83d9ab)];
}

/** Not for secrets: a small fast counter (`sfc32`), well mixed before the first use. */
export function diceFrom(text: string): Dice {
  let [a, b, c, count] = stateFrom(text);
  const next = (): number => {
    const sum = (a + b + count) | 0;
    count = (count + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 0x1_0000_0000;
  };
  for (let turn = 0; turn < 16; turn++) next();
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    between,
    pick: <T>(choices: readonly T[]): T => choices[between(0, choices.length - 1)] as T,
    chance: (probability) => next() < probability,
    hex: (digits) => Array.from({ length: digits }, () => between(0, 15).toString(16)).join(''),
  };
}
