/**
 * What belongs to an attack, collected beside the engine. Whether a window meets a rule's condition, when it begins, what it
 * counts and when it ends says the engine alone; here is only kept what an answer tells of it.
 */
import type { AlertChange, LateAlert } from '../detect/contract.ts';
import type { Match } from '../model/index.ts';
import type { AttackEvent, ThreatDetector } from '../serve/threats/messages.ts';
import { addWindow, Facts, type Found, newFound, type Wanted } from './found.ts';

/** What is told, most; everything is counted. */
const eventsPerWindow = 100;
/** Of all attacks together. */
const eventsInAll = 100_000;
const attacksInAll = 20_000;
/** Matches that wait for a window to fill, most: of one group, and of all. */
const waitingOfOne = 100_000;
const waitingInAll = 1_000_000;
/** Groups before the first look at which are over. */
const firstCleanUp = 10_000;

const nothing: Wanted = { events: false, users: false, addresses: false, ports: false, protocols: false };
export const wantedOf: Readonly<Record<ThreatDetector['attack'], Wanted>> = {
  BRUTE_FORCE: { ...nothing, events: true, users: true },
  SINGLE_IP_FLOOD: { ...nothing, ports: true, protocols: true },
  DISTRIBUTED_FLOOD: { ...nothing, addresses: true, protocols: true },
  PORT_SCAN: { ...nothing, events: true, ports: true, protocols: true },
  SQL_INJECTION: { ...nothing, events: true, users: true, ports: true },
};

/** A match that waits for a window to fill. */
interface Waiting extends AttackEvent {
  protocol: string | null;
  /** The next of its group. */
  next: Waiting | null;
}

interface OpenWindow {
  late: LateAlert;
  wanted: Wanted;
  counted: number;
  facts: Facts;
  events: AttackEvent[];
}

interface Group {
  /** A chain in order of time: most groups never see a second event, and an array for each costs more than the event. */
  oldest: Waiting | null;
  newest: Waiting | null;
  waiting: number;
  open: OpenWindow | null;
  found: Found | null;
  last: number;
}

/** How much is kept of all attacks of a run together. */
export class Budget {
  events = eventsInAll;
  attacks = attacksInAll;
  waiting = waitingInAll;
  leftOutEvents = 0;
  leftOutAttacks = 0;
  forgotten = 0;
}

/** The attacks that one rule finds. */
export class Collector {
  readonly detector: ThreatDetector;
  matched = 0;
  readonly #wanted: Wanted;
  readonly #budget: Budget;
  readonly #groups = new Map<string, Map<string, Group>>();
  #size = 0;
  #cleanUpAt = firstCleanUp;

  /** @param withEvents whether windows list their events */
  constructor(detector: ThreatDetector, budget: Budget, withEvents: boolean) {
    this.detector = detector;
    const wanted = wantedOf[detector.attack];
    this.#wanted = withEvents ? wanted : { ...wanted, events: false };
    this.#budget = budget;
  }

  /** @param opened what the engine said of the match: the alert that begins with it, if one does. */
  take(match: Match, opened: AlertChange | null): void {
    this.matched += 1;
    const group = this.#groupOf(match);
    const seen = waitingOf(match, this.#wanted);
    const { open } = group;
    // Where an event matches several detections of the rule, its matches come one by one.
    if (open !== null && (open.late.count > open.counted || open.late.id === opened?.late?.id)) {
      open.counted += 1;
      this.#count(open, seen);
      return;
    }
    if (opened?.late !== undefined) {
      this.#close(group);
      this.#open(group, opened.late, seen);
      return;
    }
    this.#close(group);
    this.#wait(group, seen);
  }

  #groupOf({ group: values, time }: Match): Group {
    // By the last value, then by the others: to join them costs more than to look twice.
    const last = values === null || values.length === 0 ? '' : (values[values.length - 1] as string);
    const others =
      values === null || values.length < 2 ? '' : values.length === 2 ? (values[0] as string) : othersOf(values);
    let ofOthers = this.#groups.get(others);
    if (ofOthers === undefined) {
      ofOthers = new Map();
      this.#groups.set(others, ofOthers);
    }
    let group = ofOthers.get(last);
    if (group === undefined) {
      if (this.#size >= this.#cleanUpAt) this.#cleanUp(time);
      group = { oldest: null, newest: null, waiting: 0, open: null, found: null, last: time };
      ofOthers.set(last, group);
      // The clean-up may have let an empty map go.
      this.#groups.set(others, ofOthers);
      this.#size += 1;
    }
    group.last = time;
    return group;
  }

  /** Forgets what waits in vain. */
  #cleanUp(now: number): void {
    const since = now - this.detector.windowMs;
    for (const [others, groups] of this.#groups) {
      for (const [last, group] of groups) {
        if (group.last > since) continue;
        this.#close(group);
        this.#forget(group);
        if (group.found === null && groups.delete(last)) this.#size -= 1;
      }
      if (groups.size === 0) this.#groups.delete(others);
    }
    this.#cleanUpAt = Math.max(firstCleanUp, this.#size * 2);
  }

  #forget(group: Group): void {
    this.#budget.waiting += group.waiting;
    group.oldest = null;
    group.newest = null;
    group.waiting = 0;
  }

  #wait(group: Group, seen: Waiting): void {
    const since = seen.time - this.detector.windowMs;
    while (group.oldest !== null && group.oldest.time <= since) this.#drop(group, group.oldest);
    const budget = this.#budget;
    if (group.oldest !== null && (group.waiting >= waitingOfOne || budget.waiting <= 0)) {
      this.#drop(group, group.oldest);
      budget.forgotten += 1;
    }
    if (group.newest === null) group.oldest = seen;
    else group.newest.next = seen;
    group.newest = seen;
    group.waiting += 1;
    budget.waiting -= 1;
  }

  #drop(group: Group, oldest: Waiting): void {
    group.oldest = oldest.next;
    if (group.oldest === null) group.newest = null;
    group.waiting -= 1;
    this.#budget.waiting += 1;
  }

  #open(group: Group, late: LateAlert, seen: Waiting): void {
    // Of a network it is told which addresses there were.
    const isNetwork = Object.values(late.group).some((value) => value.includes('/'));
    const wanted = isNetwork ? { ...this.#wanted, addresses: true } : this.#wanted;
    const open: OpenWindow = { late, wanted, counted: late.count, facts: new Facts(), events: [] };
    group.open = open;
    for (let one = group.oldest; one !== null; one = one.next) if (one.time >= late.first) this.#count(open, one);
    this.#forget(group);
    this.#count(open, seen);
  }

  #count(open: OpenWindow, seen: Waiting): void {
    open.facts.add(seen, open.wanted);
    if (open.wanted.events && open.events.length < eventsPerWindow) {
      const { time, id, user, src_ip, dst_port, step } = seen;
      open.events.push({ time, id, user, src_ip, dst_port, step });
    }
  }

  #close(group: Group): void {
    const { open } = group;
    if (open === null) return;
    group.open = null;
    const { facts } = open;
    const budget = this.#budget;
    if (group.found === null) {
      if (budget.attacks <= 0) {
        budget.leftOutAttacks += 1;
        return;
      }
      budget.attacks -= 1;
      group.found = newFound(open.late.group);
    }
    addWindow(group.found, facts, () => {
      const events = open.events.slice(0, budget.events);
      budget.events -= events.length;
      budget.leftOutEvents += open.events.length - events.length;
      return events;
    });
  }

  /** There are no more events. */
  finish(): Found[] {
    const all: Found[] = [];
    for (const groups of this.#groups.values()) {
      for (const group of groups.values()) {
        this.#close(group);
        if (group.found !== null) all.push(group.found);
      }
    }
    return all;
  }
}

function waitingOf({ event, step, event_id }: Match, { events }: Wanted): Waiting {
  const { time, user, src_ip, dst_port, protocol } = event;
  return { time, id: events ? event_id : '', user, src_ip, dst_port, protocol, step, next: null };
}

const othersOf = (values: readonly string[]): string => values.slice(0, -1).join('\u0000');
