/** One packet as the rest of the wire sees it. There is one of these per reader; each packet is written over the last. */
export class Packet {
  /** The bytes that it lies in, and where it ends there as far as it was captured. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Epoch ms with a fraction. */
  time = 0;
  /** Bytes on the wire, with the header of the link. */
  length = 0;
  /** 4, 6; 0: no IP. */
  family = 0;
  /** Type of the frame where it is no IP: 0x0806 is ARP. 0: it could not be read that far. */
  etherType = 0;
  /** Source and destination as four words each; IPv4 is in the first. */
  src0 = 0;
  src1 = 0;
  src2 = 0;
  src3 = 0;
  dst0 = 0;
  dst1 = 0;
  dst2 = 0;
  dst3 = 0;
  /** IANA's number: 1 ICMP, 6 TCP, 17 UDP, 58 ICMPv6. */
  protocol = 0;
  /** Of TCP and UDP; 0 elsewhere. */
  srcPort = 0;
  dstPort = 0;
  /** Of TCP: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32. */
  flags = 0;
  sequence = 0;
  /** Of ICMP: type << 8 | code. */
  icmp = 0;
  /** What TCP and UDP carry: from, to (as captured). */
  payloadAt = 0;
  payloadEnd = 0;
  /** Bytes that TCP and UDP carry, by the headers: also what was not captured. */
  payloadLength = 0;
  /** A part of a packet: 0 no, 1 its beginning, 2 a later one (without ports). */
  fragment = 0;
  fragmentId = 0;
  /** Headers were cut off or contradict themselves: what was read until there stands. */
  isDamaged = false;
}

export const tcpFin = 1;
export const tcpSyn = 2;
export const tcpRst = 4;
export const tcpAck = 16;

export const icmp = 1;
export const tcp = 6;
export const udp = 17;
export const icmp6 = 58;

const protocolNames: Readonly<Record<number, string>> = {
  1: 'icmp',
  2: 'igmp',
  6: 'tcp',
  17: 'udp',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  58: 'ipv6-icmp',
  89: 'ospf',
  103: 'pim',
  112: 'vrrp',
  132: 'sctp',
};

/** Lower case, as events have it: `tcp`, `ipv6-icmp`; a number without a name is `ip-253`. */
export const protocolName = (protocol: number): string => protocolNames[protocol] ?? `ip-${protocol}`;

/** An address from its words: IPv6 by RFC 5952, IPv4-mapped as IPv4. */
export function addressText(family: number, w0: number, w1: number, w2: number, w3: number): string {
  if (family === 4) return ipv4Text(w0);
  if (w0 === 0 && w1 === 0 && w2 === 0xffff) return ipv4Text(w3);
  const groups = [w0 >>> 16, w0 & 0xffff, w1 >>> 16, w1 & 0xffff, w2 >>> 16, w2 & 0xffff, w3 >>> 16, w3 & 0xffff];
  let best = 1;
  let bestAt = -1;
  for (let i = 0; i < 8; i += 1) {
    let n = 0;
    while (i + n < 8 && groups[i + n] === 0) n += 1;
    if (n > best) {
      best = n;
      bestAt = i;
    }
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  return bestAt < 0 ? text(groups) : `${text(groups.slice(0, bestAt))}::${text(groups.slice(bestAt + best))}`;
}

const ipv4Text = (word: number): string => `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;

const letters = 'FSRPAU';

/** Flags of TCP as tcpdump has them: `S`, `FA`. */
export function flagLetters(flags: number): string {
  let text = '';
  for (let bit = 0; bit < letters.length; bit += 1) if (flags & (1 << bit)) text += letters[bit];
  return text;
}
