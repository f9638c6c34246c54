import type { Severity } from '../../model/index.ts';

export type SecurityStatus = 'SECURE' | 'MODERATE' | 'WARNING' | 'CRITICAL';

/** One line of how the score was computed. */
export interface ScoreLine {
  severity: Exclude<Severity, 'info'>;
  /** Threats of this severity. */
  count: number;
  /** Taken off for each. */
  points: number;
  /** Taken off for all of them at most. */
  most: number;
  /** Taken off. */
  deduction: number;
}

export interface SecurityScore {
  /** 0…100. */
  score: number;
  status: SecurityStatus;
  lines: ScoreLine[];
}

/** Points that a threat costs, and what all of a severity cost at most. */
const costs = [
  { severity: 'critical', points: 20, most: 80 },
  { severity: 'high', points: 10, most: 60 },
  { severity: 'medium', points: 5, most: 40 },
  { severity: 'low', points: 1, most: 20 },
] as const;

/** The Firewall Log Analyzer's documented score: 100 without threats, never below 0. */
export function securityScore(counts: Readonly<Record<Exclude<Severity, 'info'>, number>>): SecurityScore {
  const lines = costs.map(({ severity, points, most }): ScoreLine => {
    const count = counts[severity];
    return { severity, count, points, most, deduction: Math.min(points * count, most) };
  });
  const score = Math.max(0, 100 - lines.reduce((sum, { deduction }) => sum + deduction, 0));
  return { score, status: statusOf(score), lines };
}

const statusOf = (score: number): SecurityStatus =>
  score >= 80 ? 'SECURE' : score >= 60 ? 'MODERATE' : score >= 40 ? 'WARNING' : 'CRITICAL';
