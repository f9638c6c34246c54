/** The same for both directions. */
export function hashOf(a: number, b: number, portA: number, portB: number, more: number): number {
  let hash = a ^ b ^ Math.imul(portA ^ portB, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  hash ^= Math.imul((a + b) | 0, 0x27d4eb2f) ^ Math.imul(portA + portB, 0x165667b1) ^ more;
  hash = Math.imul(hash ^ (hash >>> 16), 0xc2b2ae35);
  return hash ^ (hash >>> 13);
}

export function longHash(a1: number, a2: number, a3: number, b1: number, b2: number, b3: number): number {
  const low = Math.imul(a3 ^ b3, 0x1b873593) ^ Math.imul((a3 + b3) | 0, 0x119de1f3);
  return Math.imul(a1 ^ b1, 0x2545f491) ^ Math.imul(a2 ^ b2, 0x5bd1e995) ^ low;
}
