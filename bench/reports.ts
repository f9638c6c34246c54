/**
 * Weekly reports with threats over 10 million stored events, while another process sends 5,000 events a second: the week that
 * has all of them and the week that has the younger half (the other half is what it is compared with), on a history that the
 * program sees for the first time, after it has worked through past hours by itself, and again. The history is made by
 * {@link makeHistory} once and copied; times are those of a client of the real program.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
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
cpSync(history.folder, join(dataDir, 'events'), { recursive: true });
const program = await startProgram({
  dataDir,
  env: { PHOSOR_STORE_MAX_BYTES: '8000000000', PHOSOR_SYSLOG_RATE: '0', PHOSOR_API_RATE: '0' },
});
const pid = workerPid(dataDir);

async function report(label: string, start: string): Promise<void> {
  const [began, cpu] = [performance.now(), cpuSeconds(pid)];
  const answer = await program.api(`/api/reports/weekly?start_date=${start}&timezone=UTC`);
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  const { report: made } = (await answer.json()) as { report: Report };
  const seconds = (performance.now() - began) / 1000;
  const { total_logs } = made.log_statistics;
  const { threat_summary, security_score } = made.summary;
  console.log(
    `  ${thousands(total_logs)} events, compared with ${thousands(made.comparison.total_logs.before)}: ${JSON.stringify(threat_summary)}, score ${security_score}, ` +
      `${(cpuSeconds(pid) - cpu).toFixed(1)} s of processor time, ${Math.round(residentMb(pid))} MB, load ${loadavg()[0]?.toFixed(1)}`,
  );
  for (const note of made.notes) console.log(`    ${note}`);
  console.log(`weekly report, ${label}: ${seconds.toFixed(1)} s (target 10)`);
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
  if (process.env.BENCH_COLD !== '0') {
    // Digests of slices that came without are made after the start.
    await new Promise((done) => setTimeout(done, Number(process.env.BENCH_IDLE_SECONDS ?? 20) * 1000));
    await report('all events in it, nothing worked out before', first);
  }
  console.log(`  ${await told(/The detectors have worked through past hours.*/, 1800)}`);
  console.log(
    `  ${((performance.now() - began) / 1000).toFixed(0)} s after the start, ${(cpuSeconds(pid) - cpuOfStart).toFixed(0)} s of processor time with what arrived`,
  );
  for (const again of ['', ', again']) {
    await report(`all events in it${again}`, first);
    await report(`half of them before it${again}`, middle);
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
