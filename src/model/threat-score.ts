import type { Severity } from './enumerations.ts';

/*
 * The threat score: 0 to 100 for a source (an address) or a single packet. It is a sum of named parts, each with its own
 * limit and its reasons, so that a person can follow it. The same numbers are in docs/response.md; a test holds them together.
 */

export const threatLevels = ['LOW', 'MEDIUM', 'HIGH'] as const;
export type ThreatLevel = (typeof threatLevels)[number];

export const verdicts = ['ALLOW', 'ALERT', 'BLOCK'] as const;
export type Verdict = (typeof verdicts)[number];

/** What a score is made of. `learned` is reserved for models: nothing gives it points yet. */
export const scoreParts = ['rules', 'reputation', 'decoy', 'behaviour', 'packet', 'learned'] as const;
export type ScorePartName = (typeof scoreParts)[number];

/** What is known of a source or a packet. Every part may be absent: then it gives no points. */
export interface ThreatFacts {
  /** Open or recent alerts about it: the rules that fired, each with its severity and how many alerts it raised. No historical ones. */
  rules?: readonly { name: string; severity: Severity; alerts: number }[];
  /** What lists and providers say: 0 to 100, and who says so. */
  reputation?: { risk: number; sources: readonly string[] } | null;
  /** What it did in the decoys. Nobody has a reason to be there. */
  decoy?: { touches: number; logins: number; commands: number; uploads: number };
  /** What it did elsewhere, counted over the time that is asked about. */
  behaviour?: {
    failed_logins: number;
    denied: number;
    web_attacks: number;
    /** Different ports and hosts it tried. */
    ports: number;
    hosts: number;
  };
  /** One packet's documented features. `entropy`: bits per byte of the payload, 0 to 8; null: there was none to measure. */
  packet?: { length: number; protocol: string; dst_port: number | null; entropy: number | null };
}

export interface ScorePart {
  part: ScorePartName;
  /** After the part's limit. */
  points: number;
  /** The most that this part may give. */
  most: number;
  /** Each with what it counts for; their sum may exceed `points`. */
  reasons: readonly { text: string; points: number }[];
}

export interface ThreatScore {
  /** 0 to 100, whole. */
  score: number;
  threat_level: ThreatLevel;
  /** What the score alone advises. Whether anything is done is up to policies and safety rules. */
  decision: Verdict;
  /** 0 to 1: how much was known when it was computed. */
  confidence: number;
  /** Those about which something was known, the heaviest first. */
  parts: readonly ScorePart[];
}

export const threatLevelOf = (score: number): ThreatLevel => (score < 40 ? 'LOW' : score < 75 ? 'MEDIUM' : 'HIGH');

export const verdictOf = (score: number): Verdict => (score < 50 ? 'ALLOW' : score < 80 ? 'ALERT' : 'BLOCK');

/** The most that each part gives. */
export const partLimits: Readonly<Record<ScorePartName, number>> = {
  rules: 60,
  reputation: 40,
  decoy: 80,
  behaviour: 40,
  packet: 30,
  learned: 0,
};

const severityPoints: Readonly<Record<Severity, number>> = { info: 2, low: 10, medium: 25, high: 45, critical: 60 };

/** Ports that attackers try first, by what listens there. */
const soughtPorts: Readonly<Record<number, string>> = {
  21: 'FTP',
  22: 'SSH',
  23: 'Telnet',
  135: 'RPC',
  139: 'NetBIOS',
  445: 'SMB',
  1433: 'SQL Server',
  2121: 'FTP decoy',
  2222: 'SSH decoy',
  2323: 'Telnet decoy',
  3306: 'MySQL',
  3389: 'remote desktop',
  4444: 'a common back door',
  5432: 'PostgreSQL',
  5900: 'VNC',
  6379: 'Redis',
  9200: 'Elasticsearch',
  27017: 'MongoDB',
};
/** Protocols of plain text: payload that looks encrypted does not belong there. */
const plainPorts = new Set([21, 23, 25, 53, 80, 110, 143, 8080]);

type Reason = ScorePart['reasons'][number];

/** The score of what is known, with its parts. The same facts always give the same score. */
export function threatScore(facts: ThreatFacts): ThreatScore {
  const parts: ScorePart[] = [];
  const add = (part: ScorePartName, reasons: readonly Reason[]): void => {
    const most = partLimits[part];
    const points = Math.min(
      most,
      reasons.reduce((sum, reason) => sum + reason.points, 0),
    );
    parts.push({ part, points, most, reasons });
  };
  if (facts.rules !== undefined) add('rules', ruleReasons(facts.rules));
  if (facts.reputation !== undefined && facts.reputation !== null)
    add('reputation', reputationReasons(facts.reputation));
  if (facts.decoy !== undefined) add('decoy', decoyReasons(facts.decoy));
  if (facts.behaviour !== undefined) add('behaviour', behaviourReasons(facts.behaviour));
  if (facts.packet !== undefined) add('packet', packetReasons(facts.packet));
  parts.sort((a, b) => b.points - a.points);
  const score = Math.min(
    100,
    parts.reduce((sum, part) => sum + part.points, 0),
  );
  return {
    score,
    threat_level: threatLevelOf(score),
    decision: verdictOf(score),
    confidence: confidenceOf(parts),
    parts,
  };
}

/** 0.4 for one part that was looked at, 0.1 more for each further one, and 0.1 for each that found something; at most 0.99. */
function confidenceOf(parts: readonly ScorePart[]): number {
  if (parts.length === 0) return 0;
  const found = parts.filter(({ points }) => points > 0).length;
  return Math.min(99, 30 + parts.length * 10 + found * 10) / 100;
}

/** The worst severity, and 5 for each further rule. */
function ruleReasons(rules: NonNullable<ThreatFacts['rules']>): Reason[] {
  const sorted = rules
    .filter(({ alerts }) => alerts > 0)
    .sort((a, b) => severityPoints[b.severity] - severityPoints[a.severity]);
  return sorted.map(({ name, severity, alerts }, i) => ({
    text: `${name} (${severity}${alerts > 1 ? `, ${alerts} alerts` : ''})`,
    points: i === 0 ? severityPoints[severity] : 5,
  }));
}

function reputationReasons({ risk, sources }: NonNullable<ThreatFacts['reputation']>): Reason[] {
  const points = Math.round((Math.min(100, Math.max(0, risk)) * partLimits.reputation) / 100);
  return points > 0 ? [{ text: `reputation ${Math.round(risk)} of 100: ${sources.join(', ')}`, points }] : [];
}

function decoyReasons({ touches, logins, commands, uploads }: NonNullable<ThreatFacts['decoy']>): Reason[] {
  const reasons: Reason[] = [];
  if (touches + logins + commands + uploads > 0) reasons.push({ text: 'touched a decoy', points: 50 });
  if (logins > 0) reasons.push({ text: `${logins} ${logins === 1 ? 'login' : 'logins'} tried in decoys`, points: 20 });
  if (commands > 0)
    reasons.push({ text: `${commands} ${commands === 1 ? 'command' : 'commands'} in decoys`, points: 30 });
  if (uploads > 0) reasons.push({ text: `${uploads} ${uploads === 1 ? 'file' : 'files'} left in decoys`, points: 30 });
  return reasons;
}

function behaviourReasons(seen: NonNullable<ThreatFacts['behaviour']>): Reason[] {
  const reasons: Reason[] = [];
  const step = (count: number, text: string, steps: readonly (readonly [least: number, points: number])[]): void => {
    const reached = steps.findLast(([least]) => count >= least);
    if (reached !== undefined) reasons.push({ text: `${count} ${text}`, points: reached[1] });
  };
  step(seen.failed_logins, 'failed logins', [
    [5, 10],
    [20, 20],
    [100, 30],
  ]);
  step(seen.web_attacks, 'web requests that carry an attack', [
    [1, 10],
    [10, 20],
    [50, 30],
  ]);
  step(seen.ports, 'different ports tried', [
    [10, 15],
    [50, 25],
  ]);
  step(seen.hosts, 'different hosts tried', [
    [10, 15],
    [50, 25],
  ]);
  step(seen.denied, 'connections denied', [
    [20, 5],
    [200, 10],
  ]);
  return reasons;
}

function packetReasons({ length, protocol, dst_port, entropy }: NonNullable<ThreatFacts['packet']>): Reason[] {
  const reasons: Reason[] = [];
  const name = protocol.toLowerCase();
  const sought = dst_port === null ? undefined : soughtPorts[dst_port];
  if (sought !== undefined) reasons.push({ text: `port ${dst_port} (${sought}) is sought by attackers`, points: 10 });
  if (sought !== undefined && name === 'tcp' && length <= 60)
    reasons.push({ text: `only ${length} bytes: no data, as probes are`, points: 5 });
  if (name.includes('icmp') && length > 1000)
    reasons.push({ text: `${length} bytes are much for ${protocol}: floods and tunnels look so`, points: 10 });
  if (name === 'udp' && dst_port === 53 && length > 512)
    reasons.push({ text: `a DNS question of ${length} bytes: tunnels look so`, points: 10 });
  if (entropy !== null && entropy > 7.2 && dst_port !== null && plainPorts.has(dst_port))
    reasons.push({ text: `entropy ${entropy.toFixed(2)} where plain text is spoken`, points: 15 });
  return reasons;
}
