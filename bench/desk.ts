/**
 * What an analyst waits for, over 10 million stored events, while another process sends 5,000 events a second: pages with
 * filters, text search, the first hit, overview, top lists, and what is held in memory. The history is made by
 * {@link makeHistory} once and copied; times are those of a client of the real program.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Program, removeFolder, startProgram } from '../test/program.ts';
import { makeHistory } from './history.ts';
import { benchFolder, median, thousands } from './measure.ts';
import { cpuSeconds, residentMb, workerPid } from './process.ts';

const events = Number(process.env.BENCH_EVENTS ?? 10_000_000);
const rate = Number(process.env.BENCH_RATE ?? 5000);
const rounds = Number(process.env.BENCH_RUNS ?? 5);
const stepMs = 50;
const end = Date.UTC(2026, 10, 20);
const senderSeconds = 240;

const history = await makeHistory(join(benchFolder, `history-${events}`), events, stepMs, end);
const folder = mkdtempSync(join(tmpdir(), 'phosor-bench-desk-'));
const dataDir = join(folder, 'data');
mkdirSync(dataDir);
cpSync(history.folder, join(dataDir, 'events'), { recursive: true });
const program = await startProgram({
  dataDir,
  env: { PHOSOR_STORE_MAX_BYTES: '8000000000', PHOSOR_SYSLOG_RATE: '0', PHOSOR_API_RATE: '0' },
});

/** What is counted of a slice is made at the first start with a history that came without. */
async function digested(): Promise<void> {
  const began = performance.now();
  const count = (end: string): number =>
    readdirSync(join(dataDir, 'events')).filter((name) => name.endsWith(end)).length;
  while (count('.words.digest') < count('.duckdb')) await new Promise((done) => setTimeout(done, 500));
  console.log(`  digests of slices were made in ${((performance.now() - began) / 1000).toFixed(0)} s`);
}

async function ask(path: string): Promise<unknown> {
  const answer = await program.api(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

interface Found {
  /** Milliseconds until the first hit, and until the end. */
  first: number;
  whole: number;
  total: number | null;
}

async function search(body: object): Promise<Found> {
  const began = performance.now();
  const answer = await program.api('/api/search', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok || answer.body === null) throw new Error(`${answer.status}: ${await answer.text()}`);
  let first = Number.NaN;
  let rest = '';
  for await (const part of answer.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = JSON.parse(line) as { type: string; events?: unknown[]; total?: number | null; detail?: string };
      if (message.type === 'page' && (message.events?.length ?? 0) > 0 && Number.isNaN(first))
        first = performance.now() - began;
      if (message.type === 'error') throw new Error(message.detail);
      if (message.type === 'done') return { first, whole: performance.now() - began, total: message.total ?? null };
    }
  }
  throw new Error('The answer ended without its end.');
}

/** Median of the rounds, each a little apart; the first of all is left out where `isWarm`. */
async function timed(
  label: string,
  target: number,
  work: (round: number) => Promise<number>,
  isWarm = false,
): Promise<void> {
  const times: number[] = [];
  const pid = workerPid(dataDir);
  const before = cpuSeconds(pid);
  for (let round = isWarm ? -1 : 0; round < rounds; round += 1) {
    const ms = await work(round);
    if (round >= 0) times.push(ms);
    await new Promise((done) => setTimeout(done, 50));
  }
  // Beside events that arrive, it would be theirs too.
  const cpu = ((cpuSeconds(pid) - before) * 1000) / (times.length + (isWarm ? 1 : 0));
  const cost = rate > 0 ? '' : `, ${cpu.toFixed(0)} ms of processor time`;
  const worst = Math.max(...times).toFixed(0);
  console.log(`${label}: median ${median(times).toFixed(1)} ms, worst ${worst} ms (target ${target})${cost}`);
}

const clock = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};
const get = (path: (round: number) => string) => (round: number) => clock(() => ask(path(round)));
const day = (round: number): string => new Date(end - (round + 2) * 86_400_000).toISOString();

async function sendWhile(work: () => Promise<void>): Promise<void> {
  const taken = async (): Promise<number> =>
    ((await (await fetch(`${program.address}/health`)).json()) as { events: number }).events;
  const idle = await taken();
  const sender = fork(
    join(import.meta.dirname, 'send-udp.ts'),
    [program.syslogPort, rate, senderSeconds, 20].map(String),
  );
  const exited = once(sender, 'exit');
  while ((await taken()) < idle + rate) await new Promise((done) => setTimeout(done, 100));
  const [before, began] = [await taken(), performance.now()];
  try {
    await work();
  } finally {
    const arrived = ((await taken()) - before) / ((performance.now() - began) / 1000);
    console.log(`  beside it ${thousands(arrived)} events/s of ${thousands(rate)} sent were taken in`);
    sender.kill();
    await exited;
  }
}

/** Words of 6, 8, 26 and 27 lines in a hundred: a word of its own each round, so that no answer is one that was kept. */
const commonWords = ['publickey', 'run-parts', 'mozilla', 'failed', 'urgp', 'sudo'];

async function measure(target: Program): Promise<void> {
  const { total } = (await ask('/api/logs?page_size=1')) as { total: number };
  console.log(`  ${thousands(total)} events are stored`);
  if (total < events) throw new Error(`${events} events were made and ${total} are stored`);
  await timed(
    'page by severity and type',
    200,
    get((round) => `/api/logs?severity=HIGH&event_type=SSH_FAILED_LOGIN&page=${round + 1}&page_size=50`),
  );
  await timed(
    'page by port',
    200,
    get((round) => `/api/logs?destination_port=${443 + round}&page_size=50`),
  );
  await timed(
    'page by network',
    200,
    get((round) => `/api/logs?source_ip=203.0.${round + 20}.0/24&page_size=50`),
  );
  await timed(
    'page 10,000 of all',
    200,
    get((round) => `/api/logs?page=${10_000 + round * 7}&page_size=50`),
  );
  await timed(
    'page of a day, by cursor',
    200,
    get((round) => `/api/events?severity=medium&to=${day(round)}&limit=100`),
  );
  const counted = { histogram: true, facets: ['severity', 'event_type', 'src_ip', 'user', 'host'], limit: 100 };
  await timed(
    'search, a rare word over all',
    1500,
    async (round) => (await search({ ...counted, query: `"zebra${round}"` })).whole,
  );
  await timed(
    'search, one address over all',
    1500,
    async (round) => (await search({ ...counted, query: `"203.0.7${round}.17"` })).whole,
  );
  await timed(
    'search, a common word over all',
    1500,
    async (round) => (await search({ ...counted, query: commonWords[round % commonWords.length] ?? '' })).whole,
  );
  await timed('search, everything', 1500, async () => (await search({ ...counted, query: '' })).whole);
  await timed(
    'first hit in the newest slice',
    300,
    async (round) => (await search({ ...counted, query: `"port 4${round}"` })).first,
  );
  await timed(
    'overview',
    300,
    get(() => '/api/overview'),
  );
  await timed(
    'top addresses',
    500,
    get(() => '/api/logs/stats/top-ips?limit=10'),
  );
  await timed(
    'top ports',
    500,
    get(() => '/api/logs/stats/top-ports?limit=10'),
  );
  await timed(
    'top users of a day',
    500,
    get((round) => `/api/logs/stats/top-users?start_date=${day(round)}`),
  );
  await timed(
    'summary',
    500,
    get(() => '/api/logs/stats/summary'),
  );
  await timed(
    'newest logs from memory',
    20,
    get(() => '/api/logs/cache/auth?limit=100'),
    true,
  );
  const pid = workerPid(target.dataDir);
  console.log(
    `  ${Math.round(residentMb(pid))} MB, ${cpuSeconds(pid).toFixed(0)} s of processor time, load ${loadavg()[0]?.toFixed(1)}`,
  );
}

try {
  await digested();
  if (rate > 0) await sendWhile(() => measure(program));
  else await measure(program);
} catch (error) {
  console.error(program.output());
  throw error;
} finally {
  await program.stop();
  removeFolder(folder);
}
