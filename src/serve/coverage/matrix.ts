import { isoTime, type RuleDoc } from '../../model/index.ts';
import type { RuleCare, StateStore } from '../../store/contract.ts';
import { dayMs, type Standing, standingOf } from '../rules/care.ts';
import { attackOf, tagsOf } from '../rules/posted.ts';
import { contentHash } from '../rules/view.ts';
import { type Tactic, type Technique, tacticOfTag, tactics, techniqueOf, techniques } from './techniques.ts';

export const coverageStates = ['none', 'no_source', 'ready', 'fired', 'tested'] as const;
export type CoverageState = (typeof coverageStates)[number];

/** So long does a test prove that a rule works. */
const testedForMs = 30 * dayMs;

export interface CoverageRule {
  id: string;
  name: string;
  enabled: boolean;
  last_fired: string | null;
  state: Standing['state'];
  /** Whether what it looks at arrives; null: not looked at yet. */
  visible: boolean | null;
  /** When its own lines were last run here and did what they should; null: not within 30 days, or changed since. */
  tested_at: string | null;
}

export interface CoverageCell extends Technique {
  state: CoverageState;
  rules: CoverageRule[];
  missing: string[];
}

export interface Coverage {
  tactics: Tactic[];
  techniques: CoverageCell[];
  /** When it was last looked at what arrives; null: never. */
  looked_at: string | null;
}

/** Whether rules can see anything, as somebody with the events at hand found it. */
export interface Sights {
  at: number;
  /** By rule id. `hash`: of which version. */
  rules: Record<string, { hash: string; visible: boolean; missing: string[] }>;
}

/** Where the newest sights are kept, for the command line and for the start. */
export const sightsSetting = 'coverage.sights';

export function storedSights(state: StateStore): Sights | null {
  const stored = state.settings.get(sightsSetting);
  return typeof stored === 'object' && stored !== null && 'rules' in stored ? (stored as Sights) : null;
}

interface Look {
  rule: RuleDoc;
  view: CoverageRule;
  missing: readonly string[];
}

/**
 * What can be detected. Only rules that are on count: one that is off or muted is named, but covers nothing. A technique is
 * `tested` or `fired` by any such rule that also sees its log source or has raised an alert; `ready` where one sees its
 * source and has never raised anything; `no_source` where no rule of it would see anything.
 *
 * @param tags of a rule as it is compiled; null where it cannot be
 */
export function coverageOf(
  rules: readonly RuleDoc[],
  state: StateStore,
  sights: Sights | null,
  now: number,
  tags: (rule: RuleDoc) => readonly string[] | null,
): Coverage {
  const care = new Map(state.ruleCare.all().map((each) => [each.rule_id, each]));
  const cells = new Map<string, { technique: Technique; looks: Look[] }>(
    techniques.map((technique) => [technique.id, { technique, looks: [] }]),
  );
  for (const rule of rules) {
    const own = tags(rule) ?? tagsOf(rule);
    const ids = attackOf(own);
    if (ids.length === 0) continue;
    const look = lookAt(rule, care.get(rule.id), state, sights, now);
    const ofTags = own.map(tacticOfTag).filter((id) => id !== null);
    for (const id of new Set(ids)) {
      const cell = cells.get(id) ?? { technique: techniqueOf(id, ofTags), looks: [] };
      cell.looks.push(look);
      cells.set(id, cell);
    }
  }
  return {
    tactics: [...tactics],
    techniques: [...cells.values()].map(({ technique, looks }) => cellOf(technique, looks, sights !== null)),
    looked_at: sights === null ? null : isoTime(sights.at),
  };
}

function lookAt(
  rule: RuleDoc,
  care: RuleCare | undefined,
  state: StateStore,
  sights: Sights | null,
  now: number,
): Look {
  const standing = standingOf(rule, care, state.alerts.ofRule(rule.id, now - dayMs), now);
  const sight = sights?.rules[rule.id];
  const hash = sight || care?.tested_hash ? contentHash(rule) : null;
  const isTested =
    care?.tested_at != null &&
    now - care.tested_at < testedForMs &&
    care.tested_hash !== null &&
    care.tested_hash === hash;
  const isSeen = sight !== undefined && sight.hash === hash;
  return {
    rule,
    missing: isSeen ? sight.missing : [],
    view: {
      id: rule.id,
      name: rule.name,
      enabled: rule.enabled,
      last_fired: standing.last_fired === null ? null : isoTime(standing.last_fired),
      state: standing.state,
      visible: isSeen ? sight.visible : null,
      tested_at: isTested && care?.tested_at != null ? isoTime(care.tested_at) : null,
    },
  };
}

function cellOf(technique: Technique, looks: readonly Look[], isLooked: boolean): CoverageCell {
  const rules = looks.map(({ view }) => view);
  const running = looks.filter(({ view }) => view.state === 'on' || view.state === 'signal');
  const fired = running.filter(({ view }) => view.last_fired !== null);
  const seeing = running.filter(({ view }) => view.visible === true || view.last_fired !== null);
  const isTested = seeing.some(({ view }) => view.tested_at !== null);
  const state: CoverageState =
    running.length === 0
      ? 'none'
      : isTested
        ? 'tested'
        : fired.length > 0
          ? 'fired'
          : seeing.length > 0
            ? 'ready'
            : 'no_source';
  return { ...technique, state, rules, missing: missingOf(state, looks, running, isLooked) };
}

const mostMissing = 12;

/** What would have to change for the technique to be covered. */
function missingOf(
  state: CoverageState,
  looks: readonly Look[],
  running: readonly Look[],
  isLooked: boolean,
): string[] {
  if (state === 'none') {
    return looks
      .slice(0, mostMissing)
      .map(({ view }) => (view.state === 'muted' ? `“${view.name}” is muted` : `“${view.name}” is switched off`));
  }
  if (state !== 'no_source') return [];
  if (!isLooked) return ['What arrives has not been looked at yet: it is a minute after the start, and every hour'];
  const unseen = running.some(({ view }) => view.visible === null);
  const told = new Set(running.flatMap(({ missing }) => missing));
  if (unseen) told.add('rules that were added or changed since it was last looked at what arrives');
  return [...told].slice(0, mostMissing);
}
