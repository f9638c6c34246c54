/**
 * What an analyst waits for, over 10 million stored events, while another process sends 5,000 events a second: pages with
 * filters, text search, the first hit, overview, top lists, and what is held in memory. The history is made by
 * {@link makeHistory} once and copied; times are those of a client of the real program.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder, startProgram } from '../test/program.ts';
import { makeHistory } from './history.ts';
import { benchFolder, percentile, thousands } from './measure.ts';
import { cpuSeconds, residentMb, workerPid } from './process.ts';

const events = Number(process.env.BENCH_EVENTS ?? 10_000_000);
const rate = Number(process.env.BENCH_RATE ?? 5000);
const rounds = Number(process.env.BENCH_RUNS ?? 20);
/** Only questions whose name has it. */
const only = process.env.BENCH_ONLY ?? '';
const stepMs = 50;
const end = Date.UTC(2026, 10, 20);
const senderSeconds = 300;
/** To be raised when what is counted of slices changes. */
const digestVersion = 1;

const history = await makeHistory(join(benchFolder, `history-${events}`), events, stepMs, end);
const folder = mkdtempSync(join(tmpdir(), 'phosor-bench-desk-'));
const dataDir = join(folder, 'data');
mkdirSync(dataDir);
// Events without a state are refused: a first start makes one.
await (await startProgram({ dataDir })).stop();
cpSync(history.folder, join(dataDir, 'events'), { recursive: true });
const digests = `${history.folder}-digests-${digestVersion}`;
if (existsSync(digests)) cpSync(digests, join(dataDir, 'events'), { recursive: true });
const program = await startProgram({
  dataDir,
  env: { PHOSOR_STORE_MAX_BYTES: '8000000000', PHOSOR_SYSLOG_RATE: '0', PHOSOR_API_RATE: '0' },
});

/** What is counted of a slice is made at the first start with a history that came without; it is kept for the next. */
async function digested(): Promise<void> {
  const began = performance.now();
  const names = (end: string): string[] => readdirSync(join(dataDir, 'events')).filter((name) => name.endsWith(end));
  const count = (end: string): number => new Set(names(end).map((name) => name.slice(0, 6))).size;
  while (count('.words.digest') < count('.duckdb')) await new Promise((done) => setTimeout(done, 500));
  if (existsSync(digests)) return;
  console.log(`  digests of slices were made in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  mkdirSync(`${digests}.new`, { recursive: true });
  for (const name of names('.digest')) cpSync(join(dataDir, 'events', name), join(`${digests}.new`, name));
  renameSync(`${digests}.new`, digests);
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

interface Question {
  label: string;
  target: number;
  work: (round: number) => Promise<number>;
}

/** Each round asks every question once, so that what happens now and then (a log written into its file) meets them all. */
async function timed(questions: readonly Question[]): Promise<void> {
  const times = new Map(questions.map(({ label }) => [label, [] as number[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const { label, work } of questions) {
      times.get(label)?.push(await work(round));
      await new Promise((done) => setTimeout(done, 50));
    }
  }
  for (const { label, target } of questions) {
    const found = times.get(label) ?? [];
    const [p50, p95, most] = [percentile(found, 0.5), percentile(found, 0.95), Math.max(...found)].map((ms) =>
      ms.toFixed(ms < 10 ? 1 : 0).padStart(5),
    );
    const missed = found.filter((ms) => ms > target).length;
    console.log(
      `${label.padEnd(40)} p50 ${p50}  p95 ${p95}  max ${most} ms, target ${String(target).padStart(4)}${missed === 0 ? '' : `, ${missed} of ${found.length} above it`}`,
    );
  }
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

/** Words of 6, 8, 26 and 27 lines in a hundred: another each round, so that few answers are ones that were kept. */
const commonWords = ['publickey', 'run-parts', 'mozilla', 'failed', 'urgp', 'sudo'];
const counted = { histogram: true, facets: ['severity', 'event_type', 'src_ip', 'user', 'host'], limit: 100 };
const whole = (query: (round: number) => string) => async (round: number) =>
  (await search({ ...counted, query: query(round) })).whole;

const questions: readonly Question[] = [
  {
    label: 'page by severity and type',
    target: 200,
    work: get((round) => `/api/logs?severity=HIGH&event_type=SSH_FAILED_LOGIN&page=${round + 1}&page_size=50`),
  },
  {
    label: 'page by port',
    target: 200,
    work: get((round) => `/api/logs?destination_port=${443 + round}&page_size=50`),
  },
  {
    label: 'page by network',
    target: 200,
    work: get((round) => `/api/logs?source_ip=203.0.${round + 20}.0/24&page_size=50`),
  },
  {
    label: 'page 10,000 of all',
    target: 200,
    work: get((round) => `/api/logs?page=${10_000 + round * 7}&page_size=50`),
  },
  {
    label: 'page of a day, by cursor',
    target: 200,
    work: get((round) => `/api/events?severity=medium&to=${day(round)}&limit=100`),
  },
  { label: 'search, a rare word over all', target: 1500, work: whole((round) => `"zebra${round}"`) },
  { label: 'search, one address over all', target: 1500, work: whole((round) => `"203.0.7${round % 10}.17"`) },
  {
    label: 'search, a common word over all',
    target: 1500,
    work: whole((round) => commonWords[round % commonWords.length] ?? ''),
  },
  { label: 'search, everything', target: 1500, work: whole(() => '') },
  {
    label: 'first hit in the newest slice',
    target: 300,
    work: async (round) => (await search({ ...counted, query: `"port 4${round}"` })).first,
  },
  { label: 'overview', target: 300, work: get(() => '/api/overview') },
  { label: 'top addresses', target: 500, work: get(() => '/api/logs/stats/top-ips?limit=10') },
  { label: 'top ports', target: 500, work: get(() => '/api/logs/stats/top-ports?limit=10') },
  {
    label: 'top users of a day',
    target: 500,
    work: get((round) => `/api/logs/stats/top-users?start_date=${day(round % 5)}`),
  },
  { label: 'summary', target: 300, work: get(() => '/api/logs/stats/summary') },
  { label: 'newest logs from memory', target: 20, work: get(() => '/api/logs/cache/auth?limit=100') },
];

async function measure(): Promise<void> {
  const { total } = (await ask('/api/logs?page_size=1')) as { total: number };
  console.log(`  ${thousands(total)} events are stored`);
  if (total < events) throw new Error(`${events} events were made and ${total} are stored`);
  // What is in memory is asked for once before: the first answer fills it.
  await ask('/api/logs/cache/auth?limit=100');
  const pid = workerPid(dataDir);
  const [before, began, at] = [residentMb(pid), cpuSeconds(pid), performance.now()];
  await timed(questions.filter(({ label }) => label.includes(only)));
  const seconds = (performance.now() - at) / 1000;
  console.log(
    `  ${Math.round(before)} MB before, ${Math.round(residentMb(pid))} MB after ${seconds.toFixed(0)} s; ` +
      `${((cpuSeconds(pid) - began) / seconds).toFixed(2)} cores in use, load ${loadavg()[0]?.toFixed(1)}`,
  );
}

try {
  await digested();
  if (rate > 0) await sendWhile(() => measure());
  else await measure();
} catch (error) {
  console.error(program.output());
  throw error;
} finally {
  await program.stop();
  removeFolder(folder);
}
