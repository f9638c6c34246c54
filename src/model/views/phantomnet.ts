import { allOf, anyOf, type EventCondition, isOneOf, notOf } from '../condition.ts';
import type { EventType } from '../enumerations.ts';
import type { EventJson } from '../event.ts';
import { threatScore } from '../threat-score.ts';

/*
 * PhantomNet's view of what decoys and captures saw: one record per touch or packet, its words, its three kinds of threat.
 */

export const phantomThreats = ['BENIGN', 'SUSPICIOUS', 'MALICIOUS'] as const;
export type PhantomThreat = (typeof phantomThreats)[number];

export interface PhantomEvent {
  time: string | null;
  ip: string | null;
  type: string;
  port: number;
  threat: PhantomThreat;
  /** 0 to 100. */
  score: number;
  details: string;
}

/** Event types that this view shows. */
export const phantomEventTypes = [
  'decoy.connection',
  'decoy.client',
  'decoy.login',
  'decoy.command',
  'decoy.request',
  'decoy.download',
  'decoy.upload',
  'decoy.forward',
  'decoy.token',
  'net.packet',
] as const satisfies readonly EventType[];

const types: Readonly<Record<string, string>> = {
  'decoy.connection': 'connection',
  'decoy.client': 'client_version',
  'decoy.command': 'command',
  'decoy.request': 'http_request',
  'decoy.download': 'download_attempt',
  'decoy.upload': 'file_upload',
  'decoy.forward': 'forward_attempt',
  'decoy.token': 'honeytoken_used',
};

export const phantomThreatOf = (score: number): PhantomThreat =>
  score >= 80 ? 'MALICIOUS' : score >= 40 ? 'SUSPICIOUS' : 'BENIGN';

/** An event as PhantomNet's dashboard takes it. */
export function phantomEvent(event: EventJson): PhantomEvent {
  const score = scoreOf(event);
  return {
    time: event.time,
    ip: event.src_ip,
    type: typeOf(event),
    port: event.dst_port ?? 0,
    threat: phantomThreatOf(score),
    score,
    details: event.message ?? event.raw,
  };
}

function typeOf({ event_type, outcome, protocol, fields }: EventJson): string {
  if (event_type === 'decoy.login') return outcome === 'success' ? 'login_success' : 'login_failed';
  if (event_type === 'decoy.request' && typeof fields.attack === 'string') return fields.attack;
  return types[event_type ?? ''] ?? (protocol ?? 'ip').toUpperCase();
}

/** Of a packet what its parser worked out; of a touch of a decoy what this touch alone is worth by the documented formula. */
function scoreOf({ event_type, score }: EventJson): number {
  if (event_type !== 'net.packet') return touchScore(event_type ?? '');
  return typeof score?.score === 'number' ? score.score : 0;
}

function touchScore(type: string): number {
  const logins = type === 'decoy.login' ? 1 : 0;
  const uploads = type === 'decoy.upload' ? 1 : 0;
  const commands = ['decoy.command', 'decoy.download', 'decoy.forward'].includes(type) ? 1 : 0;
  return threatScore({ decoy: { touches: 1, logins, commands, uploads } }).score;
}

/** Which stored events have one of these threats; null: all that the view shows. The same as {@link phantomEvent} says of them. */
export function phantomCondition(threat: PhantomThreat | null): EventCondition {
  if (threat === null) return isOneOf('event_type', ...phantomEventTypes);
  const touches = phantomEventTypes.filter(
    (type) => type !== 'net.packet' && phantomThreatOf(touchScore(type)) === threat,
  );
  const atLeast = (value: number): EventCondition => ({
    op: 'json',
    column: 'score',
    key: 'score',
    test: { op: 'compare', relation: 'gte', value },
  });
  const packets = {
    MALICIOUS: atLeast(80),
    SUSPICIOUS: allOf(atLeast(40), notOf(atLeast(80))),
    BENIGN: notOf(atLeast(40)),
  }[threat];
  return anyOf(isOneOf('event_type', ...touches), allOf(isOneOf('event_type', 'net.packet'), packets));
}
