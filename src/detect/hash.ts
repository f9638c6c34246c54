/**
 * 128-bit hash of a text as 32 hex digits: four 32-bit lanes of multiply-and-rotate (in the manner of MurmurHash3),
 * plain JavaScript, the same everywhere. For identities, not for secrets.
 */
export function hash128(text: string): string {
  let a = 0x9e3779b1;
  let b = 0x85ebca6b;
  let c = 0xc2b2ae35;
  let d = 0x27d4eb2f;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    a = (a << 13) | (a >>> 19);
    b = Math.imul(b ^ unit, 0x85ebca6b) + a;
    b = (b << 15) | (b >>> 17);
    c = Math.imul(c ^ unit, 0xc2b2ae35) + b;
    c = (c << 16) | (c >>> 16);
    d = Math.imul(d ^ unit, 0x27d4eb2f) + c;
    d = (d << 18) | (d >>> 14);
  }
  a = mix(a ^ text.length ^ d);
  b = mix(b ^ a);
  c = mix(c ^ b);
  d = mix(d ^ c);
  return hex(mix(a ^ d)) + hex(b) + hex(c) + hex(d);
}

/** {@link hash128} in the shape of a UUID (version 8: made by an application's own rule, RFC 9562 section 5.8). */
export function hashUuid(text: string): string {
  const h = hash128(text);
  const variant = ((Number.parseInt(h[16] as string, 16) & 3) | 8).toString(16);
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-8${h.slice(13, 16)}-${variant}${h.slice(17, 20)}-${h.slice(20)}`;
}

function mix(n: number): number {
  let x = n ^ (n >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return x ^ (x >>> 16);
}

function hex(n: number): string {
  return (n >>> 0).toString(16).padStart(8, '0');
}
