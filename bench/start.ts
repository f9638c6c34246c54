/**
 * Start and memory: how long a warm start takes until everything listens, and the resident memory of the program at rest and
 * after load; that of its launcher, most of which is the same pages of the same binary, stands beside it. Warm: the UI is
 * built, code was compiled by a start before.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { adminPassword, environmentOf, freePorts, removeFolder } from '../test/program.ts';
import { median } from './measure.ts';
import { cpuSeconds, parentOf, residentMb, workerPid } from './process.ts';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const idleSeconds = Number(process.env.BENCH_IDLE_SECONDS ?? 60);
const loadRate = 5000;
const loadSeconds = Number(process.env.BENCH_SECONDS ?? 40);
const root = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'phosor-bench-start-'));
const dataDir = join(folder, 'data');
const [httpPort, syslogPort] = (await freePorts(2)) as [number, number];

interface Started {
  child: ChildProcess;
  /** Until the line that says that everything listens. */
  ms: number;
  cpu: number;
  pid: number;
}

async function start(): Promise<Started> {
  const began = performance.now();
  const child = spawn(process.execPath, ['bin/phosor.js', 'start'], {
    cwd: root,
    env: {
      ...environmentOf(dataDir, httpPort, syslogPort),
      PHOSOR_SYSLOG_RATE: '0',
      PHOSOR_ADMIN_PASSWORD: adminPassword,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let printed = '';
  await new Promise<void>((done) => {
    child.stdout?.on('data', (text) => {
      printed += String(text);
      if (printed.includes(' runs at ')) done();
    });
    child.on('exit', () => done());
  });
  const ms = performance.now() - began;
  if (!printed.includes(' runs at ')) throw new Error(`The program did not come up:\n${printed}`);
  const health = await fetch(`http://127.0.0.1:${httpPort}/health`);
  if (!health.ok) throw new Error(`/health: ${health.status}`);
  const pid = workerPid(dataDir);
  return { child, ms, cpu: cpuSeconds(pid), pid };
}

async function stop({ child }: Started): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

function memory(pid: number): { program: number; text: string } {
  const program = residentMb(pid);
  return { program, text: `program ${Math.round(program)} MB, launcher ${Math.round(residentMb(parentOf(pid)))} MB` };
}
const wait = (seconds: number) => new Promise((done) => setTimeout(done, seconds * 1000));

async function load(attackers: number): Promise<void> {
  const args = [syslogPort, loadRate, loadSeconds, attackers].map(String);
  const sender = fork(join(import.meta.dirname, 'send-udp.ts'), args);
  await once(sender, 'exit');
}

try {
  const first = await start();
  console.log(`first start, empty folder: ${Math.round(first.ms)} ms`);
  await wait(2);
  await stop(first);

  const starts: number[] = [];
  let running: Started | null = null;
  for (let round = 0; round < rounds; round += 1) {
    if (running !== null) await stop(running);
    running = await start();
    starts.push(running.ms);
    console.log(
      `warm start ${round + 1}: ${Math.round(running.ms)} ms, ${running.cpu.toFixed(1)} s of processor time, load ${loadavg()[0]?.toFixed(1)}`,
    );
  }
  if (running === null) throw new Error('no rounds');
  await wait(idleSeconds);
  const idle = memory(running.pid);
  await load(20);
  const loaded = memory(running.pid);
  await load(Number.POSITIVE_INFINITY);
  const flooded = memory(running.pid);
  await wait(5);
  await stop(running);
  const again = await start();
  await wait(idleSeconds);
  const resumed = memory(again.pid);
  await stop(again);

  const seconds = (ms: number): string => (ms / 1000).toFixed(2);
  console.log(`at rest ${idleSeconds} s after a warm start: ${idle.text}`);
  console.log(`after ${loadSeconds} s of ${loadRate} events/s of 20 attackers: ${loaded.text}`);
  console.log(`after as much again, an attacker never seen before in every 60th line: ${flooded.text}`);
  console.log(`started again after that in ${seconds(again.ms)} s, at rest ${idleSeconds} s later: ${resumed.text}`);
  console.log(
    `warm start to listening: median ${seconds(median(starts))} s, best ${seconds(Math.min(...starts))} s (target 3)`,
  );
  console.log(`memory at rest: ${Math.round(idle.program)} MB (target 250)`);
  console.log(`memory at ${loadRate} events/s: ${Math.round(loaded.program)} MB (target 450)`);
} finally {
  removeFolder(folder);
}
