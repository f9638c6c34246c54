import type { Decision, DecisionKind, EventJson, ResponsePolicy, ThreatFacts, ThreatScore } from '../../model/index.ts';
import type { AllowedNetwork } from '../../store/contract.ts';

/** What somebody wants decided. */
export interface DecisionRequest {
  kind: Exclude<DecisionKind, 'allow'>;
  /** An address or a range. */
  target: string;
  ttlSeconds: number;
  reason: string;
  /** Alerts and events that it rests on. */
  alerts?: readonly string[];
  events?: readonly string[];
}

export interface EnforcerState {
  /** The firewall that is used; null: none. */
  name: string | null;
  /** Whether it takes redirects. */
  redirects: boolean;
  /** Why there is none, or what it last refused, in a sentence that says what to do; null: all is well. */
  problem: string | null;
  /** What stands in it now. */
  entries: number;
  /** When that was last read back, epoch ms; null: not yet. */
  verified_at: number | null;
}

export interface ResponseState {
  mode: 'dry-run' | 'enforce';
  /** The panic switch: who pulled it and when. Null: it was not. */
  panic: { by: string; at: number } | null;
  enforcer: EnforcerState;
  /** Why addresses are never blocked: the allow-list of the configuration, of this machine and of its people. */
  protected: { network: string; why: 'own' | 'gateway' | 'resolver' | 'peer' | 'configuration' }[];
  /** Since the start: what policies asked for and what was not stored again. */
  counters: {
    decided: number;
    refused: number;
    /** Refusals like one that is already shown. */
    refused_again: number;
    /** The target was decided about already. */
    known: number;
    /** A person undid it, and it would still hold. */
    undone: number;
    /** Alerts that name no single source. */
    sourceless: number;
    /** Alerts whose score could not be asked for in time. */
    unscored: number;
  };
}

/** What would come of a decision by a person, had it been asked for now. */
export interface DecisionPreview {
  /** As it would be enforced; an IPv6 source as its prefix. */
  target: string;
  outcome: 'active' | 'dry-run' | 'refused';
  /** Why it would be refused, in a sentence; null: it would not. */
  why: string | null;
  /** The decision that stands already and makes this one needless. */
  standing: Decision | null;
}

/** Who asks: shown and audited. */
export interface Actor {
  who: string;
}

/** Scores of what is stored. */
export interface ScoreControl {
  /**
   * The scores of records (packets, touches of decoys), in their order: what each says by itself, with everything known of
   * its source. For records of the last day that is what is known now, for older ones what was known around them.
   * Looked up again after two seconds.
   */
  rate(records: readonly EventJson[]): Promise<ThreatScore[]>;
  /** Addresses about which more may be known than a record says: they have alerts, were in a decoy, or failed somewhere. */
  suspects(): Promise<readonly string[]>;
}

/** Decisions and what they are made from. What cannot be done throws a RefusedError with a sentence. */
export interface ResponseControl {
  state(): ResponseState;
  /** By a person, or a playbook that one approved. What a safety rule forbids is stored as refused, and thrown. */
  decide(request: DecisionRequest, actor: Actor): Decision;
  /** What {@link decide} would come to. Nothing is stored. */
  preview(request: Pick<DecisionRequest, 'kind' | 'target' | 'ttlSeconds'>): DecisionPreview;
  /** What stands now and touches an address or a range, newest first. */
  standing(target: string): Decision[];
  /** Lifts it everywhere. Null: there is none, or it has ended. */
  undo(id: string, actor: Actor, note?: string): Decision | null;
  /** Pulled: everything is lifted at once and nothing is enforced until it is released. */
  panic(pulled: boolean, actor: Actor): Promise<{ lifted: number }>;
  policies(): ResponsePolicy[];
  putPolicy(policy: ResponsePolicy): void;
  /** A shipped one comes back as it was shipped. False: there is none. */
  removePolicy(id: string): boolean;
  allowed(): AllowedNetwork[];
  /** Lifts what is blocked there at once. */
  allow(network: string, reason: string, actor: Actor): { allowed: AllowedNetwork; lifted: number };
  disallow(network: string): boolean;
  /** Somebody with a credential called from there: it is not blocked from now on. */
  sawCaller(addresses: readonly string[], who: string): void;
  /** The threat score of an address, from its alerts, its reputation and what it did in the last day. */
  score(address: string): Promise<ThreatScore>;
  /** What that score is made from. */
  facts(address: string): Promise<ThreatFacts>;
  scores: ScoreControl;
  /** Reads the firewall back and puts right what differs. */
  verify(): Promise<EnforcerState>;
}
