import { ruleTypes } from '../../../src/model/rule.ts';
import type { RuleType } from '../api/types.ts';
import { compact, oneOf, type Raw, text, textList } from '../shell/params.ts';
import { facetNames, type RuleFilter, type SortKey, sortKeys } from './rule-list.ts';

/** Each facet of the list (web/src/rules/rule-list.ts) holds the values that are let through. */
export interface RulesSearch extends RuleFilter {
  sort?: SortKey;
  desc?: boolean;
  /** Id of a rule, or `new`: leads to its page. */
  edit?: string;
  /** What lies over the list. */
  show?: 'import' | 'packs';
}

export const validateRules = (search: Raw): RulesSearch =>
  compact({
    q: text(search.q),
    ...Object.fromEntries(facetNames.map((name) => [name, textList(search[name])])),
    sort: oneOf(search.sort, sortKeys),
    desc: typeof search.desc === 'boolean' ? search.desc : undefined,
    edit: text(search.edit),
    show: oneOf(search.show, ['import', 'packs'] as const),
  });

const rulePanes = ['rule', 'test', 'backtest', 'upkeep'] as const;
export type RulePane = (typeof rulePanes)[number];
const backtestRanges = ['24h', '7d', '30d', 'all'] as const;
export type BacktestRange = (typeof backtestRanges)[number];

export interface RuleSearch {
  pane?: RulePane;
  /** Ids of stored events in the test pane. */
  events?: string[];
  /** How far back the backtest goes. */
  range?: BacktestRange;
  /** Kind of a new rule. */
  kind?: RuleType;
}

export const validateRule = (search: Raw): RuleSearch =>
  compact({
    pane: oneOf(search.pane, rulePanes),
    events: textList(search.events),
    range: oneOf(search.range, backtestRanges),
    kind: oneOf(search.kind, ruleTypes),
  });
