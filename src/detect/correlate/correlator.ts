import type { Event, Match } from '../../model/index.ts';
import type {
  AlertChange,
  AlertExtent,
  Correlator,
  CorrelatorOptions,
  CorrelatorSnapshot,
  CorrelatorStats,
  RuleSet,
  SnapshotHead,
} from '../contract.ts';
import type { Correlation, Detection } from '../form.ts';
import { type EngineRules, engineRules } from '../index/ruleset.ts';
import type { Unit } from '../index/units.ts';
import {
  alertOf,
  growAlert,
  isHistorical,
  isOver,
  joinFiring,
  LateChange,
  type OpenAlert,
  openAlert,
} from './alert.ts';
import { cleanUp } from './clean-up.ts';
import { Closings, detectionOf, isOverAt } from './closings.ts';
import { fullDetail } from './evidence.ts';
import { Finished } from './finished.ts';
import { Ledger } from './ledger.ts';
import { defaultHeldEvents, firstCleanUp, replaySlackMs, updateEveryMs } from './limits.ts';
import type { Closed } from './pane-window.ts';
import { Places } from './places.ts';
import { detached, HeldEvents, type Seen } from './seen.ts';
import { readSnapshot } from './snapshot.ts';
import { Snapshots, whole } from './snapshots.ts';
import { adopt, findCovers, type Group, groupAt, isCovered, newState, type UnitState } from './state.ts';
import { statsOf } from './stats.ts';
import { Watermarks } from './watermarks.ts';
import { contributionOf, type Firing, newContribution, seenOf, single, type Window } from './window.ts';

const nothing: AlertChange[] = [];

export class KeyedCorrelator implements Correlator {
  readonly #options: CorrelatorOptions;
  readonly #slackMs: number;
  #rules: EngineRules;
  #states = new Map<string, UnitState>();
  readonly #watermarks: Watermarks;
  /** Alerts that grew since they were last sent. */
  readonly #unsent = new Set<Group>();
  readonly #places: Places;
  /** Windows that are judged when they are over. */
  readonly #closings = new Closings((group) => this.#snapshots.touch(group));
  readonly #snapshots: Snapshots;
  readonly #held: HeldEvents;
  readonly #ledger = new Ledger();
  readonly #detail: AlertExtent;
  /** What long over events count under never mixes with what happens now. */
  #historical = false;
  /** What the windows are handed: filled anew for every match. */
  readonly #part = newContribution();
  readonly #finished = new Finished();
  #out: AlertChange[] = [];

  constructor(rules: RuleSet, options: CorrelatorOptions) {
    this.#options = options;
    this.#watermarks = new Watermarks(options.latenessMs);
    this.#held = new HeldEvents(options.maxHeldEvents ?? defaultHeldEvents);
    this.#snapshots = new Snapshots(this.#held, this.#unsent);
    this.#places = new Places(options.hashSeed ?? 0);
    this.#detail = options.detail ?? fullDetail;
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
        adopt(known, unit, this.#ledger, this.#options.perWindow);
        this.#states.set(unit.id, known);
        old.delete(unit.id);
      } else this.#states.set(unit.id, this.#newState(unit));
    }
    findCovers(this.#states);
    // Alerts of rules that are gone or changed are sent as they stand, then forgotten.
    for (const state of old.values()) for (const group of [...state.groups]) this.#drop(group);
  }

  observe(matches: readonly Match[]): AlertChange[] {
    const first = matches[0];
    if (first === undefined) return this.#take();
    const late = this.#watermarks.isLate(first.event);
    if (this.#closings.size > 0) this.#closeDue(first.event.source, this.#slackMs);
    this.#historical = !this.#options.perWindow && isHistorical(first.event);
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
    const found = single(seenOf(event, this.#held.hold(event)));
    this.#open(group, this.#alert(unit, match, found, event, part));
  }

  /** @param events what an inner correlation has collected; null: the match's event alone. */
  #correlate(
    state: UnitState,
    part: Correlation,
    match: Match,
    events: readonly Seen[] | null,
    count: number,
    by: Detection,
  ): void {
    const { event, time } = match;
    const { unit, traits } = state;
    const group = this.#group(state, match);
    const held = this.#held.hold(event);
    if (part.atClose) {
      this.#closings.collect(group, contributionOf(this.#part, match, event, held, events, count));
      return;
    }
    let { alert } = group;
    if (alert !== null) {
      if (isOver(alert, unit.form, part, time, this.#options.perWindow)) {
        this.#closeAlert(group);
        if (this.#options.perWindow) group.window?.clear();
        alert = null;
      } else if (traits.countsBlind) {
        growAlert(alert, unit, event, null, this.#detail);
        this.#grew(group, alert, time);
        return;
      }
    }
    const window = this.#windowOf(group, match, held, count);
    if (window === null) return;
    const holds = window.add(contributionOf(this.#part, match, event, held, events, count));
    if (!unit.alerts) {
      if (holds) this.#feed(unit, group, match, window, by);
    } else if (alert !== null) {
      // Sequences grow by completing again, counts by every further match.
      if (!holds && traits.temporal) return;
      growAlert(alert, unit, event, holds ? window : null, this.#detail);
      this.#grew(group, alert, time);
    } else if (holds) {
      const firing = window.firing();
      if (traits.countsBlind || unit.form.ext.reset === 'on_match') window.clear();
      this.#open(group, this.#alert(unit, match, firing, event, by));
    }
  }

  /** Time goes on without a match: windows of the event's source may be over. */
  advance(event: Event): AlertChange[] {
    this.#watermarks.isLate(event);
    this.#closeDue(event.source, this.#slackMs);
    return this.#take();
  }

  get waiting(): boolean {
    return this.#closings.size > 0;
  }

  /** Judges the windows of a source that its time has passed by `slackMs`. */
  #closeDue(source: string, slackMs: number): void {
    const passed = (this.#watermarks.of(source) ?? Number.NEGATIVE_INFINITY) - slackMs;
    this.#closings.judge(source, (at) => at <= passed, this.#met);
  }

  /** A window that is over met its condition. */
  readonly #met = (group: Group, { firing, event, step }: Closed): void => {
    const { unit } = group.state;
    const part = unit.part as Correlation;
    const by = detectionOf(part, step);
    const match = this.#rules.stepMatch(unit, step, event, 0);
    if (match === null) return;
    const { alert } = group;
    if (!unit.alerts) this.#feed(unit, group, match, { firing: () => firing }, by);
    else if (alert !== null && event.time - alert.last < unit.form.ext.suppressMs) {
      joinFiring(alert, firing, event, this.#held, this.#detail);
      this.#grew(group, alert, event.time);
    } else {
      this.#closeAlert(group);
      this.#open(group, this.#alert(unit, match, firing, event, by));
    }
  };

  /** The group's window, with the seed in it; null where this match is the seed. */
  #windowOf(group: Group, { value, event }: Match, held: number, count: number): Window | null {
    if (group.window !== null) return group.window;
    const { seed, state } = group;
    if (seed === null && count === 1 && state.traits.startsSmall) {
      group.seed = { seen: seenOf(event, held), value: value === null ? null : detached(value) };
      return null;
    }
    const window = state.traits.newWindow(seed);
    group.window = window;
    group.seed = null;
    return window;
  }

  /** An inner correlation fired: its parents get a match, of the completing event. */
  #feed(unit: Unit, group: Group, match: Match, found: Pick<Window, 'firing' | 'evidence'>, by: Detection): void {
    const span = (unit.part as Correlation).timespanMs;
    const again = group.fired !== null && match.time - group.fired.at < span;
    const firing = again ? null : found.firing();
    const count = firing?.count ?? (group.fired?.count ?? 0) + 1;
    let events = firing?.events;
    group.fired = { at: match.time, count };
    for (const { unit: parent, step } of unit.parents) {
      const state = this.#states.get(parent.id);
      const part = parent.part;
      if (state === undefined || part.kind === 'detection') continue;
      // Counting parents count attacks, not the attack's events; sequences want the latest moment.
      if (again && !state.traits.temporal) continue;
      const derived = this.#rules.stepMatch(parent, step, match.event, match.seq);
      if (derived === null) continue;
      events ??= found.evidence?.() ?? found.firing().events;
      this.#correlate(state, part, derived, events, count, by);
    }
  }

  #group(state: UnitState, match: Match): Group {
    const place = this.#places.of(match.group, this.#historical);
    const { time, event } = match;
    const known = groupAt(place, state);
    if (known !== null) {
      this.#snapshots.touch(known);
      if (time >= known.last) {
        known.last = time;
        known.source = event.source;
      }
      return known;
    }
    let free = place;
    if (state.groups.length >= state.cleanUpAt) {
      this.#cleanUp(state);
      // The place may have gone with its last group.
      free = this.#places.of(match.group, this.#historical);
    }
    const group = this.#places.add(state, free, time, event.source);
    this.#snapshots.made(group);
    return group;
  }

  #newState(unit: Unit): UnitState {
    return newState(unit, Math.min(firstCleanUp, this.#limit(unit)), this.#ledger, this.#options.perWindow);
  }

  #limit(unit: Unit): number {
    return Math.min(this.#options.maxGroupsPerRule, unit.form.ext.maxGroups ?? Number.POSITIVE_INFINITY);
  }

  /** Forgets groups that are over; where that is not enough, the stalest tenth of the limit, and counts those. */
  #cleanUp(state: UnitState): void {
    const limit = this.#limit(state.unit);
    cleanUp(state, limit, this.#slackMs, this.#watermarks, (group) => this.#drop(group));
    state.cleanUpAt = Math.min(limit, Math.max(firstCleanUp, state.groups.length * 2));
  }

  #drop(group: Group): void {
    this.#snapshots.touch(group);
    this.#closeAlert(group);
    group.window?.clear();
    group.window = null;
    this.#places.remove(group);
  }

  #alert(unit: Unit, { group }: Match, firing: Firing, event: Event, by: Detection): OpenAlert {
    return openAlert(unit, group, firing, event, by, this.#held, this.#detail);
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
    this.#finished.add(alertOf(state.unit, alert, this.#detail.clauses));
    if (this.#finished.isFull) this.#out.push(...this.#finished.take());
  }

  flush(now?: number): AlertChange[] {
    if (now !== undefined) this.#closings.judgeAll(isOverAt(now - this.#slackMs), this.#met);
    for (const group of [...this.#unsent]) {
      this.#snapshots.touch(group);
      if (group.alert !== null) this.#send(group, group.alert, 'alert_update');
    }
    return this.#take();
  }

  close(): AlertChange[] {
    for (const source of this.#closings.sources) this.#closeDue(source, 0);
    for (const state of this.#states.values()) for (const group of state.groups) this.#closeAlert(group);
    return [...this.#take(), ...this.#finished.take()];
  }

  snapshot(): CorrelatorSnapshot & { rows: string[] } {
    return whole(this.snapshotInSteps());
  }

  snapshotInSteps(): Generator<string[], SnapshotHead> {
    return this.#snapshots.inSteps(this.#states, this.#watermarks.bySource);
  }

  restore(snapshot: CorrelatorSnapshot): void {
    this.#snapshots.forget();
    this.#unsent.clear();
    this.#places.clear();
    this.#held.clear();
    this.#ledger.clear();
    // Should it be of no use, correlation begins anew.
    this.#states = new Map([...this.#rules.units.values()].map((unit) => [unit.id, this.#newState(unit)]));
    const markUnsent = (group: Group) => this.#unsent.add(group);
    this.#watermarks.set(readSnapshot(snapshot, this.#states, this.#places, this.#held, markUnsent));
    this.#closings.restore(this.#states.values());
    findCovers(this.#states);
  }

  stats(): CorrelatorStats {
    return statsOf(this.#states.values(), (unit) => this.#limit(unit));
  }
}
