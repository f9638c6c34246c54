import type { Event, Match } from '../../model/index.ts';
import type {
  AlertChange,
  AlertExtent,
  Correlator,
  CorrelatorOptions,
  CorrelatorSnapshot,
  CorrelatorStats,
  RuleSet,
} from '../contract.ts';
import type { Correlation, Detection } from '../form.ts';
import { type EngineRules, engineRules } from '../index/ruleset.ts';
import type { Unit } from '../index/units.ts';
import { alertOf, groupRecord, growAlert, isHistorical, LateChange, type OpenAlert, openAlert } from './alert.ts';
import { fullDetail } from './evidence.ts';
import { readSnapshot, writeSnapshot } from './snapshot.ts';
import { adopt, type Group, groupAt, isCovered, newState, Places, type UnitState } from './state.ts';
import { statsOf } from './stats.ts';
import { type Contribution, type Firing, single, type Window } from './window.ts';
import { newWindow } from './windows.ts';

const nothing: AlertChange[] = [];
/** Live: an open alert is sent again at most this often, ms of event time. */
const updateEveryMs = 1000;
/** Groups of one unit before the first look at which are over. */
const firstCleanUp = 128;
/** Watermarks are kept for this many sources; the stalest half goes. */
const maxSources = 65_536;
/** Replay has no lateness; groups this long over are cleaned up all the same, ms. */
const replaySlackMs = 600_000;
/** Replay: finished alerts that are held for the sorted output of `close()`. */
const maxFinished = 1000;

export class KeyedCorrelator implements Correlator {
  readonly #options: CorrelatorOptions;
  readonly #slackMs: number;
  #rules: EngineRules;
  #states = new Map<string, UnitState>();
  #watermarks = new Map<string, number>();
  /** Alerts that grew since they were last sent. */
  readonly #unsent = new Set<Group>();
  readonly #places = new Places();
  readonly #detail: AlertExtent;
  /** What long over events count under never mixes with what happens now. */
  #historical = false;
  /** What the windows are handed: filled anew for every match. */
  readonly #part: Contribution;
  #finished: AlertChange[] = [];
  #out: AlertChange[] = [];

  constructor(rules: RuleSet, options: CorrelatorOptions) {
    this.#options = options;
    this.#detail = options.detail ?? fullDetail;
    this.#part = { step: 0, time: 0, value: null, event: null as never, events: null, count: 1 };
    this.#slackMs = Number.isFinite(options.latenessMs) ? options.latenessMs : replaySlackMs;
    this.#rules = engineRules(rules);
    this.setRules(rules);
  }

  setRules(rules: RuleSet): void {
    const old = this.#states;
    this.#rules = engineRules(rules);
    this.#states = new Map();
    for (const unit of this.#rules.units.values()) {
      const known = old.get(unit.id);
      if (known && known.unit.hash === unit.hash) {
        adopt(known, unit);
        this.#states.set(unit.id, known);
        old.delete(unit.id);
      } else this.#states.set(unit.id, this.#newState(unit));
    }
    this.#findCovers();
    // Alerts of rules that are gone or changed are sent as they stand, then forgotten.
    for (const state of old.values()) for (const group of [...state.groups]) this.#drop(group);
  }

  #findCovers(): void {
    for (const state of this.#states.values()) {
      const { alerts, form } = state.unit;
      const found = alerts ? form.ext.coveredBy.map((id) => this.#states.get(id)) : [];
      state.coveredBy = found.filter((one) => one !== undefined);
    }
  }

  observe(matches: readonly Match[]): AlertChange[] {
    const first = matches[0];
    if (first === undefined) return this.#take();
    const late = this.#isLate(first);
    this.#historical = isHistorical(first.event);
    this.#places.begin();
    // Rules that others may cover come last: the same event may raise the alert that says more.
    if (this.#pass(matches, late, false)) this.#pass(matches, late, true);
    return this.#take();
  }

  /** Takes the matches of rules that name others which cover them, or of all others; whether some are left. */
  #pass(matches: readonly Match[], late: boolean, coverable: boolean): boolean {
    let isSomeLeft = false;
    for (const match of matches) {
      const state = this.#states.get(match.rule_id);
      if (state === undefined || state.unit.hash !== match.rule_hash) continue;
      if (state.coveredBy.length > 0 !== coverable) {
        isSomeLeft = true;
        continue;
      }
      state.matches += 1;
      const { part } = state.unit;
      if (part.kind === 'correlation' && late) state.lateDropped += 1;
      else if (coverable && isCovered(this.#places.of(match.group, this.#historical), state, match.time)) continue;
      else if (part.kind === 'detection') this.#detect(state, part, match);
      else this.#correlate(state, part, match, null, 1, part.steps[match.step]?.of as Detection);
    }
    return isSomeLeft;
  }

  #take(): AlertChange[] {
    if (this.#out.length === 0) return nothing;
    const out = this.#out;
    this.#out = [];
    return out;
  }

  /** Lateness is measured against the newest event of the same source. */
  #isLate(match: Match): boolean {
    const { source } = match.event;
    const watermark = this.#watermarks.get(source);
    if (watermark === undefined) {
      if (this.#watermarks.size >= maxSources) this.#forgetSources();
      this.#watermarks.set(source, match.time);
      return false;
    }
    if (match.time > watermark) {
      this.#watermarks.set(source, match.time);
      return false;
    }
    return match.time < watermark - this.#options.latenessMs;
  }

  #forgetSources(): void {
    const oldestFirst = [...this.#watermarks].sort((a, b) => a[1] - b[1]);
    for (const [source] of oldestFirst.slice(0, maxSources / 2)) this.#watermarks.delete(source);
  }

  /** A stateless detection: every match alerts, those of one group within the time share one alert. */
  #detect(state: UnitState, part: Detection, match: Match): void {
    const { event } = match;
    const { unit } = state;
    if (!unit.alerts) return;
    const group = this.#group(state, match);
    const { alert } = group;
    if (alert !== null) {
      if (match.time - alert.last < unit.form.ext.suppressMs) {
        growAlert(alert, unit, event, null, this.#detail);
        this.#grew(group, alert, match.time);
        return;
      }
      this.#closeAlert(group);
    }
    const record = groupRecord(unit, match.group, event);
    this.#open(group, openAlert(unit, match.group, record, single(event), event, part, this.#detail));
  }

  /** @param events what an inner correlation has collected; null: the match's event alone. */
  #correlate(
    state: UnitState,
    part: Correlation,
    match: Match,
    events: readonly Event[] | null,
    count: number,
    by: Detection,
  ): void {
    const { event, time } = match;
    const { unit, traits } = state;
    const group = this.#group(state, match);
    let { alert } = group;
    if (alert !== null) {
      if (time - alert.last >= unit.form.ext.suppressMs) {
        this.#closeAlert(group);
        alert = null;
      } else if (traits.countsBlind) {
        growAlert(alert, unit, event, null, this.#detail);
        this.#grew(group, alert, time);
        return;
      }
    }
    const window = this.#windowOf(group, part, match, count);
    if (window === null) return;
    const holds = window.add(this.#contribution(match, events, count));
    if (!unit.alerts) {
      if (holds) this.#feed(unit, group, match, window.firing(), by);
    } else if (alert !== null) {
      // Sequences grow by completing again, counts by every further match.
      if (!holds && traits.temporal) return;
      growAlert(alert, unit, event, holds ? window : null, this.#detail);
      this.#grew(group, alert, time);
    } else if (holds) {
      const firing = window.firing();
      if (traits.countsBlind) group.window = null;
      else if (unit.form.ext.reset === 'on_match') window.clear();
      const record = groupRecord(unit, match.group, event);
      this.#open(group, openAlert(unit, match.group, record, firing, event, by, this.#detail));
    }
  }

  #contribution(match: Match, events: readonly Event[] | null, count: number): Contribution {
    const part = this.#part;
    part.step = match.step;
    part.time = match.time;
    part.value = match.value;
    part.event = match.event;
    part.events = events;
    part.count = count;
    return part;
  }

  /** The group's window, with the seed in it; null where this match is the seed. */
  #windowOf(group: Group, part: Correlation, match: Match, count: number): Window | null {
    if (group.window !== null) return group.window;
    const { seed, state } = group;
    if (seed === null && count === 1 && !state.traits.firesOnOne) {
      group.seed = match;
      return null;
    }
    const window = newWindow(part, state.unit.form.ext);
    group.window = window;
    if (seed !== null) window.add(this.#contribution(seed, null, 1));
    group.seed = null;
    return window;
  }

  /** An inner correlation fired: its parents get a match, of the completing event. */
  #feed(unit: Unit, group: Group, match: Match, firing: Firing, by: Detection): void {
    const span = (unit.part as Correlation).timespanMs;
    const again = group.fired !== null && match.time - group.fired.at < span;
    const count = again ? (group.fired?.count ?? 0) + 1 : firing.count;
    group.fired = { at: match.time, count };
    for (const { unit: parent, step } of unit.parents) {
      const state = this.#states.get(parent.id);
      const part = parent.part;
      if (state === undefined || part.kind === 'detection') continue;
      // Counting parents count attacks, not the attack's events; sequences want the latest moment.
      if (again && !state.traits.temporal) continue;
      const derived = this.#rules.stepMatch(parent, step, match.event, match.seq);
      if (derived === null) continue;
      this.#correlate(state, part, derived, firing.events, count, by);
    }
  }

  #group(state: UnitState, match: Match): Group {
    const place = this.#places.of(match.group, this.#historical);
    const { time, event } = match;
    const known = groupAt(place, state);
    if (known !== undefined) {
      if (time >= known.last) {
        known.last = time;
        known.source = event.source;
      }
      return known;
    }
    if (state.groups.length < state.cleanUpAt) return this.#places.add(state, place, time, event.source);
    this.#cleanUp(state);
    // The place may have gone with its last group.
    return this.#places.add(state, this.#places.of(match.group, this.#historical), time, event.source);
  }

  #newState(unit: Unit): UnitState {
    return newState(unit, Math.min(firstCleanUp, this.#limit(unit)));
  }

  #limit(unit: Unit): number {
    return Math.min(this.#options.maxGroupsPerRule, unit.form.ext.maxGroups ?? Number.POSITIVE_INFINITY);
  }

  /** Forgets groups that are over; where that is not enough, the stalest tenth of the limit, and counts those. */
  #cleanUp(state: UnitState): void {
    const { unit, groups } = state;
    const limit = this.#limit(unit);
    const span = unit.part.kind === 'detection' ? 0 : unit.part.timespanMs;
    const keepMs = Math.max(span, unit.form.ext.suppressMs) + this.#slackMs;
    for (let i = groups.length - 1; i >= 0; i -= 1) {
      const group = groups[i] as Group;
      const watermark = this.#watermarks.get(group.source) ?? group.last;
      if (watermark - group.last > keepMs) this.#drop(group);
    }
    if (groups.length >= limit) {
      const stalest = [...groups].sort((a, b) => a.last - b.last).slice(0, Math.max(1, Math.floor(limit / 10)));
      for (const group of stalest) this.#drop(group);
      state.evicted += stalest.length;
    }
    state.cleanUpAt = Math.min(limit, Math.max(firstCleanUp, groups.length * 2));
  }

  #drop(group: Group): void {
    this.#closeAlert(group);
    this.#places.remove(group);
  }

  #open(group: Group, alert: OpenAlert): void {
    const { state } = group;
    state.alerts += 1;
    const keep = state.unit.form.ext.suppressMs > 0;
    if (keep) group.alert = alert;
    if (!this.#options.finalOnly) this.#send(group, alert, 'alert');
    else if (!keep) this.#finish(state, alert);
  }

  #send(group: Group, alert: OpenAlert, type: AlertChange['type']): void {
    alert.sentCount = alert.count;
    alert.sentAt = alert.last;
    if (group.alert === alert) this.#unsent.delete(group);
    const { unit } = group.state;
    this.#out.push(
      this.#options.late === true
        ? new LateChange(type, unit, alert)
        : { type, alert: alertOf(unit, alert, this.#detail.clauses) },
    );
  }

  #grew(group: Group, alert: OpenAlert, time: number): void {
    if (this.#options.finalOnly) return;
    // Old events come as fast as a file is read: a second of theirs passes in no time.
    const due = !alert.historical && time - alert.sentAt >= updateEveryMs;
    if (due || alert.count >= alert.sentCount * 2) this.#send(group, alert, 'alert_update');
    else this.#unsent.add(group);
  }

  #closeAlert(group: Group): void {
    const { alert } = group;
    if (alert === null) return;
    if (this.#options.finalOnly) this.#finish(group.state, alert);
    else if (this.#unsent.has(group)) this.#send(group, alert, 'alert_update');
    group.alert = null;
  }

  #finish(state: UnitState, alert: OpenAlert): void {
    this.#finished.push({ type: 'alert', alert: alertOf(state.unit, alert, this.#detail.clauses) });
    if (this.#finished.length < maxFinished) return;
    this.#out.push(...sorted(this.#finished));
    this.#finished = [];
  }

  flush(): AlertChange[] {
    for (const group of [...this.#unsent]) {
      if (group.alert !== null) this.#send(group, group.alert, 'alert_update');
    }
    return this.#take();
  }

  close(): AlertChange[] {
    for (const state of this.#states.values()) for (const group of state.groups) this.#closeAlert(group);
    const out = [...this.#take(), ...sorted(this.#finished)];
    this.#finished = [];
    return out;
  }

  snapshot(): CorrelatorSnapshot {
    return writeSnapshot(this.#states, this.#watermarks, (group) => this.#unsent.has(group));
  }

  restore(snapshot: CorrelatorSnapshot): void {
    this.#unsent.clear();
    this.#places.clear();
    const make = (unit: Unit) => this.#newState(unit);
    const read = readSnapshot(snapshot, this.#rules, make, this.#places, (group) => this.#unsent.add(group));
    this.#states = read.states;
    this.#watermarks = read.watermarks;
    this.#findCovers();
  }

  stats(): CorrelatorStats {
    return statsOf(this.#states.values());
  }
}

/** The order of replay's output: time, then rule, then id. */
function sorted(changes: readonly AlertChange[]): AlertChange[] {
  const by = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return [...changes].sort(
    (a, b) => a.alert.time - b.alert.time || by(a.alert.rule_id, b.alert.rule_id) || by(a.alert.id, b.alert.id),
  );
}
