import { useQuery } from '@tanstack/react-query';
import { rulesQuery } from '../api/queries.ts';
import type { ForeseenJson, ResultState, RunState, StepJson } from './api.ts';

type Tone = 'neutral' | 'accent' | 'good' | 'warn' | 'bad';

export const runWords: Record<RunState, readonly [string, Tone]> = {
  running: ['Running', 'accent'],
  waiting: ['Waits', 'accent'],
  approval: ['Waits for approval', 'warn'],
  done: ['Done', 'good'],
  failed: ['Failed', 'bad'],
  refused: ['Refused', 'neutral'],
  cancelled: ['Cancelled', 'neutral'],
  timed_out: ['Gave up', 'neutral'],
};

export const resultWords: Record<ResultState, readonly [string, Tone]> = {
  done: ['done', 'good'],
  known: ['was so already', 'neutral'],
  skipped: ['skipped', 'neutral'],
  refused: ['refused', 'warn'],
  failed: ['failed', 'bad'],
};

export const verdictWords: Record<ForeseenJson['steps'][number]['verdict'], readonly [string, Tone]> = {
  does: ['would be done', 'good'],
  asks: ['would wait for approval', 'warn'],
  skips: ['would be skipped', 'neutral'],
  refused: ['would fail', 'bad'],
  unsure: ['depends', 'neutral'],
};

export const stepNames: Record<StepJson['do'], string> = {
  enrich: 'Enrich',
  notify: 'Notify',
  open_incident: 'Open incident',
  block: 'Block',
  redirect: 'Redirect',
  wait: 'Wait',
  undo: 'Undo',
  note: 'Note',
};

const ruleId = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Puts the names of rules where a sentence has their ids, which nobody knows by heart. */
export function useRuleNames(): (sentence: string) => string {
  const { data: rules = [] } = useQuery(rulesQuery);
  const names = new Map(rules.map(({ id, name }) => [id, name]));
  return (sentence) => sentence.replace(ruleId, (id) => (names.has(id) ? `“${names.get(id)}”` : id));
}
