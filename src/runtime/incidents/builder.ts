import { eventId, hashText, type Incident, type IncidentChangeKind } from '../../model/index.ts';
import type { AlertRow, IncidentLink, IncidentMember, IncidentRow, StateStore } from '../../store/contract.ts';
import { incidentOf, mostNamed, riskOf, titleOf, withMember } from './figures.ts';
import { type Ignored, memberOf } from './member.ts';

/** An incident that holds more entities than this is not merged with another by itself. */
const mostEntities = 200;

export interface BuilderOptions {
  state: StateStore;
  now: () => number;
  /** Ask again whenever it matters: it may change. */
  rules: () => { windowMs: number; maxMs: number; isIgnored: Ignored };
}

export interface Built {
  kind: IncidentChangeKind;
  incident: IncidentRow;
  /** True: the alert caused this itself; false: it came about beside it (a merge). */
  byAlert: boolean;
}

/**
 * Puts alerts into incidents. Which alerts share an incident follows from the alerts, not from the order in which they
 * come: alerts that share a key and lie within the window of each other are one cluster, and clusters that share an
 * alert are one incident. All work is inside the caller's transaction.
 */
export class IncidentBuilder {
  readonly #options: BuilderOptions;

  constructor(options: BuilderOptions) {
    this.#options = options;
  }

  /** A new alert, or one that has grown. Signals belong to no incident. */
  take(alert: AlertRow): Built[] {
    if (alert.signal === true) return [];
    const { state, rules } = this.#options;
    const before = state.incidents.member(alert.id);
    const found = memberOf(alert, rules().isIgnored);
    if (before === null) return this.#place(found);
    const member: IncidentMember = {
      ...found,
      incident_id: before.incident_id,
      pinned: before.pinned,
      // What tied it to others once does so still: an alert that grows beyond three addresses stays where it is.
      keys: [...new Set([...before.keys, ...found.keys])].sort(),
      entities: unique([...before.entities, ...found.entities]),
    };
    return this.#grow(member, before);
  }

  #place(member: IncidentMember): Built[] {
    const { state } = this.#options;
    const { open, closed, tooLong } = this.#reached(member);
    const [target, ...others] = byAge(open);
    if (target !== undefined) {
      const merged = this.#mergeAll(target, others, member);
      const incident = this.#join(merged.into, member, null);
      return [...merged.built, { kind: 'grown', incident, byAlert: true }];
    }
    const reopened = byAge(closed.filter(({ disposition }) => !isHarmless(disposition))).at(-1);
    if (reopened !== undefined) return [this.#reopen(reopened, member)];
    const now = this.#options.now();
    const opened = incidentOf(this.#freeId(member), member, now);
    const follows = [...closed, ...tooLong].map(({ id, title, disposition }) => ({ id, title, disposition }));
    const incident = this.#join(opened, member, null);
    const details = { alert_id: member.alert_id, rule: member.rule_name, ...(follows.length > 0 && { follows }) };
    state.incidents.log.append({ incident_id: incident.id, time: now, kind: 'opened', by: null, details });
    return [{ kind: 'opened', incident, byAlert: true }];
  }

  #grow(member: IncidentMember, before: IncidentMember): Built[] {
    const { incidents } = this.#options.state;
    const own = incidents.byId(member.incident_id);
    if (own === null) return this.#place(member);
    const isSame = member.count === before.count && member.last === before.last && member.first === before.first;
    if (isSame && member.keys.length === before.keys.length && member.entities.length === before.entities.length) {
      incidents.putMember(member);
      return [];
    }
    if (own.status === 'closed' || member.pinned)
      return [{ kind: 'grown', incident: this.#join(own, member, before), byAlert: true }];
    const others = this.#reached(member).open.filter(({ id }) => id !== own.id);
    const [target = own, ...rest] = byAge([own, ...others]);
    const merged = this.#mergeAll(target, rest, member);
    const now = { ...member, incident_id: merged.into.id };
    return [...merged.built, { kind: 'grown', incident: this.#join(merged.into, now, before), byAlert: true }];
  }

  /** Incidents that the alert reaches by a key within the window. */
  #reached(member: IncidentMember): { open: IncidentRow[]; closed: IncidentRow[]; tooLong: IncidentRow[] } {
    const { state, rules } = this.#options;
    const { windowMs, maxMs } = rules();
    const ids = new Set<string>();
    for (const key of member.keys)
      for (const link of state.incidents.links(key, member.first - windowMs, member.last + windowMs))
        ids.add(link.incident_id);
    const found = [...ids].map((id) => state.incidents.byId(id)).filter((incident) => incident !== null);
    const fits = ({ first, last }: Incident): boolean =>
      Math.max(last, member.last) - Math.min(first, member.first) <= maxMs;
    return {
      open: found.filter((incident) => incident.status !== 'closed' && fits(incident)),
      closed: found.filter((incident) => incident.status === 'closed' && fits(incident)),
      tooLong: found.filter((incident) => !fits(incident)),
    };
  }

  #mergeAll(
    target: IncidentRow,
    others: readonly IncidentRow[],
    member: IncidentMember,
  ): { into: IncidentRow; built: Built[] } {
    const built: Built[] = [];
    let into = target;
    for (const other of others) {
      const together = size(into) + size(other);
      const long = Math.max(into.last, other.last) - Math.min(into.first, other.first) > this.#options.rules().maxMs;
      if (together > mostEntities || long) continue;
      const because = { alert_id: member.alert_id, rule: member.rule_name };
      const gone = this.merge(into, other, null, because);
      into = gone.into;
      built.push({ kind: 'closed', incident: gone.merged, byAlert: false });
    }
    return { into, built };
  }

  /** Makes two incidents one. `into` keeps its id, status and owner; both remember it. */
  merge(
    into: IncidentRow,
    from: IncidentRow,
    by: string | null,
    because: Record<string, unknown>,
  ): { into: IncidentRow; merged: IncidentRow } {
    const { state, now } = this.#options;
    const { incidents } = state;
    let sum = into;
    for (const member of incidents.members(from.id, Number.MAX_SAFE_INTEGER)) {
      sum = withMember(sum, member, null);
      incidents.countEntities(into.id, member.entities, 1);
    }
    incidents.moveMembers(from.id, into.id);
    for (const link of incidents.linksOf(from.id)) {
      incidents.removeLink(link);
      this.#putLink({ ...link, incident_id: into.id });
    }
    incidents.notes.move(from.id, into.id);
    incidents.evidence.move(from.id, into.id);
    const details = { id: from.id, title: from.title, into: into.id, into_title: into.title, ...because };
    for (const incident_id of [into.id, from.id])
      incidents.log.append({ incident_id, time: now(), kind: 'merged', by, details });
    const merged: IncidentRow = {
      ...from,
      status: 'closed',
      merged_into: into.id,
      closed_at: now(),
      updated_at: now(),
      version: from.version + 1,
    };
    incidents.put(merged);
    return { into: this.save({ ...sum, owner: into.owner ?? from.owner }), merged };
  }

  /** Adds a new alert, or brings one up to date (`before`). */
  #join(incident: IncidentRow, member: IncidentMember, before: IncidentMember | null): IncidentRow {
    const { incidents } = this.#options.state;
    const joined = { ...member, incident_id: incident.id };
    incidents.putMember(joined);
    const known = new Set(before?.entities.map(({ kind, value }) => `${kind} ${value}`));
    incidents.countEntities(
      incident.id,
      member.entities.filter(({ kind, value }) => !known.has(`${kind} ${value}`)),
      1,
    );
    if (!member.pinned)
      for (const key of member.keys)
        this.#putLink({ key, first: member.first, last: member.last, incident_id: incident.id });
    return this.save(withMember(incident, joined, before));
  }

  /** Adds to the incident's cluster that it touches, or begins one. */
  #putLink(link: IncidentLink): void {
    const { state, rules } = this.#options;
    const { windowMs } = rules();
    const own = state.incidents
      .links(link.key, link.first - windowMs, link.last + windowMs)
      .filter(({ incident_id }) => incident_id === link.incident_id);
    for (const one of own) state.incidents.removeLink(one);
    state.incidents.putLink({
      ...link,
      first: Math.min(link.first, ...own.map(({ first }) => first)),
      last: Math.max(link.last, ...own.map(({ last }) => last)),
    });
  }

  /** Brings what follows from an incident's alerts up to date, and writes it. */
  save(incident: IncidentRow): IncidentRow {
    const { state, now } = this.#options;
    const { entities, counts } = state.incidents.entities(incident.id, mostNamed);
    const facts = { ...incident.facts, counts };
    const named = entities.map(({ kind, value }) => ({ kind, value }));
    const saved: IncidentRow = {
      ...incident,
      facts,
      entities: named,
      title: titleOf(named, facts),
      risk: riskOf(incident.severity, incident.alert_count, facts),
      historical: facts.live_alerts === 0,
      updated_at: now(),
    };
    state.incidents.put(saved);
    return saved;
  }

  #reopen(incident: IncidentRow, member: IncidentMember): Built {
    const { state, now } = this.#options;
    const details = { alert_id: member.alert_id, rule: member.rule_name, disposition: incident.disposition };
    state.incidents.log.append({ incident_id: incident.id, time: now(), kind: 'reopened', by: null, details });
    const open: IncidentRow = {
      ...incident,
      status: 'new',
      disposition: null,
      closed_at: null,
      version: incident.version + 1,
    };
    return { kind: 'reopened', incident: this.#join(open, member, null), byAlert: true };
  }

  /** Follows from the alert. Where that one is taken (by an alert that was split off), the next. */
  #freeId({ alert_id, first }: IncidentMember): string {
    for (let attempt = 0; ; attempt += 1) {
      const id = incidentId(alert_id, first, attempt);
      if (this.#options.state.incidents.byId(id) === null) return id;
    }
  }
}

/** UUID-shaped: the time of the alert's first event, and a hash of the alert's id. */
export function incidentId(alertId: string, first: number, attempt: number): string {
  const [a, b] = hashText(`incident ${alertId} ${attempt}`);
  return eventId(first, a, b, a ^ Math.imul(b, 0x9e3779b1));
}

const isHarmless = (disposition: Incident['disposition']): boolean =>
  disposition === 'false_positive' || disposition === 'benign';

const size = ({ facts: { counts } }: IncidentRow): number => counts.address + counts.user + counts.host;

/** The one that people work on first; else the one that was opened first. */
function byAge(incidents: readonly IncidentRow[]): IncidentRow[] {
  const isWorkedOn = ({ status, owner }: Incident): number => (owner !== null || status === 'in_progress' ? 0 : 1);
  return [...incidents].sort(
    (a, b) =>
      isWorkedOn(a) - isWorkedOn(b) || a.created_at - b.created_at || a.first - b.first || (a.id < b.id ? -1 : 1),
  );
}

const unique = (entities: readonly IncidentMember['entities'][number][]): IncidentMember['entities'] => [
  ...new Map(entities.map((entity) => [`${entity.kind} ${entity.value}`, entity])).values(),
];
