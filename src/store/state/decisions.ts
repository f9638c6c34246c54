import type { Decision, DecisionKind, DecisionState, ResponsePolicy } from '../../model/index.ts';
import type { AllowedNetwork } from './intel.ts';

export interface DecisionFilter {
  states?: readonly DecisionState[];
  kinds?: readonly DecisionKind[];
  policy?: string;
  /** Part of target, reason or who. */
  text?: string;
}

/** A decision, and when it last changed in the order of all changes. */
export interface DecisionRow {
  decision: Decision;
  revision: number;
}

/** What a bouncer asked for last. */
export interface BouncerPull {
  key_id: string;
  /** It knows all changes up to here. */
  revision: number;
  at: number;
  /** What it calls itself, and from where it asks. */
  agent: string;
  address: string;
  pulls: number;
}

/** An address under which a list is read without logging in: whoever knows the token reads it. */
export interface DecisionList {
  id: string;
  name: string;
  format: string;
  /** SHA-256 of the token, hex. The token is shown once. */
  hash: string;
  by: string;
  created_at: number;
  last_used_at: number | null;
}

/** What was decided, and what deciding is made from. */
export interface DecisionStore {
  /** Inserts or replaces. Each put is a new revision. */
  put(decision: Decision): void;
  byId(id: string): Decision | null;
  /** Newest first. @param before of the page before, or null */
  list(filter: DecisionFilter, limit: number, before: number | null): { decisions: Decision[]; next: number | null };
  count(filter: DecisionFilter): number;
  /** All that have not ended: active and in dry-run. */
  current(): Decision[];
  /** What changed after a revision, in the order of the changes. */
  since(revision: number): DecisionRow[];
  revision(): number;
  /** How often a target was blocked or redirected (also in dry-run) since a time. */
  strikes(target: string, since: number): number;
  /** The newest decision about a target that a person undid and that would still hold; null: none. */
  undone(target: string, now: number): Decision | null;
  /** Blocks and redirects that were made since a time and not refused. */
  recent(since: number): number;
  /** Removes ended ones older than a time, and the oldest ended beyond so many. @returns how many */
  prune(before: number, most: number): number;
  policies: { list(): ResponsePolicy[]; put(policy: ResponsePolicy): void; remove(id: string): boolean };
  /** The allow-list. */
  allowed: { list(): AllowedNetwork[]; put(network: AllowedNetwork): void; remove(network: string): boolean };
  /** From where people and programs with a credential called, and when last. */
  peers: {
    list(since: number): { address: string; who: string; last: number }[];
    see(address: string, who: string, at: number): void;
    prune(before: number): void;
  };
  bouncers: { list(): BouncerPull[]; byKey(key_id: string): BouncerPull | null; put(pull: BouncerPull): void };
  lists: {
    list(): DecisionList[];
    byHash(hash: string): DecisionList | null;
    put(list: DecisionList): void;
    remove(id: string): boolean;
  };
}
