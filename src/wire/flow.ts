import type { FlowState } from './flow-kinds.ts';
import type { FlowTable } from './flow-table.ts';
import { addressText, flagLetters, icmp, icmp6, protocolName, tcp, tcpAck, tcpFin, tcpRst, tcpSyn } from './packet.ts';

/** A conversation as it is told: A began it. */
export interface FlowView {
  src_ip: string;
  src_port: number | null;
  dst_ip: string;
  dst_port: number | null;
  protocol: string;
  family: number;
  /** A number that stands for the source's address. */
  sourceKey: number;
  /** Packets, bytes on the wire, and bytes of payload from A (out) and from B (in). */
  packetsOut: number;
  packetsIn: number;
  bytesOut: number;
  bytesIn: number;
  payloadOut: number;
  payloadIn: number;
  /** Epoch ms: of this part, and of the whole. */
  first: number;
  last: number;
  began: number;
  /** Letters as tcpdump has them (S, F, R, P, A, U): null without TCP. */
  flagsOut: string | null;
  flagsIn: string | null;
  /** Null without ICMP. */
  icmpType: number | null;
  icmpCode: number | null;
  state: FlowState;
  /** 0: the first, or the only one. */
  part: number;
}

export function readFlow(table: FlowTable, slot: number): FlowView {
  const word = (i: number): number => table.word(slot, i);
  const protocol = word(9) & 255;
  const family = (word(9) >>> 8) & 15;
  const hasPorts = protocol === tcp || protocol === 17 || protocol === 132;
  const isIcmp = protocol === icmp || protocol === icmp6;
  const ports = word(8);
  const seen = word(28);
  return {
    src_ip: addressText(family, word(0), word(1), word(2), word(3)),
    src_port: hasPorts ? ports >>> 16 : null,
    dst_ip: addressText(family, word(4), word(5), word(6), word(7)),
    dst_port: hasPorts ? ports & 0xffff : null,
    protocol: protocolName(protocol),
    family,
    sourceKey: word(0) ^ Math.imul(word(1) ^ word(2) ^ word(3), 0x9e3779b1),
    packetsOut: word(13),
    packetsIn: word(14),
    bytesOut: table.number(slot, 8),
    bytesIn: table.number(slot, 9),
    payloadOut: table.number(slot, 12),
    payloadIn: table.number(slot, 13),
    first: table.number(slot, 10),
    last: table.number(slot, 11),
    began: table.number(slot, 15),
    flagsOut: protocol === tcp ? flagLetters(seen & 63) : null,
    flagsIn: protocol === tcp ? flagLetters((seen >>> 8) & 63) : null,
    icmpType: isIcmp ? (seen >>> 24) & 255 : null,
    icmpCode: isIcmp ? (seen >>> 16) & 255 : null,
    state: stateOf(protocol, seen, word(14), word(29)),
    part: word(29),
  };
}

function stateOf(protocol: number, seen: number, packetsIn: number, part: number): FlowState {
  if (protocol !== tcp) return packetsIn > 0 ? 'answered' : 'unanswered';
  const out = seen & 63;
  const back = (seen >>> 8) & 63;
  if ((out & tcpSyn) === 0) return (out | back) & tcpRst ? 'reset' : 'partial';
  if (back === 0) return part > 0 ? 'open' : 'attempt';
  if ((back & tcpSyn) === 0) return (back & tcpRst) !== 0 ? 'refused' : 'partial';
  if (((out | back) & tcpRst) !== 0) return 'reset';
  if ((out & tcpAck) === 0) return 'half-open';
  return (out & back & tcpFin) !== 0 ? 'closed' : 'open';
}
