import { type Event, isoTime, type Match } from '../../model/index.ts';
import type {
  CorrelationExplanation,
  Correlator,
  EventExplanation,
  Explainer,
  JudgedWindow,
  RuleSet,
  StepExplanation,
} from '../contract.ts';
import { groupRecord, isHistorical } from '../correlate/alert.ts';
import { KeyedCorrelator } from '../correlate/correlator.ts';
import { closed, type Inside, open } from '../correlate/range.ts';
import type { Correlation, Detection } from '../form.ts';
import { type EngineRules, engineRules } from '../index/ruleset.ts';
import type { Unit } from '../index/units.ts';
import { outlookOfWindow } from './at-close.ts';
import { explainNode } from './clauses.ts';
import { type Counted, isMissing, missingGroup, type Reading, read, readEntries } from './counting.ts';
import { differences } from './differ.ts';
import { nearMiss, neededOf } from './near-miss.ts';
import { newestOf, Panes } from './panes.ts';
import { listed, quoted } from './wants.ts';
import { conditionWords } from './words.ts';

/** Entries that are remembered per group, and groups per correlation: the oldest go first. */
const maxEntries = 10_000;
const maxGroups = 100_000;
/** What is older than this many timespans is forgotten: it can no longer be told as "came too early". */
const rememberedSpans = 3;
/** A window is judged when its source's time has passed its end by this much, as where the correlator has no lateness. */
const slackMs = 600_000;

/** What one correlation of the rule has seen. */
interface Seen {
  unit: Unit;
  part: Correlation;
  inside: Inside;
  groups: Map<string, Counted[]>;
  /** Where it is judged when a window is over: the windows that are open. */
  panes: Panes;
  /** Inner correlations: by group, the time of the last firing. */
  fired: Map<string, number>;
}

/** What an event means to a correlation. */
interface Outcome {
  explanation: CorrelationExplanation;
  holds: boolean;
  /** Whether it held for the first time in a timespan: counting parents count attacks, not their events. */
  anew: boolean;
  ids: readonly string[];
  /** Where it is judged when a window is over: windows that now are, and met the condition. */
  over: readonly { event: Event; anew: boolean; ids: readonly string[] }[];
}

/** What counts for a correlation: a match of its own, or what an inner one found. */
interface Came {
  match: Match;
  event: Event;
  ids: readonly string[];
}

/**
 * Explains one rule of a set. What an alert needs is asked of the engine itself (the given correlator, which must be the
 * explainer's own); what is counted is read from a plain list of events.
 */
class RuleExplainer implements Explainer {
  readonly #rules: EngineRules;
  readonly #correlator: Correlator;
  readonly #root: Unit;
  readonly #detections: readonly Detection[];
  readonly #seen = new Map<Unit, Seen>();
  /** The newest event time of each source, by which windows are over. */
  readonly #newest = new Map<string, number>();

  /** @throws a sentence where the set has no such rule. */
  constructor(rules: RuleSet, ruleId: string, correlator: Correlator) {
    this.#rules = engineRules(rules);
    this.#correlator = correlator;
    const root = this.#rules.units.get(ruleId);
    if (root === undefined) throw new Error(`There is no rule "${ruleId}" in force among these.`);
    this.#root = root;
    this.#detections = [...new Map(detectionsOf(root.part).map((one) => [one.node, one])).values()];
  }

  explain(event: Event, seq: number): EventExplanation {
    const matches: Match[] = [];
    this.#rules.match(event, seq, matches);
    const { id } = this.#root;
    const own = matches.filter(({ rule_id }) => rule_id === id || rule_id.startsWith(`${id}/`));
    this.#newest.set(event.source, Math.max(event.time, this.#newest.get(event.source) ?? event.time));
    const told = own.length > 0 ? this.#correlator.observe(own) : this.#correlator.advance(event);
    const changes = [...told, ...this.#correlator.flush()];
    const steps = this.#detections.map((detection) => explainStep(detection, event));
    const matched = steps.some((step) => step.matched);
    const { part } = this.#root;
    const signal = this.#root.form.ext.signal ?? null;
    if (part.kind === 'detection') return { matched, steps, correlation: null, signal };
    const outcome = this.#correlation(this.#root, event, seq, own);
    const { explanation, holds } = outcome;
    // What is judged when its timespan is over fires with no event of its own.
    if (part.atClose) return { matched, steps, correlation: explanation, signal };
    // A rule that is only a signal raises no alert; its condition holds all the same.
    explanation.fired = changes.length > 0 || (holds && !this.#root.alerts);
    if (explanation.fired) {
      explanation.differ = [];
      explanation.until = null;
    }
    if (this.#root.form.ext.reset === 'on_match' && changes.some(({ type }) => type === 'alert'))
      this.#forget(own, event);
    return { matched, steps, correlation: explanation, signal };
  }

  /** `reset: on_match`: what was counted is over. */
  #forget(matches: readonly Match[], event: Event): void {
    const { groups } = this.#seenBy(this.#root);
    for (const { rule_id, group } of matches) if (rule_id === this.#root.id) groups.delete(keyOf(group, event));
  }

  #seenBy(unit: Unit): Seen {
    let seen = this.#seen.get(unit);
    if (seen === undefined) {
      const part = unit.part as Correlation;
      const inside = (unit.form.ext.boundary === 'closed' ? closed : open)(part.timespanMs);
      const panes = new Panes(part.timespanMs, inside);
      seen = { unit, part, inside, groups: new Map(), panes, fired: new Map() };
      this.#seen.set(unit, seen);
    }
    return seen;
  }

  #correlation(unit: Unit, event: Event, seq: number, matches: readonly Match[]): Outcome {
    const seen = this.#seenBy(unit);
    const { part } = seen;
    const judged = part.atClose ? this.#judged(seen, event.source) : [];
    const inner = this.#innerOf(unit).map(({ unit: one, steps }) => ({
      steps,
      outcome: this.#correlation(one, event, seq, matches),
    }));
    // Windows of others are judged before the event itself counts.
    const came: Came[] = this.#cameFrom(unit, inner, (outcome) => outcome.over);
    for (const match of matches) if (match.rule_id === unit.id) came.push({ match, event, ids: [event.id] });
    came.push(...this.#cameFrom(unit, inner, (one) => (one.holds ? [{ event, anew: one.anew, ids: one.ids }] : [])));
    let reading: Reading | null = null;
    let last: { entry: Counted; known: readonly Counted[]; match: Match; end: number } | null = null;
    for (const { match, event: by, ids } of came) {
      const entry: Counted = { step: match.step, time: by.time, value: match.value, event: by, ids };
      const { known, end } = this.#remember(seen, match, entry);
      const one = part.atClose ? readEntries(part, known, entry) : read(part, known, entry, seen.inside);
      if (reading?.holds && !part.atClose) continue;
      reading = one;
      last = { entry, known, match, end };
    }
    const holds = reading?.holds ?? false;
    const explanation: CorrelationExplanation = {
      name: part.name,
      title: part.title,
      type: part.type,
      group: null,
      missing_group: [],
      observed: reading?.observed ?? 0,
      needed: neededOf(part),
      condition: conditionWords(part),
      window_seconds: part.timespanMs / 1000,
      fired: holds && !part.atClose,
      events: [...new Set((reading?.entries ?? []).flatMap(({ ids }) => ids))],
      until: null,
      differ: [],
      inner: inner.map(({ outcome }) => outcome.explanation),
    };
    if (part.atClose) explanation.judged = judged.map((one) => one.told);
    if (reading === null || last === null) this.#uncounted(unit, event, explanation);
    else {
      explanation.group = groupRecord(unit, last.match.group, event);
      if (!holds || part.atClose) {
        const { boundary } = unit.form.ext;
        const miss = { part, boundary, reading, ...last, group: explanation.group };
        const missed = part.atClose ? outlookOfWindow(miss, last.end) : nearMiss(miss);
        if (part.atClose) explanation.pending = { until: isoTime(last.end, event.zone_minutes), fires: holds };
        explanation.differ = missed.differ;
        explanation.until = missed.until === null ? null : isoTime(missed.until, event.zone_minutes);
      }
    }
    if (part.atClose)
      return { explanation, holds: false, anew: false, ids: [], over: judged.flatMap(({ met }) => met) };
    const anew =
      holds && last !== null && this.#isNew(seen, keyOf(last.match.group, last.entry.event), last.entry.time);
    return { explanation, holds, anew, ids: explanation.events, over: [] };
  }

  /** What inner correlations found, as matches of the steps that they are. */
  #cameFrom(
    unit: Unit,
    inner: readonly { steps: readonly number[]; outcome: Outcome }[],
    foundIn: (outcome: Outcome) => Outcome['over'],
  ): Came[] {
    const isSequence = unit.part.kind === 'correlation' && unit.part.type.startsWith('temporal');
    return inner.flatMap(({ steps, outcome }) =>
      foundIn(outcome).flatMap(({ event, anew, ids }) => {
        // Counts are about attacks, not about the attack's events.
        if (!isSequence && !anew) return [];
        return steps.flatMap((step): Came[] => {
          const match = this.#rules.stepMatch(unit, step, event, 0);
          return match === null ? [] : [{ match, event, ids }];
        });
      }),
    );
  }

  /** Everything that counts beside an entry, with it; `end`: when its window is over, where it is judged then. */
  #remember(seen: Seen, match: Match, entry: Counted): { known: readonly Counted[]; end: number } {
    const { part, groups, panes, unit } = seen;
    const key = keyOf(match.group, entry.event);
    if (!part.atClose) return { known: remember(groups, key, entry, part.timespanMs), end: 0 };
    const pane = panes.add(key, entry, groupRecord(unit, match.group, entry.event));
    return { known: pane.entries, end: pane.end };
  }

  /** The windows that a source's time has passed: what they came to, and what of it others count. */
  #judged(seen: Seen, source: string): { told: JudgedWindow; met: Outcome['over'] }[] {
    const { part, panes, unit } = seen;
    const passed = (this.#newest.get(source) ?? Number.NEGATIVE_INFINITY) - slackMs;
    return panes.over(source, passed).map((pane) => {
      const last = newestOf(pane);
      const { holds, observed } = readEntries(part, pane.entries, last);
      const ids = [...new Set(pane.entries.flatMap((entry) => entry.ids))];
      const zone = last.event.zone_minutes;
      const told: JudgedWindow = {
        group: pane.group,
        from: isoTime(pane.start, zone),
        until: isoTime(pane.end, zone),
        observed,
        fired: holds,
        events: ids,
      };
      const match = holds ? this.#rules.stepMatch(unit, last.step, last.event, 0) : null;
      if (match === null) return { told, met: [] };
      const anew = this.#isNew(seen, keyOf(match.group, last.event), last.time);
      return { told, met: [{ event: last.event, anew, ids }] };
    });
  }

  /** Whether an inner correlation fires for the first time in a timespan. */
  #isNew({ part, fired }: Seen, key: string, time: number): boolean {
    const before = fired.get(key);
    fired.set(key, time);
    return before === undefined || time - before >= part.timespanMs;
  }

  /** Why an event does not count. */
  #uncounted(unit: Unit, event: Event, explanation: CorrelationExplanation): void {
    const part = unit.part as Correlation;
    const reasons: string[] = [];
    let isOne = false;
    for (const [index, step] of part.steps.entries()) {
      if (step.of.kind === 'correlation') {
        const inner = explanation.inner.find(({ name }) => name === step.of.name);
        if (inner !== undefined && inner.events.length > 0)
          reasons.push(...inner.differ.map((sentence) => `for ${quoted(step.title)}: ${sentence}`));
        isOne ||= (inner?.events.length ?? 0) > 0;
        continue;
      }
      if (!explainNode(step.of.node, event).matched) continue;
      isOne = true;
      const missing = missingGroup(part, index, event);
      explanation.missing_group.push(...missing.filter((name) => !explanation.missing_group.includes(name)));
      for (const name of missing)
        reasons.push(
          `${name} is missing: the rule counts by ${listed(part.groupNames, 'and', 10)}, and an event without it is not counted`,
        );
      for (const field of step.value)
        if (isMissing(field, event)) reasons.push(`${field.path} is missing: ${whatFor(part)}`);
    }
    if (!isOne) {
      const titles = part.steps.map((step) => quoted(step.title));
      reasons.push(
        `the event is ${titles.length === 1 ? 'no' : 'none of'} ${listed(titles, 'or', 5)}, so it is not counted`,
      );
    }
    explanation.differ = [...new Set(reasons)];
  }

  /** The correlations that are steps of one, each with the steps it is. */
  #innerOf(unit: Unit): { unit: Unit; steps: number[] }[] {
    const found: { unit: Unit; steps: number[] }[] = [];
    for (const one of this.#rules.units.values()) {
      const steps = one.parents.filter((parent) => parent.unit === unit).map(({ step }) => step);
      if (steps.length > 0) found.push({ unit: one, steps });
    }
    return found;
  }
}

function explainStep({ name, title, node }: Detection, event: Event): StepExplanation {
  const clauses = [explainNode(node, event, true)];
  const matched = clauses[0]?.matched === true;
  return { name, title, matched, clauses, differ: matched ? [] : differences(node, event) };
}

const detectionsOf = (part: Detection | Correlation): Detection[] =>
  part.kind === 'detection' ? [part] : part.steps.flatMap(({ of }) => detectionsOf(of));

const whatFor = ({ type }: Correlation): string =>
  type === 'value_count' ? 'the rule counts its different values' : 'the rule is about its numbers';

/** What long over events count under never mixes with what happens now, as in the correlator. */
const keyOf = (group: readonly string[] | null, event: Event): string =>
  JSON.stringify([isHistorical(event), ...(group ?? [])]);

/** Puts an entry in its place by time, behind those of the same time, and gives the group's list. */
function remember(groups: Map<string, Counted[]>, key: string, entry: Counted, spanMs: number): Counted[] {
  let known = groups.get(key);
  if (known === undefined) {
    if (groups.size >= maxGroups) groups.delete(groups.keys().next().value as string);
    known = [];
    groups.set(key, known);
  }
  let place = known.length;
  while (place > 0 && (known[place - 1] as Counted).time > entry.time) place -= 1;
  known.splice(place, 0, entry);
  const newest = (known.at(-1) as Counted).time;
  const gone = known.findIndex((one) => newest - one.time <= rememberedSpans * spanMs);
  const over = Math.max(gone, known.length - maxEntries);
  if (over > 0) known.splice(0, over);
  return known;
}

/**
 * Explains one rule of a set, event by event: which clauses hold, what is counted, and what would have had to differ. It
 * counts for itself: live state is not touched.
 *
 * @throws a sentence where the set has no such rule.
 */
export function createExplainer(rules: RuleSet, ruleId: string): Explainer {
  const counting = { maxGroupsPerRule: 100_000, latenessMs: Number.POSITIVE_INFINITY, finalOnly: false };
  const detail = { first: 0, last: 0, clauses: false };
  return new RuleExplainer(rules, ruleId, new KeyedCorrelator(rules, { ...counting, detail }));
}
