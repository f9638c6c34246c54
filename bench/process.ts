/** What the system says about a running process (Linux: /proc). */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ticksPerSecond = 100;

/** Process id of the started program, whose launcher is another process. */
export function workerPid(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'phosor.lock'), 'utf8'));
}

function secondsOf(statFile: string): number {
  const stat = readFileSync(statFile, 'utf8');
  // The second column is the name in parentheses, which may hold anything.
  const [utime = 0, stime = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (utime + stime) / ticksPerSecond;
}

/** Seconds of processor time so far, all threads. */
export function cpuSeconds(pid: number): number {
  return secondsOf(`/proc/${pid}/stat`);
}

/** The same per thread, by thread id. */
export function threadSeconds(pid: number): Map<string, { name: string; seconds: number }> {
  const folder = `/proc/${pid}/task`;
  return new Map(
    readdirSync(folder).flatMap((id) => {
      try {
        const name = readFileSync(join(folder, id, 'comm'), 'utf8').trim();
        return [[id, { name, seconds: secondsOf(join(folder, id, 'stat')) }]];
      } catch {
        return []; // it ended meanwhile
      }
    }),
  );
}

/** Seconds per thread since `before`: JavaScript threads each, pools of the same name together; those above 0.1 s. */
export function busiest(before: ReturnType<typeof threadSeconds>, now: ReturnType<typeof threadSeconds>): string {
  const sums = new Map<string, number>();
  for (const [id, { name, seconds }] of now) {
    const key = name === 'WorkerThread' ? `worker ${sums.size}` : name;
    sums.set(key, (sums.get(key) ?? 0) + seconds - (before.get(id)?.seconds ?? 0));
  }
  return [...sums]
    .filter(([, seconds]) => seconds > 0.1)
    .sort((a, b) => b[1] - a[1])
    .map(([name, seconds]) => `${name} ${seconds.toFixed(1)}`)
    .join(', ');
}

/** Resident memory in MB (10^6 bytes), as `ps` and `top` count it. */
export function residentMb(pid: number): number {
  const [, kib = Number.NaN] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (Number(kib) * 1024) / 1e6;
}

/** Its parent: of the started program, the launcher. */
export function parentOf(pid: number): number {
  const [, parent] = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(parent);
}

export const hasProc = existsSync('/proc/self/status');
