import { exceptionFilter, ruleVisibility } from '../detect/index.ts';
import { type Event, type EventJson, eventFromJson } from '../model/index.ts';
import { linesBeside } from '../rule-tests.ts';
import { readRuleText } from '../rules-folder.ts';
import type { Rulebook } from '../serve/contract.ts';
import type { RuleLines } from '../store/contract.ts';
import { groupFieldsOfRule, proveRule, tagsOfRule } from './trials.ts';

/**
 * What the front may ask about rules without running them on live events.
 *
 * @param pathOf where the shipped rules lie, by id
 */
export function createRulebook(pathOf: ReadonlyMap<string, string>): Rulebook {
  const shippedLines = new Map<string, RuleLines | null>();
  const readLines = (id: string): RuleLines | null => {
    const path = pathOf.get(id);
    if (path === undefined) return null;
    const { fire, quiet } = linesBeside(path);
    if (fire === null && quiet === null) return null;
    const lines = (file: typeof fire) => (file?.text ?? '').split('\n').filter((line) => line !== '');
    return { fire: lines(fire), quiet: lines(quiet) };
  };
  return {
    read: (text, fileName) => readRuleText(text, fileName, 'imported'),
    filterOf: (exception) => exceptionFilter(exception),
    linesOf(id) {
      const known = shippedLines.get(id);
      if (known !== undefined) return known;
      const lines = readLines(id);
      shippedLines.set(id, lines);
      return lines;
    },
    test: proveRule,
    tags: tagsOfRule,
    groupFields: groupFieldsOfRule,
    sight: (rule, events) =>
      ruleVisibility(rule, eventsOf(events)) ?? { visible: false, missing: ['the rule cannot be used'] },
  };
}

const read = new WeakMap<readonly EventJson[], Event[]>();

function eventsOf(events: readonly EventJson[]): Event[] {
  let known = read.get(events);
  if (known === undefined) {
    known = events.map(eventFromJson);
    read.set(events, known);
  }
  return known;
}
