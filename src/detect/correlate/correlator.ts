import type { Event, Match } from '../../model/index.ts';
import type {
  AlertChange,
  Correlator,
  CorrelatorOptions,
  CorrelatorSnapshot,
  CorrelatorStats,
  RuleSet,
} from '../contract.ts';
import type { Correlation, Detection } from '../form.ts';
import { type EngineRules, engineRules } from '../index/ruleset.ts';
import type { Unit } from '../index/units.ts';
import { alertOf, groupRecord, growAlert, isHistorical, type OpenAlert, openAlert } from './alert.ts';
import { readSnapshot, writeSnapshot } from './snapshot.ts';
import { contribution, type Group, single, type UnitState } from './state.ts';
import type { Firing, Window } from './window.ts';
import { firesOnOne, newWindow } from './windows.ts';

/** Live: an open alert is sent again at most this often, ms of event time. */
const updateEveryMs = 1000;
/** Groups of one unit before the first look at which are over. */
const firstCleanUp = 1024;
/** Watermarks are kept for this many sources; the stalest half goes. */
const maxSources = 65_536;
/** Keys of groups of old events that are remembered. */
const maxOldKeys = 4096;
/** Replay has no lateness; groups this long over are cleaned up all the same, ms. */
const replaySlackMs = 3_600_000;
/** Replay: finished alerts that are held for the sorted output of `close()`. */
const maxFinished = 1000;

export class KeyedCorrelator implements Correlator {
  readonly #options: CorrelatorOptions;
  readonly #slackMs: number;
  #rules: EngineRules;
  #states = new Map<string, UnitState>();
  #watermarks = new Map<string, number>();
  /** Alerts that grew since they were last sent. */
  readonly #unsent = new Map<Group, UnitState>();
  readonly #oldKeys = new Map<string, string>();
  #finished: AlertChange[] = [];
  #out: AlertChange[] = [];

  constructor(rules: RuleSet, options: CorrelatorOptions) {
    this.#options = options;
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
        known.unit = unit;
        this.#states.set(unit.id, known);
        old.delete(unit.id);
      } else this.#states.set(unit.id, this.#newState(unit));
    }
    // Alerts of rules that are gone or changed are sent as they stand, then forgotten.
    for (const state of old.values()) for (const group of state.groups.values()) this.#closeAlert(state, group);
  }

  observe(matches: readonly Match[]): AlertChange[] {
    const first = matches[0];
    if (first === undefined) return this.#take();
    const late = this.#isLate(first);
    for (const match of matches) {
      const state = this.#states.get(match.rule_id);
      if (state === undefined || state.unit.hash !== match.rule_hash) continue;
      state.matches += 1;
      const { part } = state.unit;
      if (part.kind === 'detection') this.#detect(state, part, match);
      else if (late) state.lateDropped += 1;
      else {
        const { event } = match;
        const by = part.steps[match.step]?.of as Detection;
        this.#correlate(state, part, match, { events: [event], count: 1 }, by);
      }
    }
    return this.#take();
  }

  #take(): AlertChange[] {
    if (this.#out.length === 0) return none;
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
    const group = this.#group(state, match);
    const { alert } = group;
    const suppressMs = state.unit.form.ext.suppressMs;
    if (alert !== null) {
      if (match.time - alert.last < suppressMs) {
        growAlert(alert, state.unit, event, 1, null);
        this.#grew(state, group, alert, match.time);
        return;
      }
      this.#closeAlert(state, group);
    }
    const firing = single(event);
    this.#open(
      state,
      group,
      openAlert(state.unit, group.key, groupRecord(state.unit, match.group, event), firing, event, part),
    );
  }

  #correlate(
    state: UnitState,
    part: Correlation,
    match: Match,
    brought: { events: readonly Event[]; count: number },
    by: Detection,
  ): void {
    const { event, time } = match;
    const { unit } = state;
    const { ext } = unit.form;
    const group = this.#group(state, match);
    const window = this.#windowOf(group, unit, part, match, brought.count);
    if (window === null) return;
    const firing = window.add(contribution(match, brought.events, brought.count));
    if (!unit.alerts) {
      if (firing !== null) this.#feed(unit, group, match, firing, by);
      return;
    }
    const { alert } = group;
    if (alert !== null) {
      if (time - alert.last < ext.suppressMs) {
        // Sequences grow by completing again, counts by every further match.
        if (firing === null && part.type.startsWith('temporal')) return;
        growAlert(alert, unit, event, 1, firing);
        this.#grew(state, group, alert, time);
        return;
      }
      this.#closeAlert(state, group);
    }
    if (firing === null) return;
    if (ext.reset === 'on_match') window.clear();
    const record = groupRecord(unit, match.group, event);
    this.#open(state, group, openAlert(unit, group.key, record, firing, event, by));
  }

  /** The group's window, with the seed in it; null where this match is the seed. */
  #windowOf(group: Group, unit: Unit, part: Correlation, match: Match, count: number): Window | null {
    if (group.window !== null) return group.window;
    if (group.seed === null && count === 1 && !firesOnOne(part)) {
      group.seed = match;
      return null;
    }
    group.window = newWindow(part, unit.form.ext);
    if (group.seed !== null) group.window.add(contribution(group.seed, [group.seed.event], 1));
    group.seed = null;
    return group.window;
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
      if (again && !part.type.startsWith('temporal')) continue;
      const derived = this.#rules.stepMatch(parent, step, match.event, match.seq);
      if (derived === null) continue;
      this.#correlate(state, part, derived, { events: firing.events, count }, by);
    }
  }

  #group(state: UnitState, match: Match): Group {
    const values = match.group;
    const plain = values === null ? '' : values.length === 1 ? (values[0] as string) : values.join('\u0000');
    // What is long over (an old file that is read in) never mixes with what happens now.
    const key = isHistorical(match.event) ? this.#oldKey(plain) : plain;
    let group = state.groups.get(key);
    if (group === undefined) {
      if (state.groups.size >= state.cleanUpAt) this.#cleanUp(state);
      group = {
        key: detached(key),
        last: match.time,
        source: match.event.source,
        window: null,
        seed: null,
        alert: null,
        fired: null,
      };
      state.groups.set(group.key, group);
    } else if (match.time >= group.last) {
      group.last = match.time;
      group.source = match.event.source;
    }
    return group;
  }

  /** Remembered, because a new string per match would have to be hashed each time. */
  #oldKey(plain: string): string {
    let key = this.#oldKeys.get(plain);
    if (key === undefined) {
      if (this.#oldKeys.size >= maxOldKeys) this.#oldKeys.clear();
      key = `\u0001${plain}`;
      this.#oldKeys.set(plain, key);
    }
    return key;
  }

  #newState(unit: Unit): UnitState {
    const cleanUpAt = Math.min(firstCleanUp, this.#limit(unit));
    return { unit, groups: new Map(), cleanUpAt, evicted: 0, lateDropped: 0, matches: 0, alerts: 0 };
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
    for (const group of groups.values()) {
      const watermark = this.#watermarks.get(group.source) ?? group.last;
      if (watermark - group.last > keepMs) this.#drop(state, group);
    }
    if (groups.size >= limit) {
      const stalest = [...groups.values()]
        .sort((a, b) => a.last - b.last)
        .slice(0, Math.max(1, Math.floor(limit / 10)));
      for (const group of stalest) this.#drop(state, group);
      state.evicted += stalest.length;
    }
    state.cleanUpAt = Math.min(limit, Math.max(firstCleanUp, groups.size * 2));
  }

  #drop(state: UnitState, group: Group): void {
    this.#closeAlert(state, group);
    state.groups.delete(group.key);
  }

  #open(state: UnitState, group: Group, alert: OpenAlert): void {
    state.alerts += 1;
    const keep = state.unit.form.ext.suppressMs > 0;
    if (this.#options.finalOnly) {
      if (keep) group.alert = alert;
      else this.#finish(state, alert);
      return;
    }
    if (keep) group.alert = alert;
    this.#send(state, group, alert, 'alert');
  }

  #send(state: UnitState, group: Group, alert: OpenAlert, type: AlertChange['type']): void {
    alert.sentCount = alert.count;
    alert.sentAt = alert.last;
    if (group.alert === alert) this.#unsent.delete(group);
    this.#out.push({ type, alert: alertOf(state.unit, alert) });
  }

  #grew(state: UnitState, group: Group, alert: OpenAlert, time: number): void {
    if (this.#options.finalOnly) return;
    // Old events come as fast as a file is read: a second of theirs passes in no time.
    const due = !alert.historical && time - alert.sentAt >= updateEveryMs;
    if (due || alert.count >= alert.sentCount * 2) {
      this.#send(state, group, alert, 'alert_update');
    } else this.#unsent.set(group, state);
  }

  #closeAlert(state: UnitState, group: Group): void {
    const { alert } = group;
    if (alert === null) return;
    if (this.#options.finalOnly) this.#finish(state, alert);
    else if (this.#unsent.has(group)) this.#send(state, group, alert, 'alert_update');
    group.alert = null;
  }

  #finish(state: UnitState, alert: OpenAlert): void {
    this.#finished.push({ type: 'alert', alert: alertOf(state.unit, alert) });
    if (this.#finished.length < maxFinished) return;
    this.#out.push(...sorted(this.#finished));
    this.#finished = [];
  }

  flush(): AlertChange[] {
    for (const [group, state] of [...this.#unsent]) {
      if (group.alert !== null) this.#send(state, group, group.alert, 'alert_update');
    }
    return this.#take();
  }

  close(): AlertChange[] {
    for (const state of this.#states.values())
      for (const group of state.groups.values()) this.#closeAlert(state, group);
    const out = [...this.#take(), ...sorted(this.#finished)];
    this.#finished = [];
    return out;
  }

  snapshot(): CorrelatorSnapshot {
    return writeSnapshot(this.#states, this.#watermarks, (group) => this.#unsent.has(group));
  }

  restore(snapshot: CorrelatorSnapshot): void {
    this.#unsent.clear();
    const make = (unit: Unit) => this.#newState(unit);
    const read = readSnapshot(snapshot, this.#rules, make, (group, state) => this.#unsent.set(group, state));
    this.#states = read.states;
    this.#watermarks = read.watermarks;
  }

  stats(): CorrelatorStats {
    const total: CorrelatorStats = { groups: 0, evicted: 0, late_dropped: 0, missing_group: 0, per_rule: {} };
    for (const { unit, groups, evicted, lateDropped, matches, alerts } of this.#states.values()) {
      const rule = total.per_rule[unit.form.id] ?? {
        groups: 0,
        evicted: 0,
        late_dropped: 0,
        missing_group: 0,
        matches: 0,
        alerts: 0,
      };
      total.per_rule[unit.form.id] = rule;
      for (const sum of [total, rule]) {
        sum.groups += groups.size;
        sum.evicted += evicted;
        sum.late_dropped += lateDropped;
        sum.missing_group += unit.missingGroup;
      }
      rule.matches += matches;
      rule.alerts += alerts;
    }
    return total;
  }
}

const none: AlertChange[] = [];

/** A copy that does not keep the line alive that it was cut from. */
const detached = (text: string): string => (text.length < 13 ? text : text.split('').join(''));

/** The order of replay's output: time, then rule, then id. */
function sorted(changes: readonly AlertChange[]): AlertChange[] {
  const by = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return [...changes].sort(
    (a, b) => a.alert.time - b.alert.time || by(a.alert.rule_id, b.alert.rule_id) || by(a.alert.id, b.alert.id),
  );
}
