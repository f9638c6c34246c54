/**
 * Everything stored: the real program reads an auth.log, parses, redacts, matches, correlates, spools durably and loads
 * into DuckDB. The clock stops when the event store says that every line can be queried. Once by a followed file, once
 * by one TCP connection.
 */
import { fork } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Program, removeFolder, startProgram } from '../test/program.ts';
import { authLogFile } from './auth-log.ts';
import { benchFolder, median, thousands } from './measure.ts';
import { busiest, cpuSeconds, residentMb, threadSeconds, workerPid } from './process.ts';

const lines = Number(process.env.BENCH_LINES ?? 1_000_000);
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const ways = (process.env.BENCH_WAYS ?? 'file,tcp').split(',') as ('file' | 'tcp')[];
/** Unless this is set, every 60th line begins an attack from an address never seen before: 53 alerts per 1,000 lines. */
const attackers = Number(process.env.BENCH_ATTACKERS ?? Number.POSITIVE_INFINITY);
const input = join(benchFolder, `auth-${lines}-${attackers}.log`);
console.log(`input: ${thousands(lines)} lines, sha256 ${(await authLogFile(input, lines, attackers)).slice(0, 16)}…`);

interface Stats {
  total_events: number;
  stored_events: number;
  not_stored: number;
}

/** Sends the whole log over one connection from another process. */
function sendByTcp(port: number): void {
  fork(join(import.meta.dirname, 'send-tcp.ts'), [String(port), input]);
}

async function storedUpTo(program: Program, wanted: number): Promise<Stats> {
  const end = performance.now() + 300_000;
  for (;;) {
    const health = (await (await fetch(`${program.address}/health`)).json()) as { events: number };
    // The question itself makes the spool hand over what it has: it is asked at the end only.
    if (health.events > wanted * 0.9 || performance.now() > end) {
      const stats = (await (await program.api('/api/stats')).json()) as Stats;
      if (stats.stored_events >= wanted) return stats;
      if (performance.now() > end) throw new Error(`${stats.stored_events} of ${wanted} are stored after 300 s`);
    }
    await new Promise((done) => setTimeout(done, 100));
  }
}

async function run(way: 'file' | 'tcp'): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'phosor-bench-stored-'));
  const watched = join(folder, 'logs');
  mkdirSync(watched);
  const file = join(watched, 'auth.log');
  const program = await startProgram({
    dataDir: join(folder, 'data'),
    env: {
      PHOSOR_FILE_ROOTS: watched,
      PHOSOR_FILES_WATCH: file,
      PHOSOR_SYSLOG_RATE: '0',
      PHOSOR_API_RATE: '0',
    },
  });
  try {
    const pid = workerPid(program.dataDir);
    const cpuBefore = cpuSeconds(pid);
    const before = threadSeconds(pid);
    const began = performance.now();
    // A file that appears under a path that is waited for is read from its beginning.
    if (way === 'file') linkSync(input, file);
    else sendByTcp(program.syslogPort);
    const { stored_events: stored, not_stored: notStored } = await storedUpTo(program, lines);
    const wall = (performance.now() - began) / 1000;
    const cpu = cpuSeconds(pid) - cpuBefore;
    const threads = busiest(before, threadSeconds(pid));
    console.log(
      `${way}: ${thousands(stored)} stored of ${thousands(lines)}, ${notStored} not stored, ${wall.toFixed(1)} s, ` +
        `${thousands(lines / wall)} events/s; ${cpu.toFixed(1)} s of processor time (${((cpu * 1e6) / lines).toFixed(1)} µs/event: ` +
        `${threads}), ${Math.round(residentMb(pid))} MB, load ${loadavg()[0]?.toFixed(1)}`,
    );
    if (stored !== lines) throw new Error(`${stored} events are stored, ${lines} were written`);
    return lines / wall;
  } catch (error) {
    console.error(program.output());
    throw error;
  } finally {
    await program.stop();
    removeFolder(folder);
  }
}

const rates: Record<string, number[]> = { file: [], tcp: [] };
for (let round = 0; round < rounds; round += 1) {
  for (const way of ways) rates[way]?.push(await run(way));
}
for (const way of ways) {
  const some = rates[way] ?? [];
  console.log(
    `everything stored, by ${way}: median ${thousands(median(some))} events/s, best ${thousands(Math.max(...some))} (target 60,000)`,
  );
}
