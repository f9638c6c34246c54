/**
 * Weekly reports with threats over 10 million stored events, while another process sends 5,000 events a second: the week that
 * has all of them, the week that has the younger half (the other half is what it is compared with), and each again. The history
 * is made by {@link makeHistory} once and copied; times are those of a client of the real program.
 */
import { fork } from 'node:child_process';
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

const sender =
  rate > 0 ? fork(join(import.meta.dirname, 'send-udp.ts'), [program.syslogPort, rate, 600, 20].map(String)) : null;
try {
  // Digests of slices that came without are made after the start.
  await new Promise((done) => setTimeout(done, Number(process.env.BENCH_IDLE_SECONDS ?? 20) * 1000));
  const first = day(end - events * stepMs);
  const middle = day(end - Math.floor((events * stepMs) / 2 / dayMs) * dayMs);
  for (const again of ['', ', again']) {
    await report(`all events in it${again}`, first);
    await report(`half of them before it${again}`, middle);
  }
} catch (error) {
  console.error(program.output());
  throw error;
} finally {
  if (sender !== null) {
    const exited = once(sender, 'exit');
    sender.kill();
    await exited;
  }
  await program.stop();
  removeFolder(folder);
}
