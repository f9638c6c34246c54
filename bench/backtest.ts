/**
 * A backtest over 10 million stored events through the real program, while another process sends 5,000 events a second.
 * Three rules: a threshold of Sigma (failed logins of one address), the same as an edit beside its old version, and a native
 * threshold. The history is made by {@link makeHistory} once and copied.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BacktestMessage } from '../src/serve/backtest/messages.ts';
import { type Program, removeFolder, startProgram } from '../test/program.ts';
import { makeHistory } from './history.ts';
import { benchFolder, percentile, thousands } from './measure.ts';
import { busiest, cpuSeconds, residentMb, threadSeconds, workerPid } from './process.ts';

const events = Number(process.env.BENCH_EVENTS ?? 10_000_000);
const rate = Number(process.env.BENCH_RATE ?? 5000);
/** 50 ms apart: ten million are six days. */
const stepMs = 50;
/** A fixed end, so that what was made once can be used again. */
const end = Date.UTC(2026, 10, 20);
const attackers = 20;
const most = Number(process.env.BENCH_RUNS ?? 3);

const made = performance.now();
const history = await makeHistory(join(benchFolder, `history-${events}`), events, stepMs, end);
console.log(
  `history: ${thousands(events)} events in ${Math.round(history.bytes / 1e6)} MB, ready after ${((performance.now() - made) / 1000).toFixed(0)} s`,
);

const bruteForce = (atLeast: number): string => `title: Many failed logins of one address
correlation:
  type: event_count
  rules: [failed_login]
  group-by: [src_ip]
  timespan: 1m
  condition: { gte: ${atLeast} }
---
title: Failed login
name: failed_login
logsource: { product: linux, service: sshd }
detection: { selection: { event_type: auth.failure }, condition: selection }
`;
const sigma = (atLeast: number) => ({ type: 'sigma', config: { yaml: bruteForce(atLeast) } });
const native = {
  type: 'threshold',
  name: 'Failed logins',
  config: { field: 'parsed.event_type', value: 'auth_fail', count: 200, window_seconds: 60, group_by: ['src_ip'] },
};

/** Longer than any run; the sender makes its lines before it begins. */
const senderSeconds = 120;

async function taken(program: Program): Promise<number> {
  return ((await (await fetch(`${program.address}/health`)).json()) as { events: number }).events;
}

/** Sends while `work` runs; says how much of it arrived, and how long `/health` took to answer. */
async function besideSender<T>(program: Program, work: () => Promise<T>): Promise<T> {
  const idle = await taken(program);
  const sender = fork(
    join(import.meta.dirname, 'send-udp.ts'),
    [program.syslogPort, rate, senderSeconds, attackers].map(String),
  );
  const exited = once(sender, 'exit');
  while ((await taken(program)) < idle + rate) await new Promise((done) => setTimeout(done, 100));
  const waits: number[] = [];
  let isOver = false;
  const before = await taken(program);
  const began = performance.now();
  const asking = (async () => {
    while (!isOver) {
      await new Promise((done) => setTimeout(done, 100));
      const asked = performance.now();
      await taken(program);
      waits.push(performance.now() - asked);
    }
  })();
  try {
    return await work();
  } finally {
    isOver = true;
    await asking;
    const arrived = ((await taken(program)) - before) / ((performance.now() - began) / 1000);
    const isWhole = sender.exitCode === null;
    console.log(
      `  beside it: ${thousands(arrived)} events/s taken in of ${thousands(rate)} sent${isWhole ? '' : ', but not to the end'}; /health p99 ${percentile(waits, 0.99).toFixed(0)} ms`,
    );
    sender.kill();
    await exited;
  }
}

interface Timed {
  /** Seconds to the first alert, and to the result. */
  first: number;
  whole: number;
}

async function backtest(program: Program, body: object): Promise<Timed> {
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  const answer = await program.api('/api/rules/backtest', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...body,
      from: new Date(history.from).toISOString(),
      to: new Date(history.to).toISOString(),
    }),
  });
  if (!answer.ok || answer.body === null) throw new Error(`${answer.status}: ${await answer.text()}`);
  let first = Number.NaN;
  let rest = '';
  for await (const part of answer.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = JSON.parse(line) as BacktestMessage | { type: 'error'; detail: string };
      if (message.type === 'alert' && Number.isNaN(first)) first = seconds();
      if (message.type === 'error') throw new Error(message.detail);
      if (message.type !== 'result') continue;
      const { scanned, matched, alerts, truncated, selection } = message;
      if (scanned !== events || truncated !== null) throw new Error(`${scanned} events were looked at: ${truncated}`);
      console.log(
        `  ${thousands(scanned)} events, ${thousands(matched)} matched, ${alerts.old ?? '–'} / ${alerts.new} alerts, pushed down: ${selection}`,
      );
      return { first, whole: seconds() };
    }
  }
  throw new Error('The answer ended without a result.');
}

const folder = mkdtempSync(join(tmpdir(), 'phosor-bench-backtest-'));
const dataDir = join(folder, 'data');
mkdirSync(dataDir);
// Events without a state are refused: a first start makes one.
await (await startProgram({ dataDir })).stop();
cpSync(history.folder, join(dataDir, 'events'), { recursive: true });
const program = await startProgram({
  dataDir,
  env: { PHOSOR_SYSLOG_RATE: '0', PHOSOR_API_RATE: '0', PHOSOR_STORE_MAX_BYTES: '20000000000' },
});
try {
  const pid = workerPid(dataDir);
  const stored = await program.api('/api/rules', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...sigma(20), id: 'bench-old', enabled: false }),
  });
  if (!stored.ok) throw new Error(await stored.text());
  const runs: [string, object][] = [
    ['threshold', { rule: sigma(10) }],
    ['an edit beside the old version', { rule: sigma(10), compare_to: 'bench-old' }],
    ['native threshold', { rule: native }],
  ];
  const timed: [string, Timed][] = [];
  for (const [name, body] of runs.slice(0, most)) {
    console.log(`${name}:`);
    const cpu = cpuSeconds(pid);
    const threads = threadSeconds(pid);
    timed.push([name, await besideSender(program, () => backtest(program, body))]);
    console.log(
      `  ${(cpuSeconds(pid) - cpu).toFixed(1)} s of processor time, live events included (${busiest(threads, threadSeconds(pid))}); ` +
        `${Math.round(residentMb(pid))} MB, load ${loadavg()[0]?.toFixed(1)}`,
    );
  }
  for (const [name, { first, whole }] of timed) {
    console.log(`backtest, ${name}, first results: ${first.toFixed(2)} s (target 2)`);
    console.log(
      `backtest, ${name}, whole: ${whole.toFixed(1)} s, ${thousands(events / whole)} events a second (target 60)`,
    );
  }
} catch (error) {
  console.error(program.output());
  throw error;
} finally {
  await program.stop();
  removeFolder(folder);
}
