import type { RuleDoc } from '../../model/index.ts';

/** The documented detectors. */
export const threatKinds = ['brute-force', 'ddos', 'port-scan', 'sql-injection'] as const;
export type ThreatKind = (typeof threatKinds)[number];

/** What an attack is called. A detector finds one or two kinds. */
export const attackTypes = [
  'BRUTE_FORCE',
  'SINGLE_IP_FLOOD',
  'DISTRIBUTED_FLOOD',
  'PORT_SCAN',
  'SQL_INJECTION',
] as const;
export type AttackType = (typeof attackTypes)[number];

/** Rising. */
export const threatSeverities = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export type ThreatSeverity = (typeof threatSeverities)[number];

/** A rule with the parameters of a question put in, and what live runs it with (filters, exceptions). */
export interface ThreatDetector {
  attack: AttackType;
  rule_id: string;
  docs: readonly RuleDoc[];
  windowMs: number;
}

/** What a run over stored events is asked. Event time, epoch ms, from inclusive, to exclusive. */
export interface ThreatRequest {
  from: number;
  to: number;
  detectors: readonly ThreatDetector[];
  /**
   * `attacks`: windows that meet the rule's condition, with their first events. `windows`: the same without their events, which
   * is put together from what was worked out before where there is such. `timeline`: every event that its selections match.
   */
  want: 'attacks' | 'windows' | 'timeline';
  /** Only attacks of these; null: of all. */
  severities: readonly ThreatSeverity[] | null;
  /** At most so many attacks, or events, are told; all are counted. */
  limit: number;
}

/** Different values and how often each was seen, most frequent first. */
export interface Tallied {
  /** How many there are; a lower bound where `isExact` is false. */
  distinct: number;
  isExact: boolean;
  top: [value: string, count: number][];
}

/** One event of an attack. */
export interface AttackEvent {
  time: number;
  id: string;
  user: string | null;
  src_ip: string | null;
  dst_port: number | null;
  /** Which of the rule's detections it matched. */
  step: number;
}

/** What is told of a window, or of all windows of an attack together. Only what the kind of attack is about. */
export interface AttackFacts {
  /** Event time, epoch ms. */
  first: number;
  last: number;
  count: number;
  /** Events by the rule's detections, in their order. */
  steps: number[];
  users: Tallied;
  addresses: Tallied;
  ports: Tallied;
  protocols: Tallied;
}

export interface AttackWindow extends AttackFacts {
  /** The first events; `count` says how many there were. */
  events: AttackEvent[];
}

/** All windows of one group (an address, a port) that met the rule's condition. */
export interface Attack extends AttackFacts {
  attack: AttackType;
  rule_id: string;
  group: Readonly<Record<string, string>>;
  windowMs: number;
  /** The first ones; `windowCount` says how many there were. */
  windows: AttackWindow[];
  windowCount: number;
  /** Most events, and most different addresses, of a window. */
  peak: number;
  peakAddresses: number;
  severity: ThreatSeverity;
}

export interface ThreatResult {
  /** Most severe first. */
  attacks: Attack[];
  /** How many there are of the wanted severities, and by severity of all. */
  total: number;
  bySeverity: Record<ThreatSeverity, number>;
  /** `timeline`: the events, oldest first, and how many there are. */
  events: AttackEvent[];
  matched: number;
  /** Stored events of the time. */
  scanned: number;
  seconds: number;
  /** What was left out or is approximate, in sentences. */
  notes: string[];
}

/** What became of one of several requests. `refused`: the rule cannot be run, in a sentence. */
export type ThreatOutcome = { result: ThreatResult } | { refused: string };

/** Runs detectors over stored history beside everything else. */
export interface ThreatControl {
  /**
   * @param caller who asks: an address, or a part of the program. One run at a time each; others wait in line.
   * @param signal ends the run at once
   * @throws ThreatBusy where too many wait
   */
  run(request: ThreatRequest, caller: string, signal: AbortSignal): Promise<ThreatResult>;
  /** Several requests in one run; the outcomes stand in their order. */
  runAll(requests: readonly ThreatRequest[], caller: string, signal: AbortSignal): Promise<ThreatOutcome[]>;
  /**
   * What is stored is looked through in the background from now on, so that questions with these detectors that want no more
   * than `windows` need not look at it again.
   */
  keep(history: ThreatHistory): void;
}

/** What is looked through, and when. */
export interface ThreatHistory {
  /** The detectors of each question, as the rules are when it is called. */
  sets(): readonly (readonly ThreatDetector[])[];
  /** How many events have come so far, those that were dropped since included, and the oldest one's time (epoch ms). */
  stored(): Promise<{ arrived: number; oldest: number | null }>;
}

/** As many runs wait as may, of the caller (`own`) or of all. */
export class ThreatBusy extends Error {
  readonly own: boolean;
  constructor(own: boolean) {
    super(own ? 'As many runs of this caller wait as may.' : 'As many runs wait as may.');
    this.own = own;
  }
}
