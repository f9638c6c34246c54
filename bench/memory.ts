/**
 * Memory of the program with its default limits: at rest, at 5,000 events/s of sixteen senders while somebody asks, and after
 * that. With a hard limit: `systemd-run --scope -p MemoryMax=512M npm run bench -- memory`. Linux alone.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { startProgram } from '../test/program.ts';
import { workerPid } from './process.ts';

const rate = 5000;
const seconds = Number(process.env.BENCH_SECONDS ?? 300);
const restSeconds = Number(process.env.BENCH_IDLE_SECONDS ?? 60);
const senders = 16;
const attackers = 20;
const lookEveryMs = 1000;
const askEveryMs = 3000;
const questions = [
  '/api/overview',
  '/api/logs?search=Failed&page_size=100',
  '/api/logs/stats/top-ips',
  '/api/logs/stats/summary',
  '/api/events?limit=100',
];

interface Memory {
  resident: number;
  /** Heaps and buffers: what the system cannot take away. The rest is pages of the binaries. */
  own: number;
}

function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const mb = (name: string): number =>
    (Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN) * 1024) / 1e6;
  return { resident: mb('Rss'), own: mb('Anonymous') };
}

const shown = ({ resident, own }: Memory): string => `${Math.round(resident)} MB (${Math.round(own)} of its own)`;
const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const program = await startProgram({ env: { NODE_EXTRA_CA_CERTS: '' } });
try {
  const pid = workerPid(program.dataDir);
  const limit = process.constrainedMemory();
  if (limit > 0 && limit < 1e12) console.log(`limit: ${Math.round(limit / 1e6)} MB`);
  await wait(restSeconds * 1000);
  const rest = memoryOf(pid);
  console.log(`at rest, ${restSeconds} s after the start: ${shown(rest)}, load ${loadavg()[0]?.toFixed(1)}`);

  const sender = fork(
    join(import.meta.dirname, 'send-udp.ts'),
    [program.syslogPort, rate, seconds, attackers, senders].map(String),
  );
  let sent = 0;
  sender.on('message', (message) => {
    sent = (message as { sent: number }).sent;
  });
  let isOver = false;
  const gone = once(sender, 'exit').then(() => {
    isOver = true;
  });
  const looks: Memory[] = [];
  const answers: number[] = [];
  const looking = (async () => {
    for (; !isOver; await wait(lookEveryMs)) looks.push(memoryOf(pid));
  })();
  const asking = (async () => {
    for (; !isOver; await wait(askEveryMs)) {
      for (const question of questions) {
        const began = performance.now();
        const answer = await program.api(question);
        await answer.arrayBuffer();
        if (!answer.ok) throw new Error(`${question}: ${answer.status}`);
        answers.push(performance.now() - began);
      }
    }
  })();
  await Promise.all([gone, looking, asking]);
  const half = looks.length >> 1;
  const middle = (part: readonly Memory[]): Memory => ({
    resident: median(part.map(({ resident }) => resident)),
    own: median(part.map(({ own }) => own)),
  });
  const most = looks.reduce((a, b) => (a.resident > b.resident ? a : b));
  const stats = (await (await program.api('/api/stats')).json()) as { stored_events: number };
  console.log(`${sent} events sent in ${seconds} s, ${stats.stored_events} stored, load ${loadavg()[0]?.toFixed(1)}`);
  console.log(`answers: median ${Math.round(median(answers))} ms, slowest ${Math.round(Math.max(...answers))} ms`);
  console.log(`first half ${shown(middle(looks.slice(0, half)))}, second half ${shown(middle(looks.slice(half)))}`);
  await wait(restSeconds * 1000);
  console.log(`${restSeconds} s after that: ${shown(memoryOf(pid))}`);
  console.log(`memory at rest with default limits: ${Math.round(rest.resident)} MB (target 250)`);
  console.log(`memory at ${rate} events/s beside questions, the most: ${Math.round(most.resident)} MB (target 450)`);
} finally {
  await program.stop();
}
