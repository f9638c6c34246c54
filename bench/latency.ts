/**
 * Alert latency: from handing a line to the system to its alert on `/ws/events`, while other lines arrive at a steady
 * rate over UDP. A probe is five failed logins from an address of its own, sent over TCP; the shipped rule for SSH brute
 * force alerts on the fifth. The client takes what every client gets: all events and all alerts. Limits are raised.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { connect } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { removeFolder, startProgram } from '../test/program.ts';
import { percentile, thousands } from './measure.ts';
import { busiest, cpuSeconds, residentMb, threadSeconds, workerPid } from './process.ts';

const rate = Number(process.env.BENCH_RATE ?? 5000);
const seconds = Number(process.env.BENCH_SECONDS ?? 30);
const probesPerSecond = 20;
const bruteForce = 'SSH brute force';

async function run(rate: number, attackers: number): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'phosor-bench-latency-'));
  const program = await startProgram({
    dataDir: join(folder, 'data'),
    env: { PHOSOR_SYSLOG_RATE: '0', PHOSOR_API_RATE: '0' },
  });
  try {
    const live = new WebSocket(`${program.address.replace('http', 'ws')}/ws/events?token=${program.token}`);
    await once(live, 'message');
    const sentAt = new Map<string, number>();
    const latencies: number[] = [];
    live.on('message', (data: Buffer) => {
      // Only alerts are read: what a client does with events is not what is measured.
      if (data.toString('latin1', 0, 15) !== '{"type":"alert"') return;
      const now = performance.now();
      const { data: alert } = JSON.parse(data.toString()) as {
        data: { rule_name: string; group: { src_ip?: string } };
      };
      const sent = alert.rule_name === bruteForce ? sentAt.get(alert.group.src_ip ?? '') : undefined;
      if (sent !== undefined) latencies.push(now - sent);
    });
    const socket = connect(program.syslogPort, '127.0.0.1');
    socket.setNoDelay(true);
    await once(socket, 'connect');
    const pid = workerPid(program.dataDir);
    let cpuBefore = cpuSeconds(pid);
    let before = threadSeconds(pid);
    const sender =
      rate > 0
        ? fork(join(import.meta.dirname, 'send-udp.ts'), [program.syslogPort, rate, seconds + 3, attackers].map(String))
        : null;
    // Two seconds for the sender to start and for code to be compiled.
    await new Promise((done) => setTimeout(done, 2000));
    cpuBefore = cpuSeconds(pid);
    before = threadSeconds(pid);
    const began = performance.now();
    const probes = seconds * probesPerSecond;
    for (let i = 0; i < probes; i += 1) {
      // The shipped rule groups IPv6 senders by /64.
      const network = `2001:db8:0:${(i + 1).toString(16)}::`;
      const address = `${network}1`;
      const line = (user: string): string =>
        `<38>${new Date().toString().slice(4, 10).replace(' 0', '  ')} ${new Date().toTimeString().slice(0, 8)} probe sshd[${4000 + i}]: Failed password for ${user} from ${address} port 40022 ssh2\n`;
      for (const user of ['root', 'admin', 'alice', 'bob']) socket.write(line(user));
      await new Promise((done) => setTimeout(done, 5));
      sentAt.set(`${network}/64`, performance.now());
      socket.write(line('deploy'));
      const next = began + ((i + 1 + Math.random() * 0.5) * 1000) / probesPerSecond - performance.now();
      if (next > 0) await new Promise((done) => setTimeout(done, next));
    }
    const cpu = (cpuSeconds(pid) - cpuBefore) / ((performance.now() - began) / 1000);
    const threads = busiest(before, threadSeconds(pid));
    await new Promise((done) => setTimeout(done, 1000));
    const memory = residentMb(pid);
    if (sender !== null) await once(sender, 'exit');
    live.close();
    socket.destroy();
    const { events } = (await (await fetch(`${program.address}/health`)).json()) as { events: number };
    console.log(
      `${thousands(rate)} events/s of ${attackers} attackers: ${latencies.length} of ${probes} probes alerted, ` +
        `p50 ${percentile(latencies, 0.5).toFixed(1)} ms, p90 ${percentile(latencies, 0.9).toFixed(1)} ms, p99 ${percentile(latencies, 0.99).toFixed(1)} ms, ` +
        `max ${Math.max(...latencies).toFixed(1)} ms; ${thousands(events)} events, ${cpu.toFixed(2)} cores (${threads}), ${Math.round(memory)} MB, load ${loadavg()[0]?.toFixed(1)}`,
    );
    if (latencies.length !== probes) throw new Error(`${probes - latencies.length} probes raised no alert`);
    return latencies;
  } finally {
    await program.stop();
    removeFolder(folder);
  }
}

/** At rest; under a steady background; and with an attacker never seen before in every 60th line, 300 alerts a second. */
const backgrounds: readonly { name: string; rate: number; attackers: number; target: boolean }[] = [
  { name: 'at rest', rate: 0, attackers: 0, target: false },
  { name: `at ${thousands(rate)} events/s`, rate, attackers: 20, target: true },
  { name: `at ${thousands(rate)} events/s, 300 alerts/s`, rate, attackers: Number.POSITIVE_INFINITY, target: false },
];
for (const { name, rate, attackers, target } of backgrounds) {
  const latencies = await run(rate, attackers);
  console.log(`line to alert on /ws/events ${name}: p50 ${percentile(latencies, 0.5).toFixed(1)} ms`);
  const p99 = percentile(latencies, 0.99).toFixed(1);
  console.log(`line to alert on /ws/events ${name}: p99 ${p99} ms${target ? ' (target 50)' : ''}`);
}
