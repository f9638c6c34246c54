/**
 * What answers of the API take where the data are hot: the events of the last minutes, alerts, incidents, rules, a reputation
 * that is known. Times of a client over one connection, one request after the other, with nothing else coming in;
 * the processor time of the program beside it tells what a busy machine adds.
 */
import { Agent, request } from 'node:http';
import { loadavg } from 'node:os';
import { removeFolder, startProgram, waitFor } from '../test/program.ts';
import { median } from './measure.ts';
import { cpuSeconds, workerPid } from './process.ts';

const events = Number(process.env.BENCH_LINES ?? 50_000);
const rounds = Number(process.env.BENCH_ROUNDS ?? 200);
const batch = 1_000;
/** Over which the lines lie. */
const spanMs = 600_000;

const program = await startProgram({
  env: { PHOSOR_API_RATE: '0', RATE_LIMIT_REQUESTS: '0', PHOSOR_WEBHOOK_RATE: '0' },
});
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Milliseconds until the last byte. */
function ask(path: string): Promise<number> {
  const began = performance.now();
  return new Promise((done, failed) => {
    request(program.address + path, { agent, headers: { authorization: `Bearer ${program.token}` } }, (answer) => {
      if (answer.statusCode !== 200) failed(new Error(`${path}: ${answer.statusCode}`));
      answer.resume().on('end', () => done(performance.now() - began));
    })
      .on('error', failed)
      .end();
  });
}

try {
  const start = Date.now() - spanMs;
  for (let sent = 0; sent < events; sent += batch) {
    const lines = Array.from({ length: batch }, (_, i) => {
      const n = sent + i;
      const from = `203.0.${113 + (n % 3)}.${n % 250}`;
      const time = new Date(start + Math.floor((n * spanMs) / events)).toISOString();
      return n % 20 === 0
        ? `${time} web1 sshd[${n}]: Failed password for root from ${from} port ${n % 60_000} ssh2`
        : `${time} web1 sshd[${n}]: Accepted publickey for deploy from ${from} port ${n % 60_000} ssh2`;
    });
    const answer = await program.api('/api/webhook/bench', {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: lines.map((message) => JSON.stringify({ message })).join('\n'),
    });
    if (!answer.ok) throw new Error(`webhook: ${answer.status} ${await answer.text()}`);
  }
  await waitFor(
    'everything to be stored',
    async () => ((await (await program.api('/api/stats')).json()) as { stored_events: number }).stored_events >= events,
    120_000,
  );
  console.log(`${events} events, ${rounds} requests each, load ${(loadavg()[0] ?? 0).toFixed(1)}`);
  for (const path of [
    '/api/stats',
    '/api/sources',
    '/api/rules',
    '/api/alerts?limit=100',
    '/api/alerts/latest',
    '/api/incidents?limit=50',
    '/api/logs?page_size=50',
    '/api/logs?severity=HIGH&page_size=50',
    '/api/events?limit=50',
    '/api/dashboard/summary',
  ]) {
    for (let n = 0; n < 20; n += 1) await ask(path);
    const times: number[] = [];
    const before = cpuSeconds(workerPid(program.dataDir));
    for (let n = 0; n < rounds; n += 1) times.push(await ask(path));
    times.sort((a, b) => a - b);
    const late = times[Math.floor(rounds * 0.95)] ?? Number.NaN;
    const worked = ((cpuSeconds(workerPid(program.dataDir)) - before) * 1000) / rounds;
    console.log(
      `GET ${path}: median ${median(times).toFixed(2)} ms, p95 ${late.toFixed(1)}, processor ${worked.toFixed(1)} (target 20)`,
    );
  }
} finally {
  agent.destroy();
  await program.stop();
  removeFolder(program.dataDir);
}
