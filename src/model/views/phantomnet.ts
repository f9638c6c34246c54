import { allOf, anyOf, type EventCondition, isOneOf, notOf } from '../condition.ts';
import type { EventType } from '../enumerations.ts';
import type { EventJson } from '../event.ts';
import { recordScore } from '../record-score.ts';

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

/** An event as PhantomNet's dashboard takes it. @param score with what is known of its source */
export const phantomEvent = (event: EventJson, score: number): PhantomEvent => ({
  time: event.time,
  ip: event.src_ip,
  type: typeOf(event),
  port: event.dst_port ?? 0,
  threat: phantomThreatOf(score),
  score,
  details: event.message ?? event.raw,
});

function typeOf({ event_type, outcome, protocol, fields }: EventJson): string {
  if (event_type === 'decoy.login') return outcome === 'success' ? 'login_success' : 'login_failed';
  if (event_type === 'decoy.request' && typeof fields.attack === 'string') return fields.attack;
  return types[event_type ?? ''] ?? (protocol ?? 'ip').toUpperCase();
}

/**
 * Which stored events may have one of these threats; null: all that the view shows. What is known of a source only adds, so
 * that a record has at least its own score; of the others those of suspects must be looked at one by one.
 */
export function phantomCondition(threat: PhantomThreat | null, suspects: readonly string[] = []): EventCondition {
  if (threat === null) return isOneOf('event_type', ...phantomEventTypes);
  const touches = phantomEventTypes.filter((type) => type !== 'net.packet');
  const own = new Map(
    touches.map((event_type) => [event_type, recordScore({ event_type, protocol: null, dst_port: null, fields: {} })]),
  );
  const atLeast = (value: number): EventCondition => ({
    op: 'json',
    column: 'score',
    key: 'score',
    test: { op: 'compare', relation: 'gte', value },
  });
  const packets = isOneOf('event_type', 'net.packet');
  if (threat === 'BENIGN') return allOf(packets, notOf(atLeast(40)));
  // A list or a provider may know a source that has done nothing here yet.
  const least = threat === 'MALICIOUS' ? 80 : 40;
  const mayBe = anyOf(
    atLeast(least),
    notOf({ op: 'null', column: 'intel' }),
    ...(suspects.length > 0 ? [isOneOf('src_ip', ...suspects)] : []),
  );
  const possible = touches.filter((type) => threat === 'MALICIOUS' || (own.get(type)?.score ?? 0) < 80);
  return anyOf(isOneOf('event_type', ...possible), allOf(packets, mayBe));
}
