/**
 * Start and memory: how long a warm start takes until everything listens, and the resident memory of the whole program
 * (launcher included) at rest and after load. Warm: the UI is built, code is compiled, the data folder has 200,000 events.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { adminPassword, freePorts, removeFolder } from '../test/program.ts';
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
      ...process.env,
      PHOSOR_DATA_DIR: dataDir,
      PHOSOR_HTTP_PORT: String(httpPort),
      PHOSOR_UI_PORT: '0',
      PHOSOR_SYSLOG_HOST: '127.0.0.1',
      PHOSOR_SYSLOG_PORT: String(syslogPort),
      PHOSOR_SYSLOG_RATE: '0',
      PHOSOR_ADMIN_PASSWORD: adminPassword,
      PHOSOR_FILES_WATCH_SYSTEM_LOGS: 'false',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
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

/** The program and its launcher. */
const memory = (pid: number): number => residentMb(pid) + residentMb(parentOf(pid));
const wait = (seconds: number) => new Promise((done) => setTimeout(done, seconds * 1000));

async function load(): Promise<void> {
  const sender = fork(join(import.meta.dirname, 'send-udp.ts'), [syslogPort, loadRate, loadSeconds].map(String));
  await once(sender, 'exit');
}

try {
  const first = await start();
  console.log(`first start, empty folder: ${Math.round(first.ms)} ms`);
  await load();
  const loaded = memory(first.pid);
  await wait(5);
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
  console.log(
    `idle: program ${Math.round(residentMb(running.pid))} MB, launcher ${Math.round(idle - residentMb(running.pid))} MB`,
  );
  await stop(running);

  console.log(
    `warm start to listening: median ${(median(starts) / 1000).toFixed(2)} s, best ${(Math.min(...starts) / 1000).toFixed(2)} s (target 3)`,
  );
  console.log(`memory at rest, ${idleSeconds} s after a warm start: ${Math.round(idle)} MB (target 250)`);
  console.log(`memory after ${loadSeconds} s of ${loadRate} events/s: ${Math.round(loaded)} MB (target 450)`);
} finally {
  removeFolder(folder);
}
