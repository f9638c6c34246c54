/**
 * Syslog over UDP into the store: a sender of its own sends at a steady rate over loopback, and every datagram is looked
 * for: sent = stored + dropped by the kernel + shed and counted. The rate limit per sender is raised.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder, startProgram } from '../test/program.ts';
import { thousands } from './measure.ts';
import { busiest, cpuSeconds, residentMb, threadSeconds, workerPid } from './process.ts';

const rates = (process.env.BENCH_RATES ?? '20000,41000,60000').split(',').map(Number);
const seconds = Number(process.env.BENCH_SECONDS ?? 10);
const target = 40_000;

interface Sent {
  sent: number;
  failed: number;
  tookMs: number;
}

interface Listening {
  udp: { kernelDrops: number | null; overflow: number; limited: number; received: number; receiveBufferBytes: number };
}

async function run(rate: number): Promise<{ lossless: boolean; achieved: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'phosor-bench-udp-'));
  const program = await startProgram({
    dataDir: join(folder, 'data'),
    env: { PHOSOR_SYSLOG_RATE: '0', PHOSOR_API_RATE: '0' },
  });
  try {
    const pid = workerPid(program.dataDir);
    const cpuBefore = cpuSeconds(pid);
    const before = threadSeconds(pid);
    const sender = fork(join(import.meta.dirname, 'send-udp.ts'), [program.syslogPort, rate, seconds].map(String));
    const [{ sent, failed, tookMs }] = (await once(sender, 'message')) as [Sent];
    const get = async <T>(path: string): Promise<T> => (await (await program.api(path)).json()) as T;
    // Until all that was received is stored, and two seconds of counters show nothing new.
    let stored = -1;
    let udp: Listening['udp'] | null = null;
    for (let same = 0, end = performance.now() + 180_000; same < 2 && performance.now() < end; ) {
      await new Promise((done) => setTimeout(done, 1100));
      const before = udp?.received;
      ({ udp } = await get<Listening>('/api/sources/listening'));
      ({ stored_events: stored } = await get<{ stored_events: number }>('/api/stats'));
      const isThrough = udp !== null && stored >= udp.received - udp.overflow - udp.limited;
      same = isThrough && udp?.received === before ? same + 1 : 0;
    }
    if (udp === null) throw new Error('the program told no counters of UDP');
    const dropped = udp.kernelDrops ?? Number.NaN;
    const shed = udp.overflow + udp.limited;
    const missing = sent - stored - dropped - shed;
    const achieved = sent / (tookMs / 1000);
    const cpu = cpuSeconds(pid) - cpuBefore;
    console.log(
      `${thousands(rate)}/s for ${seconds} s: ${thousands(sent)} sent at ${thousands(achieved)}/s (${failed} not taken by the system), ` +
        `${thousands(stored)} stored, ${thousands(dropped)} dropped by the kernel, ${thousands(shed)} shed, ${missing} unaccounted; ` +
        `${((cpu * 1e6) / sent).toFixed(1)} µs/event (${busiest(before, threadSeconds(pid))}), ${Math.round(residentMb(pid))} MB, ` +
        `receive buffer ${thousands(udp.receiveBufferBytes)} bytes, load ${loadavg()[0]?.toFixed(1)}`,
    );
    return { lossless: stored === sent, achieved };
  } finally {
    await program.stop();
    removeFolder(folder);
  }
}

let best = 0;
for (const rate of rates) {
  const { lossless, achieved } = await run(rate);
  if (lossless && achieved > best) best = achieved;
}
console.log(`UDP into the store without loss: best ${thousands(best)} events/s (target ${thousands(target)})`);
