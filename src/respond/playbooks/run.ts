import {
  type Playbook,
  type PlaybookRun,
  type PlaybookRunState,
  type PlaybookStep,
  type PlaybookStepResult,
  type PlaybookSubject,
  severityRank,
} from '../../model/index.ts';
import { spanText } from './schema.ts';

/*
 * A run, step by step, as a state machine: the clock is handed in, and what has to be done outside is handed back. A run that was
 * stored goes on from where it stood, however long nobody looked.
 */

const ends: ReadonlySet<PlaybookRunState> = new Set(['done', 'failed', 'refused', 'cancelled', 'timed_out']);
export const isOver = ({ state }: Pick<PlaybookRun, 'state'>): boolean => ends.has(state);

/** What has to be done now: carry a step out, tell people that one waits for them, nothing before `due`, nothing at all. */
export type Todo = { kind: 'perform' | 'ask'; step: PlaybookStep } | { kind: 'rest' } | { kind: 'over' };

/** What became of a step that was carried out. */
export interface Outcome {
  state: PlaybookStepResult['state'];
  text: string;
  decisions?: readonly string[];
  /** What is known of the subject since. */
  found?: Partial<PlaybookSubject>;
}

export type Begin = Pick<PlaybookRun, 'id' | 'subject' | 'entity' | 'by' | 'sound' | 'events'>;

/** A run that has not done anything yet. */
export function begin({ id: playbook, name, steps, limits }: Playbook, what: Begin, now: number): PlaybookRun {
  return {
    ...what,
    playbook,
    name,
    steps,
    state: 'running',
    at: 0,
    since: null,
    approved_by: null,
    results: [],
    due: now,
    ends: now + limits.timeout_seconds * 1000,
    created: now,
    changed: now,
    note: null,
    undone: null,
  };
}

/** Goes on as far as the clock alone can. */
export function advance(run: PlaybookRun, now: number): { run: PlaybookRun; todo: Todo } {
  let current = run;
  for (;;) {
    if (isOver(current)) return { run: current, todo: { kind: 'over' } };
    if (now >= current.ends) {
      current = over(current, 'timed_out', 'It was not over in time.', now);
      continue;
    }
    const step = current.steps[current.at];
    if (step === undefined) {
      current = over(current, 'done', null, now);
      continue;
    }
    const lacking = unmet(step, current.subject);
    if (lacking !== null && current.since === null && current.approved_by === null) {
      current = passed(current, { state: 'skipped', text: lacking }, now);
      continue;
    }
    if (step.approval === 'required' && current.approved_by === null) {
      if (current.state !== 'approval') {
        const until = now + step.approval_timeout_seconds * 1000;
        return { run: resting(current, 'approval', until, now), todo: { kind: 'ask', step } };
      }
      const until = (current.since ?? now) + step.approval_timeout_seconds * 1000;
      if (now < until) return { run: current, todo: { kind: 'rest' } };
      current = denied(current, step, `Nobody agreed within ${spanText(step.approval_timeout_seconds)}.`, null, now);
      continue;
    }
    if (step.do !== 'wait') {
      const isSame = current.state === 'running';
      return { run: isSame ? current : { ...current, state: 'running', due: now }, todo: { kind: 'perform', step } };
    }
    if (current.state !== 'waiting')
      return { run: resting(current, 'waiting', now + step.for_seconds * 1000, now), todo: { kind: 'rest' } };
    if (now < (current.since ?? now) + step.for_seconds * 1000) return { run: current, todo: { kind: 'rest' } };
    current = passed(current, { state: 'done', text: `Waited ${spanText(step.for_seconds)}.` }, now);
  }
}

/**
 * The step that had to be carried out was.
 *
 * @returns `undo`: its failure lifts what the run blocked
 */
export function performed(run: PlaybookRun, outcome: Outcome, now: number): { run: PlaybookRun; undo: boolean } {
  const step = run.steps[run.at];
  const next = passed(run, outcome, now);
  const isFine = outcome.state !== 'failed' && outcome.state !== 'refused';
  if (step === undefined || isFine || step.on_failure === 'continue') return { run: next, undo: false };
  return { run: over(next, 'failed', outcome.text, now), undo: step.on_failure === 'undo' };
}

/** A person agreed to the step that waits, or did not. Null: none waits. */
export function answered(run: PlaybookRun, agrees: boolean, by: string, now: number): PlaybookRun | null {
  const step = run.steps[run.at];
  if (run.state !== 'approval' || step === undefined) return null;
  if (agrees) return { ...run, state: 'running', approved_by: by, since: null, due: now, changed: now };
  return denied(run, step, `${by} refused.`, by, now);
}

/** Null: it is over already. */
export const cancelled = (run: PlaybookRun, by: string, now: number): PlaybookRun | null =>
  isOver(run) ? null : over(run, 'cancelled', `Cancelled by ${by}.`, now);

function denied(run: PlaybookRun, step: PlaybookStep, text: string, by: string | null, now: number): PlaybookRun {
  const next = passed({ ...run, approved_by: by }, { state: 'refused', text }, now);
  if (step.if_refused === 'skip') return next;
  return over(next, by === null ? 'timed_out' : 'refused', text, now);
}

/** The step is behind it. */
function passed(run: PlaybookRun, { state, text, decisions = [], found }: Outcome, now: number): PlaybookRun {
  const result: PlaybookStepResult = {
    step: run.at,
    state,
    started: run.since ?? run.changed,
    ended: now,
    text,
    decisions: [...decisions],
    by: run.approved_by,
  };
  return {
    ...run,
    subject: { ...run.subject, ...found },
    state: 'running',
    at: run.at + 1,
    since: null,
    approved_by: null,
    results: [...run.results, result],
    due: now,
    changed: now,
  };
}

const resting = (run: PlaybookRun, state: PlaybookRunState, until: number, now: number): PlaybookRun => ({
  ...run,
  state,
  since: now,
  due: Math.min(until, run.ends),
  changed: now,
});

const over = (run: PlaybookRun, state: PlaybookRunState, note: string | null, now: number): PlaybookRun => ({
  ...run,
  state,
  note,
  due: null,
  since: null,
  changed: now,
});

/** Why a step is passed over, in a sentence; null: it is not. */
export function unmet({ if: wanted }: PlaybookStep, subject: PlaybookSubject): string | null {
  const lacking = wanted.has.find((word) => subject[word] === null);
  if (lacking !== undefined) return `Nothing is known of its ${lacking}.`;
  for (const [word, least] of [
    ['score', wanted.score],
    ['reputation', wanted.reputation],
  ] as const) {
    const value = subject[word];
    if (least !== null && (value === null || value < least))
      return value === null ? `Its ${word} is not known.` : `Its ${word} is ${value}, below ${least}.`;
  }
  if (
    wanted.severity === null ||
    (subject.severity !== null && severityRank[subject.severity] >= severityRank[wanted.severity])
  )
    return null;
  return `Its severity is ${subject.severity ?? 'not known'}, below ${wanted.severity}.`;
}
