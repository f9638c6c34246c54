import type { Severity } from './enumerations.ts';

/* Playbooks: what is done about an attack, step by step. Written as YAML; docs/playbooks.md says how. */

export const playbookTriggers = ['alert', 'decoy', 'incident', 'score', 'manual'] as const;
export type PlaybookTriggerKind = (typeof playbookTriggers)[number];

/** What starts it. All that is said must hold. */
export interface PlaybookTrigger {
  /** `decoy`: an alert about a visit to a decoy. `score`: an alert whose source's threat score is high. `manual`: only by hand. */
  on: PlaybookTriggerKind;
  /** At least this severe; null: any. */
  severity: Severity | null;
  /** One of these rules; empty: any. Not of incidents. */
  rules: string[];
  /** One of these tags of the rule; empty: any. Not of incidents. */
  tags: string[];
  /** One of its events is of such a type; `decoy.` stands for all that begin so. Not of incidents. */
  event_types: string[];
  /** Least threat score of the source. Only `score`. */
  score: number | null;
  /** Least risk. Only `incident`. */
  risk: number | null;
}

/** About whom it runs at all. All that is said must hold. */
export interface PlaybookConditions {
  /** The source is an address of the internet, or one of one's own. */
  address: 'external' | 'internal' | null;
  /** The source lies in one of these; empty: anywhere. */
  networks: string[];
  except_networks: string[];
  users: string[];
  except_users: string[];
  hosts: string[];
  except_hosts: string[];
}

/** How often and how long. */
export interface PlaybookLimits {
  /** It does not start again for the same address, user or host within this time. */
  same_entity_seconds: number;
  runs_per_hour: number;
  /** A run that is not over by then is given up. */
  timeout_seconds: number;
}

/** What every step may say. */
export interface PlaybookStepBase {
  /** For people; null: what it does says enough. */
  name: string | null;
  /** Whether a person has to agree before it. */
  approval: 'required' | 'none';
  /** How long it waits for that. */
  approval_timeout_seconds: number;
  /** What happens where nobody agrees: the run ends, or goes on behind this step. */
  if_refused: 'stop' | 'skip';
  /** What happens where it fails; `undo`: blocks of the run are lifted and it ends. */
  on_failure: 'stop' | 'continue' | 'undo';
  /** For those that ask others. */
  timeout_seconds: number;
  /** Skipped where this does not hold. */
  if: PlaybookStepCondition;
}

export interface PlaybookStepCondition {
  /** Least threat score, as `enrich` found it. */
  score: number | null;
  /** Least risk by reputation, as `enrich` found it. */
  reputation: number | null;
  severity: Severity | null;
  /** The run has one of each. */
  has: ('address' | 'user' | 'host' | 'alert' | 'incident')[];
}

/** A text may name what the run is about: `{{address}}`. */
export type PlaybookStep = PlaybookStepBase &
  (
    | { do: 'enrich' }
    | { do: 'notify'; channels: string[]; title: string; text: string }
    | { do: 'open_incident'; owner: string | null; status: 'new' | 'in_progress' | null }
    | { do: 'block' | 'redirect'; target: string; for_seconds: number; reason: string }
    | { do: 'wait'; for_seconds: number }
    | { do: 'undo' }
    | { do: 'note'; text: string }
  );
export const playbookActions = [
  'enrich',
  'notify',
  'open_incident',
  'block',
  'redirect',
  'wait',
  'undo',
  'note',
] as const satisfies readonly PlaybookStep['do'][];

export interface Playbook {
  /** Lower-case letters, digits and hyphens. */
  id: string;
  name: string;
  description: string;
  trigger: PlaybookTrigger;
  when: PlaybookConditions;
  limits: PlaybookLimits;
  steps: PlaybookStep[];
}

/** What a run is about: the values of its templates. Texts may come from logs and are hostile. */
export interface PlaybookSubject {
  address: string | null;
  user: string | null;
  host: string | null;
  severity: Severity | null;
  rule: string | null;
  rule_name: string | null;
  message: string | null;
  count: number | null;
  /** Ids. */
  alert: string | null;
  incident: string | null;
  incident_title: string | null;
  /** Found by `enrich`; null: it was not asked. */
  score: number | null;
  reputation: number | null;
  country: string | null;
}
/** Words that a template may name. */
export const playbookWords = [
  'address',
  'user',
  'host',
  'severity',
  'rule',
  'rule_name',
  'message',
  'count',
  'alert',
  'incident',
  'incident_title',
  'score',
  'reputation',
  'country',
] as const satisfies readonly (keyof PlaybookSubject)[];

export const playbookRunStates = [
  'running',
  'waiting',
  'approval',
  'done',
  'failed',
  'refused',
  'cancelled',
  'timed_out',
] as const;
/** `waiting`: in a step `wait`. `approval`: for a person. `refused`: a person said no. The last five are ends. */
export type PlaybookRunState = (typeof playbookRunStates)[number];

/** `refused`: a person, or a safety rule, said no. `known`: nothing was to be done, it was so already. */
export const playbookResultStates = ['done', 'known', 'skipped', 'refused', 'failed'] as const;

/** What became of a step. */
export interface PlaybookStepResult {
  /** Index of the step. */
  step: number;
  state: (typeof playbookResultStates)[number];
  /** Epoch ms. */
  started: number;
  ended: number;
  /** For people; may hold text from logs. */
  text: string;
  /** Decisions that it made. */
  decisions: string[];
  /** Who agreed or refused, where a person was asked; null: nobody was. */
  by: string | null;
}

/** One run. It goes on with the steps as they were when it began. */
export interface PlaybookRun {
  /** UUID. */
  id: string;
  playbook: string;
  name: string;
  steps: PlaybookStep[];
  subject: PlaybookSubject;
  /** Who it is about, in a word: address, user or host; empty: nobody. */
  entity: string;
  /** User who started it by hand; null: its trigger did. */
  by: string | null;
  /** Every piece of evidence stands for itself: nobody else can have made it up, and it is not old. */
  sound: boolean;
  /** Events that it rests on. */
  events: string[];
  state: PlaybookRunState;
  /** Index of the step that is next; that many are over. */
  at: number;
  /** When that step began: its wait, or its waiting for a person. Null: it has not. */
  since: number | null;
  /** Who agreed to that step; null: nobody yet. */
  approved_by: string | null;
  results: PlaybookStepResult[];
  /** When it is looked at again, epoch ms; null: it is over. */
  due: number | null;
  /** When it is given up, epoch ms. */
  ends: number;
  created: number;
  changed: number;
  /** Why it ended before its last step, in a sentence; null: it did not. */
  note: string | null;
  /** Its blocks were lifted. */
  undone: { by: string; at: number; lifted: number } | null;
}
