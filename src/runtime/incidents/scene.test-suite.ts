import {
  type Alert,
  type Event,
  type EventJson,
  eventToJson,
  type IncidentChange,
  newEvent,
} from '../../model/index.ts';
import type { StateStore } from '../../store/contract.ts';
import { openSqliteState } from '../../store/state/sqlite/state.ts';
import { IncidentBuilder } from './builder.ts';
import { Feed } from './feed.ts';
import { ignoredBy } from './member.ts';
import { incidentsByPeople } from './people.ts';

/** 2026-11-20T10:00:00Z */
export const start = Date.UTC(2026, 10, 20, 10);
export const minute = 60_000;
export const hour = 60 * minute;

export interface AlertWish extends Partial<Omit<Alert, 'events'>> {
  id: string;
  /** Minutes after the start. */
  at: number;
  events?: Partial<Event>[];
}

function sampleEvent(change: Partial<Event>): EventJson {
  const origin = { source: 'syslog_192.0.2.1', source_type: 'syslog' as const, peer: null, hint: null, identity: '' };
  return eventToJson({ ...newEvent(origin, start, 'a line'), id: `event-${JSON.stringify(change)}`, ...change });
}

/** An alert by what matters to incidents. */
function sampleAlert({ id, at, events = [], ...change }: AlertWish): Alert {
  const time = start + at * minute;
  const told = events.map((event) => sampleEvent({ time, received_at: time, ...event }));
  return {
    id,
    rule_id: 'rule',
    rule_name: 'SSH brute force',
    severity: 'high',
    message: `${id} happened`,
    group: {},
    first: time,
    last: time,
    time,
    count: 5,
    event_ids: told.map((event) => event.id),
    events: told,
    explain: { summary: id, clauses: [], correlation: null },
    attack: [],
    tags: [],
    status: 'new',
    disposition: null,
    acknowledged_by: null,
    acknowledged_at: null,
    historical: false,
    attributable: true,
    ...change,
  };
}

export interface Scene {
  state: StateStore;
  clock: { now: number };
  people: ReturnType<typeof incidentsByPeople>;
  changes: IncidentChange[];
  builder: IncidentBuilder;
  /** Stores alerts and takes them, one by one. */
  take(...wishes: AlertWish[]): void;
  /** Ids of alerts, by incident, sorted: what belongs together. */
  groups(): string[][];
}

export function openScene(options: { windowMinutes?: number; maxHours?: number; ignore?: string[] } = {}): Scene {
  const state = openSqliteState(':memory:');
  const clock = { now: start };
  const now = () => clock.now;
  const rules = {
    windowMs: (options.windowMinutes ?? 120) * minute,
    maxMs: (options.maxHours ?? 24) * hour,
    isIgnored: ignoredBy(options.ignore ?? []),
  };
  const changes: IncidentChange[] = [];
  const feed = new Feed((error) => {
    throw error;
  });
  feed.subscribe((change) => changes.push(change));
  const builder = new IncidentBuilder({ state, now, rules: () => rules });
  const all = new Set<string>();
  return {
    state,
    clock,
    changes,
    builder,
    people: incidentsByPeople({ state, builder, feed, now }),
    take(...wishes) {
      for (const wish of wishes) {
        clock.now += 1;
        state.alerts.upsert(sampleAlert(wish), clock.now);
        all.add(wish.id);
        const alert = state.alerts.byId(wish.id);
        if (alert === null) throw new Error('not stored');
        const built = state.transaction(() => builder.take(alert));
        for (const { kind, incident, byAlert } of built) feed.tell(kind, incident, byAlert ? alert : null);
      }
    },
    groups() {
      const groups = new Map<string, string[]>();
      for (const id of [...all].sort()) {
        const member = state.incidents.member(id);
        if (member === null) continue;
        groups.set(member.incident_id, [...(groups.get(member.incident_id) ?? []), id]);
      }
      return [...groups.values()].sort((a, b) => ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1));
    },
  };
}
