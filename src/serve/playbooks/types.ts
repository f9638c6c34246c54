import type { Playbook, PlaybookRun, PlaybookRunState, PlaybookStep } from '../../model/index.ts';

/** Who asks: shown and audited. */
interface Actor {
  who: string;
}

/** What is wrong with a playbook, and where. From 1. */
export interface PlaybookProblem {
  message: string;
  line: number | null;
  column: number | null;
}

export interface PlaybookView {
  id: string;
  name: string;
  description: string;
  /** As it is in force. */
  yaml: string;
  /** Null: it cannot be used. */
  playbook: Playbook | null;
  problems: PlaybookProblem[];
  enabled: boolean;
  /** It comes with Phosor. */
  shipped: boolean;
  /** It comes with Phosor, and one of the own ones stands in for it. */
  changed: boolean;
  /** What starts it and what it does, in sentences. */
  trigger: string;
  steps: StepWords[];
  last: { at: number; state: PlaybookRunState } | null;
  /** Since the start: runs that did not begin, because the same one had set it off, or too many ran. */
  held: { same: number; many: number };
}

export interface StepWords {
  do: PlaybookStep['do'];
  name: string | null;
  text: string;
  approval: PlaybookStep['approval'];
}

/** What a run is to be about. */
export type PlaybookAbout = { alert: string } | { incident: string } | { address: string };

/** What would happen. */
export interface Foreseen {
  /** Why its trigger would not start it for this; null: it would. */
  why_not: string | null;
  steps: (StepWords & {
    /** `asks`: it waits for a person first. `unsure`: it depends on what is found on the way. */
    verdict: 'does' | 'asks' | 'skips' | 'refused' | 'unsure';
    /** Why; empty where there is nothing to say. */
    note: string;
  })[];
}

/** Playbooks and their runs. What cannot be done throws a RefusedError with a sentence. */
export interface PlaybookControl {
  /** By name; those that cannot be used as well. */
  list(): PlaybookView[];
  byId(id: string): PlaybookView | null;
  /** JSON Schema of a playbook as it is written. */
  schema(): Record<string, unknown>;
  /** Reads a text without keeping it. */
  read(yaml: string): { playbook: Playbook | null; problems: PlaybookProblem[]; trigger: string; steps: StepWords[] };
  /** Keeps an own one. */
  put(id: string, yaml: string): PlaybookView;
  /** Removes an own one; a shipped one is as it was shipped again. False: there is none. */
  remove(id: string): boolean;
  enable(id: string, enabled: boolean): PlaybookView | null;
  start(id: string, about: PlaybookAbout, actor: Actor): PlaybookRun;
  foresee(playbook: Playbook, about: PlaybookAbout): Promise<Foreseen>;
  /** Agrees to the step that waits, or refuses it. Null: there is no such run, or none of its steps waits. */
  answer(run: string, agrees: boolean, actor: Actor): PlaybookRun | null;
  /** Null: there is no such run, or it is over. */
  cancel(run: string, actor: Actor): PlaybookRun | null;
  /** Lifts what it blocked, and cancels it. Null: there is no such run, or it was undone. */
  undo(run: string, actor: Actor): PlaybookRun | null;
  /** What each step of a run does, in sentences. */
  words(run: PlaybookRun): StepWords[];
}
