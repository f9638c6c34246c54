/**
 * Event ids: a UUID (version 8, RFC 9562 section 5.8) whose first 48 bits are the event time in ms and whose remaining 74
 * bits come from (source identity, position), so that a line that is read again is the same event, or from a random source.
 */
const digits = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

/** Character code of the hexadecimal digit at `shift` bits. */
const d = (n: number, shift: number): number => digits[(n >>> shift) & 15] as number;

const mix = (hash: number, value: number): number => {
  let h = Math.imul(hash ^ value, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
};

/** Two independent 32-bit hashes of a text (FNV-1a with different offsets, finalised like MurmurHash3). */
export function hashText(text: string): readonly [number, number] {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x01000193) + i;
  }
  return [mix(a, text.length), mix(b, ~text.length)];
}

/** Hash of an event's place: `identity` hashed once per source, `position` a byte offset or sequence number below 2^53. */
export function placeHash(identity: readonly [number, number], position: number): readonly [number, number, number] {
  const low = position >>> 0;
  const high = (position / 4294967296) >>> 0;
  const a = mix(mix(identity[0], low), high);
  const b = mix(mix(identity[1], high ^ 0x5bd1e995), low);
  return [a, b, mix(a ^ 0x27d4eb2f, b)];
}

/**
 * UUID text from a time (epoch ms, 0 … 2^48-1; clamped) and 96 bits of which 74 are used. Made in one step: pieced
 * together it would be a tree of a dozen strings, which alerts keep alive.
 */
export function eventId(timeMs: number, a: number, b: number, c: number): string {
  const time = timeMs > 0 ? (timeMs < 281474976710655 ? Math.floor(timeMs) : 281474976710655) : 0;
  const high = Math.floor(time / 65536);
  const low = time & 0xffff;
  const v = 0x8000 | ((a >>> 16) & 0x3fff);
  const e = c ^ (b & 0xffff0000);
  return String.fromCharCode(
    d(high, 28),
    d(high, 24),
    d(high, 20),
    d(high, 16),
    d(high, 12),
    d(high, 8),
    d(high, 4),
    d(high, 0),
    45,
    d(low, 12),
    d(low, 8),
    d(low, 4),
    d(low, 0),
    45,
    56,
    d(a, 8),
    d(a, 4),
    d(a, 0),
    45,
    d(v, 12),
    d(v, 8),
    d(v, 4),
    d(v, 0),
    45,
    d(b, 12),
    d(b, 8),
    d(b, 4),
    d(b, 0),
    d(e, 28),
    d(e, 24),
    d(e, 20),
    d(e, 16),
    d(e, 12),
    d(e, 8),
    d(e, 4),
    d(e, 0),
  );
}

/** The time in ms that an event id carries, or null where the text is no UUID. */
export function timeOfId(id: string): number | null {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-/.test(id) || id.length !== 36) return null;
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
