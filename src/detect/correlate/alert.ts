import { type Alert, type ClauseResult, type Event, type EventJson, eventToJson } from '../../model/index.ts';
import { explainConcealed } from '../concealed.ts';
import type { AlertChange, AlertExtent, LateAlert } from '../contract.ts';
import { explainNode } from '../explain/clauses.ts';
import { conditionWords, type Facts, messageOf, summaryOf } from '../explain/words.ts';
import type { Correlation, Detection, Field, RuleForm } from '../form.ts';
import { hashUuid } from '../hash.ts';
import type { Unit } from '../index/units.ts';
import { addEvidence, type Evidence, evidenceOf, noteSeen, told } from './evidence.ts';
import { type HeldEvents, isAttributable } from './seen.ts';
import type { Firing, Window } from './window.ts';

/** Events older than this at receipt raise alerts that are shown but never acted on, ms. */
const historicalMs = 600_000;

/** An alert while it grows. */
export interface OpenAlert {
  id: string;
  first: number;
  last: number;
  time: number;
  count: number;
  observed: number;
  approximate: boolean;
  values: string[];
  historical: boolean;
  attributable: boolean;
  evidence: Evidence;
  /** The event that completed it, the detection that it satisfied, and how: worked out when first asked for. */
  completing: Event | null;
  by: Detection | null;
  clauses: ClauseResult[] | null;
  group: Record<string, string>;
  /** Count and event time at the last message about it; -1: none yet. */
  sentCount: number;
  sentAt: number;
  /** The window's `newValues` when `values` was last brought up to date; -1: never. */
  newValues: number;
}

/** Opens an alert from what the window found. */
export function openAlert(
  unit: Unit,
  values: readonly string[] | null,
  firing: Firing,
  event: Event,
  by: Detection,
  held: HeldEvents,
  detail: AlertExtent,
): OpenAlert {
  const { events } = firing;
  const firstId = events[0]?.id ?? event.id;
  const open: OpenAlert = {
    id: hashUuid(`${unit.form.id}\u0000${values?.join('\u0000') ?? ''}\u0000${firing.first}\u0000${firstId}`),
    first: firing.first,
    last: Math.max(firing.last, event.time),
    time: Math.max(firing.last, event.time),
    count: firing.count,
    observed: firing.observed,
    approximate: firing.approximate,
    values: firing.values,
    historical: isHistorical(event),
    attributable: events.every(({ attributable }) => attributable) && isAttributable(event),
    evidence: evidenceOf(events, event, held, detail),
    completing: event,
    by,
    clauses: null,
    group: groupRecord(unit, values, event),
    sentCount: -1,
    sentAt: 0,
    newValues: -1,
  };
  if (unit.form.ext.groupPrefix !== null) for (const one of events) noteAddress(open, unit, held.get(one));
  return open;
}

/**
 * Whether a match of this time comes too late for an open alert of a correlation.
 *
 * @param perWindow the alert is one window, and what it has counted begins no other
 */
export function isOver(
  open: OpenAlert,
  { ext }: RuleForm,
  part: Correlation,
  time: number,
  perWindow = false,
): boolean {
  return perWindow ? time - open.first >= part.timespanMs : time - open.last >= ext.suppressMs;
}

/** One more match of an open alert; `window` where its condition holds (again). */
export function growAlert(open: OpenAlert, unit: Unit, event: Event, window: Window | null, detail: AlertExtent): void {
  open.count += 1;
  if (event.time > open.last) open.last = event.time;
  if (event.time < open.first) open.first = event.time;
  if (open.attributable && !isAttributable(event)) open.attributable = false;
  addEvidence(open.evidence, event, detail);
  if (window !== null) {
    if (window.observed > open.observed) open.observed = window.observed;
    if (window.approximate) open.approximate = true;
    if (window.newValues !== open.newValues && open.values.length < 50) {
      open.newValues = window.newValues;
      open.values = [...new Set([...open.values, ...(window.values?.() ?? [])])].slice(0, 50);
    }
  }
  if (unit.part.kind === 'correlation' && unit.part.type === 'event_count') open.observed = open.count;
  if (unit.form.ext.groupPrefix !== null) noteAddress(open, unit, event);
}

/** One more window that met the condition at its end, while the alert of an earlier one is open. */
export function joinFiring(open: OpenAlert, firing: Firing, event: Event, held: HeldEvents, detail: AlertExtent): void {
  open.count += firing.count;
  open.last = Math.max(open.last, firing.last, event.time);
  open.first = Math.min(open.first, firing.first);
  open.observed = firing.observed;
  if (firing.approximate) open.approximate = true;
  open.values = [...new Set([...open.values, ...firing.values])].slice(0, 50);
  open.evidence.newest = event;
  for (const one of firing.events) {
    if (!one.attributable) open.attributable = false;
    noteSeen(open.evidence, one, held, detail);
  }
}

/** A group that is a prefix still names the real addresses. */
function noteAddress(open: OpenAlert, { part }: Unit, event: Event | null): void {
  const address = event?.src_ip ?? null;
  if (address === null || open.values.length >= 50 || open.values.includes(address)) return;
  if (part.kind === 'correlation' && part.type === 'value_count') return;
  for (const name in open.group) if (open.group[name] === address) return;
  open.values.push(address);
}

/** Whether an event was over long before it came. Replayed events never are: everything in a replay is. */
export const isHistorical = (event: Event): boolean =>
  event.source_type !== 'replay' && event.received_at - event.time > historicalMs;

/** Names and values of the group that a match fell into. */
export function groupRecord(unit: Unit, group: readonly string[] | null, event: Event): Record<string, string> {
  const record: Record<string, string> = {};
  if (group === null) return record;
  const names = groupNames(unit, event);
  group.forEach((value, i) => {
    record[names[i] ?? `group ${i + 1}`] = value;
  });
  return record;
}

function groupNames(unit: Unit, event: Event): string[] {
  if (unit.part.kind === 'correlation') return unit.part.groupNames;
  if (unit.part.groupBy !== null) return unit.part.groupBy.map((field: Field) => field.path);
  return [event.src_ip !== null && event.src_ip !== '' ? 'src_ip' : 'host'];
}

const jsonOf = new WeakMap<Event, EventJson>();

/** An event's JSON form, made once however many alerts and updates show it. */
function eventJson(event: Event): EventJson {
  let json = jsonOf.get(event);
  if (json === undefined) {
    json = eventToJson(event);
    jsonOf.set(event, json);
  }
  return json;
}

/** Why the completing event satisfied its detection. */
export function clausesOf(open: OpenAlert): ClauseResult[] {
  if (open.clauses === null) {
    const { by, completing } = open;
    open.clauses =
      by === null || completing === null ? [] : [explainConcealed(completing, (event) => explainNode(by.node, event))];
    open.completing = null;
  }
  return open.clauses;
}

/** A change whose alert is made when it is asked for. */
export class LateChange implements AlertChange, LateAlert {
  readonly type: AlertChange['type'];
  readonly #unit: Unit;
  readonly #open: OpenAlert;

  constructor(type: AlertChange['type'], unit: Unit, open: OpenAlert) {
    this.type = type;
    this.#unit = unit;
    this.#open = open;
  }

  get late(): LateAlert {
    return this;
  }

  get id(): string {
    return this.#open.id;
  }

  get rule_id(): string {
    return this.#unit.form.id;
  }

  get first(): number {
    return this.#open.first;
  }

  get count(): number {
    return this.#open.count;
  }

  get group(): Readonly<Record<string, string>> {
    return this.#open.group;
  }

  get alert(): Alert {
    return alertOf(this.#unit, this.#open, true);
  }

  parts(): { alert: Alert; events: readonly Event[] } {
    const { ids, events } = told(this.#open.evidence);
    return { alert: build(this.#unit, this.#open, true, ids, []), events };
  }
}

/** The alert as it stands now. */
export function alertOf(unit: Unit, open: OpenAlert, withClauses: boolean): Alert {
  const { ids, events } = told(open.evidence);
  return build(unit, open, withClauses, ids, events.map(eventJson));
}

function build(unit: Unit, open: OpenAlert, withClauses: boolean, event_ids: string[], events: EventJson[]): Alert {
  const { form } = unit;
  const { group, count, first, last, observed, values } = open;
  const { approximate } = open;
  const facts: Facts = { form, group, count, first, last, observed, approximate, values, event: open.evidence.newest };
  const { root } = form;
  return {
    id: open.id,
    rule_id: form.id,
    rule_name: form.title,
    severity: form.severity,
    message: messageOf(facts),
    group: { ...group },
    first,
    last,
    time: open.time,
    count,
    event_ids,
    events,
    explain: {
      summary: summaryOf(facts),
      response: form.ext.response,
      clauses: withClauses ? clausesOf(open) : [],
      correlation:
        root.kind === 'detection'
          ? null
          : {
              type: root.type,
              group: { ...group },
              window_seconds: root.timespanMs / 1000,
              condition: conditionWords(root),
              observed,
              approximate: open.approximate,
              values: [...values],
            },
    },
    attack: techniques(form.tags),
    tags: form.tags,
    status: 'new',
    disposition: null,
    acknowledged_by: null,
    acknowledged_at: null,
    historical: open.historical,
    attributable: open.attributable,
  };
}

const known = new WeakMap<readonly string[], string[]>();

/** ATT&CK techniques of Sigma tags: `attack.t1110.001` → `T1110.001`. */
function techniques(tags: readonly string[]): string[] {
  let techniques = known.get(tags);
  if (techniques === undefined) {
    techniques = techniquesOf(tags);
    known.set(tags, techniques);
  }
  return techniques;
}

function techniquesOf(tags: readonly string[]): string[] {
  const found = tags.map((tag) => /^attack\.(t\d{4}(?:\.\d{3})?)$/i.exec(tag)?.[1]?.toUpperCase());
  return found.filter((technique) => technique !== undefined);
}
