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
