import { icmp, icmp6, type Packet, tcp, udp } from './packet.ts';

/*
 * From the bytes of a frame to its addresses, ports and payload. Bytes of strangers: each length is checked against what was
 * captured; nothing throws, nothing allocates, and every loop has an end.
 */

/** Kinds of link (the numbers of pcap) that are read. */
export const linkTypes: ReadonlyMap<number, string> = new Map([
  [0, 'BSD loopback'],
  [1, 'Ethernet'],
  [12, 'raw IP'],
  [14, 'raw IP'],
  [101, 'raw IP'],
  [108, 'OpenBSD loopback'],
  [113, 'Linux cooked'],
  [228, 'raw IPv4'],
  [229, 'raw IPv6'],
  [276, 'Linux cooked v2'],
]);

const maxTags = 4;
const maxTunnels = 4;
const maxExtensions = 16;

/**
 * Reads a frame into `packet`: `bytes[at..end)` were captured of `length` bytes on the wire.
 * @returns whether it is IP.
 */
export function decode(
  packet: Packet,
  bytes: Uint8Array,
  at: number,
  end: number,
  length: number,
  linkType: number,
): boolean {
  packet.bytes = bytes;
  packet.length = length;
  packet.family = 0;
  packet.etherType = 0;
  packet.protocol = 0;
  packet.srcPort = 0;
  packet.dstPort = 0;
  packet.flags = 0;
  packet.sequence = 0;
  packet.icmp = 0;
  packet.payloadAt = end;
  packet.payloadEnd = end;
  packet.payloadLength = 0;
  packet.fragment = 0;
  packet.fragmentId = 0;
  packet.isDamaged = false;
  switch (linkType) {
    case 1:
      return ethernet(packet, at + 12, end, 0);
    case 113:
      return end - at >= 16 ? network(packet, at + 16, end, word16(bytes, at + 14), 0) : damaged(packet);
    case 276:
      return end - at >= 20 ? network(packet, at + 20, end, word16(bytes, at), 0) : damaged(packet);
    case 0:
    case 108:
      return end - at >= 4 ? anyIp(packet, at + 4, end, 0) : damaged(packet);
    case 12:
    case 14:
    case 101:
    case 228:
    case 229:
      return anyIp(packet, at, end, 0);
    default:
      return false;
  }
}

const word16 = (bytes: Uint8Array, at: number): number => ((bytes[at] as number) << 8) | (bytes[at + 1] as number);

const word32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 24) |
  ((bytes[at + 1] as number) << 16) |
  ((bytes[at + 2] as number) << 8) |
  (bytes[at + 3] as number);

function damaged(packet: Packet): boolean {
  packet.isDamaged = true;
  return packet.family !== 0;
}

/** From the type of an Ethernet frame on. */
function ethernet(packet: Packet, at: number, end: number, tunnels: number): boolean {
  return end - at >= 2 ? network(packet, at + 2, end, word16(packet.bytes, at), tunnels) : damaged(packet);
}

/** What follows a type of frame. */
function network(packet: Packet, from: number, end: number, firstType: number, tunnels: number): boolean {
  const { bytes } = packet;
  let at = from;
  let type = firstType;
  for (let tags = 0; tags <= maxTags; tags += 1) {
    switch (type) {
      case 0x0800:
        return ipv4(packet, at, end, tunnels);
      case 0x86dd:
        return ipv6(packet, at, end, tunnels);
      case 0x8100:
      case 0x88a8:
      case 0x9100:
        if (end - at < 4) return damaged(packet);
        type = word16(bytes, at + 2);
        at += 4;
        break;
      case 0x8864:
        if (end - at < 8) return damaged(packet);
        type = word16(bytes, at + 6) === 0x21 ? 0x0800 : word16(bytes, at + 6) === 0x57 ? 0x86dd : 0;
        at += 8;
        break;
      default:
        packet.etherType = type;
        return packet.family !== 0;
    }
  }
  return damaged(packet);
}

function anyIp(packet: Packet, at: number, end: number, tunnels: number): boolean {
  const version = at < end ? (packet.bytes[at] as number) >>> 4 : 0;
  if (version === 4) return ipv4(packet, at, end, tunnels);
  return version === 6 ? ipv6(packet, at, end, tunnels) : damaged(packet);
}

function ipv4(packet: Packet, at: number, captured: number, tunnels: number): boolean {
  const { bytes } = packet;
  if (captured - at < 20) return damaged(packet);
  const first = bytes[at] as number;
  const header = (first & 15) * 4;
  if (first >>> 4 !== 4 || header < 20) return damaged(packet);
  packet.family = 4;
  packet.src0 = word32(bytes, at + 12);
  packet.dst0 = word32(bytes, at + 16);
  packet.src1 = packet.src2 = packet.src3 = packet.dst1 = packet.dst2 = packet.dst3 = 0;
  const protocol = bytes[at + 9] as number;
  packet.protocol = protocol;
  // 0: the network card is to cut it into packets.
  const stated = word16(bytes, at + 2) || captured - at;
  if (stated < header || captured - at < header) return damaged(packet);
  const end = Math.min(captured, at + stated);
  const fragment = word16(bytes, at + 6);
  if ((fragment & 0x3fff) !== 0) {
    packet.fragment = (fragment & 0x1fff) === 0 ? 1 : 2;
    packet.fragmentId = word16(bytes, at + 4);
    if (packet.fragment === 2) return true;
  }
  return transport(packet, at + header, end, protocol, stated - header, tunnels);
}

function ipv6(packet: Packet, start: number, captured: number, tunnels: number): boolean {
  const { bytes } = packet;
  if (captured - start < 40 || (bytes[start] as number) >>> 4 !== 6) return damaged(packet);
  packet.family = 6;
  packet.src0 = word32(bytes, start + 8);
  packet.src1 = word32(bytes, start + 12);
  packet.src2 = word32(bytes, start + 16);
  packet.src3 = word32(bytes, start + 20);
  packet.dst0 = word32(bytes, start + 24);
  packet.dst1 = word32(bytes, start + 28);
  packet.dst2 = word32(bytes, start + 32);
  packet.dst3 = word32(bytes, start + 36);
  const stated = word16(bytes, start + 4) || captured - start - 40;
  const end = Math.min(captured, start + 40 + stated);
  const whole = start + 40 + stated;
  let next = bytes[start + 6] as number;
  let at = start + 40;
  for (let extensions = 0; extensions < maxExtensions; extensions += 1) {
    switch (next) {
      case 0:
      case 43:
      case 60:
      case 135:
      case 139:
      case 140: {
        if (end - at < 8) return headless(packet, next);
        next = bytes[at] as number;
        at += ((bytes[at + 1] as number) + 1) * 8;
        break;
      }
      case 44: {
        if (end - at < 8) return headless(packet, next);
        const offset = word16(bytes, at + 2);
        packet.fragmentId = word32(bytes, at + 4);
        next = bytes[at] as number;
        at += 8;
        // An "atomic" fragment is whole.
        if ((offset & 0xfff9) !== 0) packet.fragment = offset >>> 3 === 0 ? 1 : 2;
        if (packet.fragment === 2) {
          packet.protocol = next;
          return true;
        }
        break;
      }
      case 51: {
        if (end - at < 12) return headless(packet, next);
        next = bytes[at] as number;
        at += ((bytes[at + 1] as number) + 2) * 4;
        break;
      }
      default:
        packet.protocol = next;
        return transport(packet, at, end, next, whole - at, tunnels);
    }
  }
  return headless(packet, next);
}

function headless(packet: Packet, protocol: number): boolean {
  packet.protocol = protocol;
  return damaged(packet);
}

function transport(
  packet: Packet,
  at: number,
  end: number,
  protocol: number,
  stated: number,
  tunnels: number,
): boolean {
  const { bytes } = packet;
  switch (protocol) {
    case tcp: {
      if (end - at < 20) return portsOnly(packet, at, end);
      const header = ((bytes[at + 12] as number) >>> 4) * 4;
      packet.srcPort = word16(bytes, at);
      packet.dstPort = word16(bytes, at + 2);
      packet.sequence = word32(bytes, at + 4);
      packet.flags = (bytes[at + 13] as number) & 63;
      if (header < 20) return damaged(packet);
      packet.payloadAt = Math.min(at + header, end);
      packet.payloadEnd = end;
      packet.payloadLength = Math.max(0, stated - header);
      return true;
    }
    case udp:
      if (end - at < 8) return portsOnly(packet, at, end);
      packet.srcPort = word16(bytes, at);
      packet.dstPort = word16(bytes, at + 2);
      packet.payloadAt = at + 8;
      packet.payloadEnd = end;
      packet.payloadLength = Math.max(0, stated - 8);
      return true;
    case icmp:
    case icmp6:
      if (end - at < 2) return damaged(packet);
      packet.icmp = word16(bytes, at);
      packet.payloadAt = Math.min(at + 8, end);
      packet.payloadEnd = end;
      packet.payloadLength = Math.max(0, stated - 8);
      return true;
    case 4:
      return tunnels < maxTunnels ? ipv4(packet, at, end, tunnels + 1) : damaged(packet);
    case 41:
      return tunnels < maxTunnels ? ipv6(packet, at, end, tunnels + 1) : damaged(packet);
    case 47:
      return tunnels < maxTunnels ? gre(packet, at, end, tunnels + 1) : damaged(packet);
    default:
      return true;
  }
}

/** The header was cut off by the capture: the ports may still be there. */
function portsOnly(packet: Packet, at: number, end: number): boolean {
  if (end - at >= 4) {
    packet.srcPort = word16(packet.bytes, at);
    packet.dstPort = word16(packet.bytes, at + 2);
  }
  return damaged(packet);
}

/** RFC 2784 and 2890: what is inside, where it is IP or Ethernet. */
function gre(packet: Packet, at: number, end: number, tunnels: number): boolean {
  if (end - at < 4) return damaged(packet);
  const flags = word16(packet.bytes, at);
  const type = word16(packet.bytes, at + 2);
  if ((flags & 7) !== 0) return true;
  const inner = at + 4 + (flags & 0x8000 ? 4 : 0) + (flags & 0x2000 ? 4 : 0) + (flags & 0x1000 ? 4 : 0);
  if (type === 0x0800 || type === 0x86dd) return network(packet, inner, end, type, tunnels);
  return type === 0x6558 ? ethernet(packet, inner + 12, end, tunnels) : true;
}
