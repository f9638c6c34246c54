/**
 * IP addresses in text, without regular expressions: on the hot path every line has one.
 * IPv6 text is accepted as RFC 4291 section 2.2 says; IPv4-mapped addresses become IPv4; a zone index is dropped.
 */

import { canonicalIpv6 } from './ipv6.ts';

const dot = 46;
const colon = 58;

/** End of the dotted quad that starts at `from`, or -1. A longer run of digits or dots (a version number) is none. */
function ipv4End(text: string, from: number): number {
  let at = from;
  for (let part = 0; part < 4; part += 1) {
    let value = 0;
    const start = at;
    let code = text.charCodeAt(at);
    while (code >= 48 && code <= 57 && at - start < 4) {
      value = value * 10 + code - 48;
      at += 1;
      code = text.charCodeAt(at);
    }
    if (at === start || value > 255 || at - start > 3) return -1;
    if (part < 3) {
      if (code !== dot) return -1;
      at += 1;
    } else if (code === dot) {
      const next = text.charCodeAt(at + 1);
      if (next >= 48 && next <= 57) return -1;
    }
  }
  return at;
}

function isHex(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
}

/** End of the IPv6 address that starts at `from`, or -1. Needs at least two colons. */
function ipv6End(text: string, from: number): number {
  let at = from;
  let groups = 0;
  let compressed = false;
  if (text.charCodeAt(at) === colon) {
    if (text.charCodeAt(at + 1) !== colon) return -1;
    compressed = true;
    at += 2;
  }
  while (groups < 8) {
    const start = at;
    while (at - start < 5 && isHex(text.charCodeAt(at))) at += 1;
    if (at === start) break;
    if (text.charCodeAt(at) === dot) {
      const end = ipv4End(text, start);
      if (end > 0) return groups > 6 || (groups < 6 && !compressed) ? -1 : end;
    }
    if (at - start > 4) return -1;
    groups += 1;
    if (text.charCodeAt(at) !== colon) return groups === 8 || compressed ? at : -1;
    if (text.charCodeAt(at + 1) === colon) {
      if (compressed) return -1;
      compressed = true;
      at += 2;
    } else {
      if (groups === 8 || !isHex(text.charCodeAt(at + 1))) return groups === 8 || compressed ? at : -1;
      at += 1;
    }
  }
  return compressed && groups < 8 ? at : -1;
}

/** Where the address that {@link readAddress} found ends, its zone index included. */
export let addressEnd = 0;

/**
 * The address that starts exactly at `from`, normalised, or null. {@link addressEnd} says where it ends.
 * What follows must not make it part of a longer word.
 */
export function readAddress(text: string, from: number): string | null {
  const first = text.charCodeAt(from);
  if (first >= 48 && first <= 57) {
    const end = ipv4End(text, from);
    if (end > 0) {
      if (isWord(text.charCodeAt(end))) return null;
      addressEnd = end;
      return text.slice(from, end);
    }
  } else if (first !== colon && !isHex(first)) {
    return null;
  }
  let end = ipv6End(text, from);
  if (end < 0) return null;
  let address = text.slice(from, end).toLowerCase();
  if (text.charCodeAt(end) === 37) {
    end += 1;
    while (isWord(text.charCodeAt(end))) end += 1;
  } else if (isWord(text.charCodeAt(end))) {
    return null;
  }
  addressEnd = end;
  if (address.startsWith('::ffff:') && address.includes('.')) address = address.slice(7);
  return canonicalIpv6(address);
}

/** Letters, digits and underscore. */
function isWord(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
}

/** The whole text as an address, with or without brackets, normalised; null where it is none. */
export function asAddress(text: string): string | null {
  let from = 0;
  let to = text.length;
  if (to < 2 || to > 60) return null;
  if (text.charCodeAt(0) === 91) {
    from = 1;
    if (text.charCodeAt(to - 1) === 93) to -= 1;
  }
  const address = readAddress(text, from);
  return address !== null && addressEnd === to ? address : null;
}

/** A port number in digits at `from`, or null. {@link numberEnd} says where it ends. */
export let numberEnd = 0;

export function readPort(text: string, from: number): number | null {
  let at = from;
  let value = 0;
  for (; at - from < 6; at += 1) {
    const code = text.charCodeAt(at);
    if (!(code >= 48 && code <= 57)) break;
    value = value * 10 + code - 48;
  }
  numberEnd = at;
  return at === from || value > 65_535 ? null : value;
}

/** `address`, `address:port`, `[address]:port`, `address.port` (BSD), `address#port`. */
export interface Endpoint {
  ip: string | null;
  port: number | null;
}

/** Reads an endpoint that fills the whole text. `ip` is null where it is a host name or nothing. */
export function readEndpoint(text: string): Endpoint {
  const whole = asAddress(text);
  if (whole !== null) return { ip: whole, port: null };
  const bracketed = text.charCodeAt(0) === 91;
  const ip = readAddress(text, bracketed ? 1 : 0);
  if (ip !== null) {
    let at = addressEnd;
    if (bracketed && text.charCodeAt(at) === 93) at += 1;
    const separator = text[at];
    if (separator === ':' || separator === '#' || separator === '.' || separator === '/' || separator === ',') {
      const port = readPort(text, at + 1);
      if (port !== null && numberEnd === text.length) return { ip, port };
    }
  }
  const split = text.lastIndexOf('.');
  if (split > 0) {
    const address = asAddress(text.slice(0, split));
    const port = readPort(text, split + 1);
    if (address !== null && port !== null && numberEnd === text.length) return { ip: address, port };
  }
  return { ip: null, port: null };
}
