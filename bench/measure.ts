import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where inputs are kept between runs: outside of the repository. */
export const benchFolder = join(tmpdir(), 'phosor-bench');

export interface Cost {
  /** Seconds of processor time (user + system) of the command and its children. */
  cpu: number;
  wall: number;
  status: number | null;
  stdout: string;
  stderr: string;
}

const hasTaskset = spawnSync('taskset', ['-c', '0', 'true']).status === 0;

/** Runs a shell command on one core where `taskset` exists, and measures what it took. */
export function runOnOneCore(command: string, core = 1): Cost {
  const pinned = hasTaskset ? `taskset -c ${core} ${command}` : command;
  const { stdout, stderr, status } = spawnSync('bash', ['-c', `TIMEFORMAT='@@%U %S %R'; time ${pinned}`], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    timeout: 300_000,
  });
  const [, times = ''] = /@@([\d. ]+)\s*$/.exec(stderr.replaceAll(',', '.')) ?? [];
  const [user = Number.NaN, system = Number.NaN, wall = Number.NaN] = times.split(' ').map(Number);
  return { cpu: user + system, wall, status, stdout, stderr };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** `p` of 0…1 by the nearest rank. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;
}

export const thousands = (n: number): string => Math.round(n).toLocaleString('en-US');
