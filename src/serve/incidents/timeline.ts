import type { z } from 'zod';
import { isoTime } from '../../model/index.ts';
import type {
  IncidentEvidence,
  IncidentLogEntry,
  IncidentMember,
  IncidentNote,
  StateStore,
} from '../../store/contract.ts';
import type { timelineShape } from './shapes.ts';

type Entry = z.input<typeof timelineShape>;
/** Entries that are told. Beyond, the oldest alerts go first: what people did is always there. */
const mostEntries = 1000;
export const mostLogged = 500;
/** Signals about the incident's entities that are shown beside its alerts. */
const mostSignals = 50;
const entitiesAsked = 5;
/** Decisions about each of them that are looked at, the newest. */
const mostDecisions = 50;

interface Parts {
  members: readonly IncidentMember[];
  notes: readonly IncidentNote[];
  evidence: readonly IncidentEvidence[];
  log: readonly IncidentLogEntry[];
  signals: readonly Entry[];
  decisions: readonly Entry[];
}

/** Everything that happened, in the order of time. */
export function timelineOf({ members, notes, evidence, log, signals, decisions }: Parts): {
  entries: Entry[];
  leftOut: number;
} {
  const alerts = members.map(
    ({ first, message, severity, alert_id }): Entry => ({
      time: isoTime(first),
      kind: 'alert',
      text: message,
      by: null,
      severity,
      ref: alert_id,
    }),
  );
  const pinned = evidence.flatMap(({ kind, events, reason, author }): Entry[] =>
    kind === 'alert'
      ? []
      : events.map(({ id, time, received_at, raw, severity }) => ({
          time: time ?? received_at,
          kind: 'event',
          text: `${raw}\n${reason}`,
          by: author,
          severity,
          ref: id,
        })),
  );
  const people: Entry[] = [
    ...notes.map(
      ({ created_at, text, author, id }): Entry => ({
        time: isoTime(created_at),
        kind: 'note',
        text,
        by: author,
        severity: null,
        ref: id,
      }),
    ),
    ...log.map(changeEntry),
    ...pinned,
    ...decisions,
  ];
  const room = Math.max(0, mostEntries - people.length);
  const others = [...alerts, ...signals].sort(byTime);
  const entries = [...others.slice(-room || others.length), ...people].sort(byTime);
  return { entries, leftOut: Math.max(0, others.length - room) };
}

const byTime = (a: Entry, b: Entry): number => Date.parse(a.time) - Date.parse(b.time);

/** Signals that name what the incident is about, in its time: context that opens nothing by itself. */
export function signalsAbout(
  state: StateStore,
  { first, last, entities }: { first: number; last: number; entities: readonly { value: string }[] },
): Entry[] {
  const found = new Map<string, Entry>();
  for (const { value } of entities.slice(0, entitiesAsked)) {
    const filter = { entity: value, signals: 'only', from: first, to: last + 1 } as const;
    for (const { id, time, message, severity } of state.alerts.list(filter, mostSignals, null, 'newest', 'none').alerts)
      found.set(id, { time: isoTime(time), kind: 'signal', text: message, by: null, severity, ref: id });
  }
  return [...found.values()].slice(0, mostSignals);
}

const kindWords = {
  allow: 'allowed',
  alert: 'watched',
  block: 'blocked',
  redirect: 'redirected to the decoys',
} as const;

/** What was decided about its addresses because of its alerts, or while it went on: how the attack was answered. */
export function decisionsAbout(
  { decisions }: Pick<StateStore, 'decisions'>,
  { first, entities }: { first: number; entities: readonly { kind: string; value: string }[] },
  members: readonly IncidentMember[],
): Entry[] {
  const own = new Set(members.map(({ alert_id }) => alert_id));
  const found = new Map<string, Entry>();
  const addresses = entities.filter(({ kind }) => kind === 'address').slice(0, entitiesAsked);
  for (const { value } of addresses)
    for (const decision of decisions.list({ text: value }, mostDecisions, null).decisions) {
      const { id, kind, target, state, created, reason, note, who, evidence } = decision;
      if (!evidence.alerts.some((alert) => own.has(alert)) && (target !== value || created < first)) continue;
      const isRefused = state === 'refused';
      const verb = isRefused ? 'was not' : state === 'dry-run' ? 'would be' : 'was';
      const mode = state === 'dry-run' ? ' (dry-run)' : state === 'undone' ? ', and let go again' : '';
      found.set(id, {
        time: isoTime(created),
        kind: 'decision',
        text: `${target} ${verb} ${kindWords[kind]}${mode}. ${isRefused && note !== null ? note : reason}`,
        by: who,
        severity: null,
        ref: id,
      });
    }
  return [...found.values()].sort(byTime);
}

function changeEntry({ time, kind, by, details }: IncidentLogEntry): Entry {
  const isTold = kind === 'notified';
  return {
    time: isoTime(time),
    kind: isTold ? 'notification' : 'change',
    text: wordsOf(kind, details),
    by,
    severity: null,
    ref: null,
  };
}

const said = (value: unknown): string =>
  value === null || value === undefined ? 'none' : String(value).replaceAll('_', ' ');

function wordsOf(kind: string, details: Record<string, unknown>): string {
  switch (kind) {
    case 'opened': {
      const follows = Array.isArray(details.follows)
        ? (details.follows as { title: string; disposition: unknown }[])
        : [];
      const before = follows.map(({ title, disposition }) => `"${title}" (${said(disposition)})`).join(', ');
      return `Opened by ${said(details.rule)}${before === '' ? '' : `. It follows ${before}`}`;
    }
    case 'reopened':
      return `Opened again by a new alert: ${said(details.rule)}. It had been closed as ${said(details.disposition)}`;
    case 'merged':
      return `Merged: "${said(details.title)}" went into "${said(details.into_title)}"${details.rule ? `, tied together by ${said(details.rule)}` : ''}`;
    case 'split':
      return details.from === undefined
        ? `${said(details.count)} of its alerts were split off into an incident of their own`
        : `Split off another incident with ${said(details.count)} of its alerts`;
    case 'status':
    case 'owner':
    case 'disposition':
      return `${kind.replace(/^./, (letter) => letter.toUpperCase())}: ${said(details.from)} → ${said(details.to)}`;
    case 'alerts_closed':
      return `Closed ${said(details.count)} of its alerts as ${said(details.disposition)}`;
    case 'note_edited':
      return 'Edited a note';
    case 'note_removed':
      return 'Removed a note';
    case 'evidence_added':
      return `Pinned ${said(details.kind)} as evidence: ${said(details.reason)}`;
    case 'evidence_removed':
      return `Took ${said(details.kind)} off the evidence`;
    case 'notified':
      return `${details.ok === true ? 'Notified' : 'Could not notify'} ${said(details.channel)}${details.detail ? `: ${said(details.detail)}` : ''}`;
    default:
      return said(kind);
  }
}
