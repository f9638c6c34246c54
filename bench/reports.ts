/**
 * Reports with threats over 10 million stored events, while another process sends 5,000 events a second: the week that has all
 * of them and the week that has the younger half (the other half is what it is compared with), on a history that the program
 * sees for the first time and again; then the week and the day that have the running hour, in which events have been arriving
 * for some minutes, and the detectors of the last day. The history is made by {@link makeHistory} once and copied; times are
 * those of a client of the real program.
 *
 * `BENCH_COLD=0` waits until the program has looked through the history by itself. `BENCH_PAST=0` leaves the past weeks out.
 * `BENCH_LIVE_SECONDS` (240): so long events arrive before the running hour is asked about.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeFolder, startProgram } from '../test/program.ts';
import { makeHistory } from './history.ts';
import { benchFolder, thousands } from './measure.ts';
import { cpuSeconds, residentMb, workerPid } from './process.ts';

const events = Number(process.env.BENCH_EVENTS ?? 10_000_000);
const rate = Number(process.env.BENCH_RATE ?? 5000);
const stepMs = 50;
const end = Date.UTC(2026, 10, 20);
const dayMs = 86_400_000;
const day = (time: number): string => new Date(time).toISOString().slice(0, 10);

interface Report {
  log_statistics: { total_logs: number };
  comparison: { total_logs: { before: number } };
  summary: { security_score: number; threat_summary: Record<string, number> };
  notes: string[];
}

const history = await makeHistory(join(benchFolder, `history-messages-${events}`), events, stepMs, end);
const folder = mkdtempSync(join(tmpdir(), 'phosor-bench-reports-'));
const dataDir = join(folder, 'data');
mkdirSync(dataDir);
// Events without a state are refused: a first start makes one.
await (await startProgram({ dataDir })).stop();
cpSync(history.folder, join(dataDir, 'events'), { recursive: true });
const program = await startProgram({
  dataDir,
  env: { PHOSOR_STORE_MAX_BYTES: '8000000000', PHOSOR_SYSLOG_RATE: '0', PHOSOR_API_RATE: '0' },
});
const pid = workerPid(dataDir);

/** The most memory of the program while something is asked. */
async function watched<T>(work: () => Promise<T>): Promise<{ value: T; most: number }> {
  let most = residentMb(pid);
  const timer = setInterval(() => {
    most = Math.max(most, residentMb(pid));
  }, 200);
  try {
    return { value: await work(), most };
  } finally {
    clearInterval(timer);
  }
}

async function report(label: string, query: string): Promise<void> {
  const [began, cpu, before] = [performance.now(), cpuSeconds(pid), residentMb(pid)];
  const { value: answer, most } = await watched(() => program.api(`/api/reports/${query}&timezone=UTC`));
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  const { report: made } = (await answer.json()) as { report: Report };
  const seconds = (performance.now() - began) / 1000;
  const { total_logs } = made.log_statistics;
  const { threat_summary, security_score } = made.summary;
  console.log(
    `  ${thousands(total_logs)} events, compared with ${thousands(made.comparison.total_logs.before)}: ${JSON.stringify(threat_summary)}, score ${security_score}, ` +
      `${(cpuSeconds(pid) - cpu).toFixed(1)} s of processor time, ${Math.round(before)} MB before, ${Math.round(most)} MB at most, load ${loadavg()[0]?.toFixed(1)}`,
  );
  for (const note of made.notes) console.log(`    ${note}`);
  console.log(`report, ${label}: ${seconds.toFixed(1)} s (target 10)`);
}

/** One sender after the other: each makes its lines beforehand. */
const sending: { child: ChildProcess | null; isOver: boolean } = { child: null, isOver: rate === 0 };
function send(): void {
  if (sending.isOver) return;
  sending.child = fork(join(import.meta.dirname, 'send-udp.ts'), [program.syslogPort, rate, 120, 20].map(String));
  sending.child.on('exit', send);
}
send();
const cpuOfStart = cpuSeconds(pid);
const began = performance.now();

/** Waits for a line of the program. */
async function told(line: RegExp, seconds: number): Promise<string> {
  for (let waited = 0; waited < seconds; waited += 1) {
    const found = line.exec(program.output())?.[0];
    if (found !== undefined) return found;
    await new Promise((done) => setTimeout(done, 1000));
  }
  throw new Error(`Within ${seconds} s the program did not say ${line}.`);
}

try {
  const first = day(end - events * stepMs);
  const middle = day(end - Math.floor((events * stepMs) / 2 / dayMs) * dayMs);
  if (process.env.BENCH_PAST !== '0') {
    if (process.env.BENCH_COLD === '0') {
      console.log(`  ${await told(/Stored events were looked through.*/, 1800)}`);
      console.log(
        `  ${((performance.now() - began) / 1000).toFixed(0)} s after the start, ${(cpuSeconds(pid) - cpuOfStart).toFixed(0)} s of processor time with what arrived`,
      );
    } else {
      // Digests of slices that came without are made after the start.
      await sleep(Number(process.env.BENCH_IDLE_SECONDS ?? 20) * 1000);
      await report('all events in it, never looked at before', `weekly?start_date=${first}`);
    }
    await report('all events in it', `weekly?start_date=${first}`);
    await report('half of them before it', `weekly?start_date=${middle}`);
  }
  await sleep(Number(process.env.BENCH_LIVE_SECONDS ?? 240) * 1000 - (performance.now() - began));
  for (const again of ['', ', again', ', and again']) {
    await report(`the week with the running hour${again}`, `weekly?start_date=${day(Date.now() - 6 * dayMs)}`);
    await sleep(20_000);
  }
  await report('today', `daily?date=${day(Date.now())}`);
  for (const kind of ['brute-force', 'ddos', 'port-scan', 'sql-injection']) {
    const [asked, cpu] = [performance.now(), cpuSeconds(pid)];
    const { value: answer, most } = await watched(() => program.api(`/api/threats/${kind}`));
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    const { total_detections } = (await answer.json()) as { total_detections: number };
    console.log(
      `  ${total_detections} found, ${(cpuSeconds(pid) - cpu).toFixed(1)} s of processor time, ${Math.round(most)} MB`,
    );
    console.log(`threats of the last day, ${kind}: ${((performance.now() - asked) / 1000).toFixed(1)} s`);
  }
} catch (error) {
  console.error(program.output());
  throw error;
} finally {
  sending.isOver = true;
  if (sending.child !== null) {
    const exited = once(sending.child, 'exit');
    sending.child.kill();
    await exited;
  }
  await program.stop();
  removeFolder(folder);
}
