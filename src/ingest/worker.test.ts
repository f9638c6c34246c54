import dgram from 'node:dgram';
import { once } from 'node:events';
import * as fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { type ChunkMessage, type SourceInfo, walkChunk } from '../model/index.ts';
import type { IngestCommand, IngestConfig, IngestReport } from './contract.ts';

interface Received {
  text: string;
  source: SourceInfo;
  position: number;
}

/** The real worker with a real channel; the test plays the pipeline and main. */
function startWorker() {
  const { port1: pipeline, port2: pipelinePort } = new MessageChannel();
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { pipelinePort },
    transferList: [pipelinePort],
  });
  const records: Received[] = [];
  const reports: IngestReport[] = [];
  const waiters = new Set<() => void>();
  const wake = () => {
    for (const waiter of waiters) waiter();
  };
  pipeline.on('message', (chunk: ChunkMessage) => {
    walkChunk(chunk, (at, bytes, index, _receivedAt, position) => {
      const source = chunk.sources[index];
      if (source) records.push({ text: Buffer.from(chunk.buffer, at, bytes).toString('latin1'), source, position });
    });
    pipeline.postMessage({ type: 'release', buffer: chunk.buffer }, [chunk.buffer]);
    wake();
  });
  worker.on('message', (report: IngestReport) => {
    reports.push(report);
    wake();
  });
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (!condition()) return;
        waiters.delete(check);
        resolve();
      };
      waiters.add(check);
      check();
    });
  const send = (command: IngestCommand) => worker.postMessage(command);
  const report = async <T extends IngestReport['type']>(type: T) => {
    await until(() => reports.some((entry) => entry.type === type));
    return reports.find((entry) => entry.type === type) as Extract<IngestReport, { type: T }>;
  };
  return { worker, pipeline, records, reports, until, send, report };
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function config(port: number, roots: string[] = []): IngestConfig {
  return {
    syslog: {
      host: '127.0.0.1',
      port,
      tlsPort: 0,
      identity: null,
      ratePerSecond: 500,
      trustedRelays: [],
      receiveBufferBytes: 4 * 1024 * 1024,
      maxConnections: 16,
    },
    files: { roots },
  };
}

let started: ReturnType<typeof startWorker>[] = [];
function phosor() {
  const ingest = startWorker();
  started.push(ingest);
  return ingest;
}
afterEach(async () => {
  for (const { worker, pipeline } of started) {
    pipeline.close();
    await worker.terminate();
  }
  started = [];
});

test('a datagram becomes a record of its sender, and stop ends the thread', async () => {
  const ingest = phosor();
  const port = await freePort();
  ingest.send({ type: 'start', config: config(port), files: [], positions: [] });
  await ingest.report('listening');
  const socket = dgram.createSocket('udp4');
  socket.send('<38>Nov 21 10:00:00 web sshd[7]: hello\n', port, '127.0.0.1');
  await ingest.until(() => ingest.records.length > 0);
  socket.close();
  expect(ingest.records).toEqual([
    {
      text: '<38>Nov 21 10:00:00 web sshd[7]: hello',
      source: {
        source: 'syslog_127.0.0.1',
        source_type: 'syslog',
        peer: '127.0.0.1',
        hint: null,
        identity: '',
        transport: 'udp',
      },
      position: -1,
    },
  ]);
  ingest.send({ type: 'stats' });
  expect((await ingest.report('stats')).udp.received).toBe(1);
  const exited = once(ingest.worker, 'exit');
  ingest.send({ type: 'stop' });
  await ingest.report('stopped');
  expect(await exited).toEqual([0]);
});

test('files, UDP and TCP side by side; a full spool holds back what can wait; stop hands over what is left', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'phosor-worker-'));
  try {
    const log = path.join(folder, 'auth.log');
    fs.writeFileSync(log, 'one\n');
    const ingest = phosor();
    const port = await freePort();
    const file = { name: 'file_auth.log', path: log, hint: null, fromBeginning: true };
    const outside = { name: 'file_passwd', path: '/etc/passwd', hint: null, fromBeginning: true };
    ingest.send({ type: 'start', config: config(port, [folder]), files: [file, outside], positions: [] });
    await ingest.until(() => ingest.reports.filter(({ type }) => type === 'listening').length === 2);
    expect(await ingest.report('failed')).toMatchObject({ what: 'file_passwd', fatal: false });
    const stream = net.connect(port, '127.0.0.1');
    stream.write('<13>two\n<13>unfin');
    await ingest.until(() => ingest.records.length === 2);

    ingest.send({ type: 'spool', state: 'full' });
    ingest.send({ type: 'stats' });
    const stats = await ingest.report('stats');
    expect(stats.connections).toBe(1);
    expect(stats.sources.map(({ source, received }) => [source, received]).sort()).toEqual([
      ['file_auth.log', 1],
      ['syslog_127.0.0.1', 1],
    ]);
    fs.appendFileSync(log, 'three\n');
    stream.write('ished\n');
    const socket = dgram.createSocket('udp4');
    socket.send('<13>four', port, '127.0.0.1');
    await ingest.until(() => ingest.records.length === 3);
    socket.close();
    expect(ingest.records[2]?.text).toBe('<13>four');
    ingest.send({ type: 'spool', state: 'ok' });
    await ingest.until(() => ingest.records.length === 5);
    expect(ingest.records.map(({ text }) => text).sort()).toEqual([
      '<13>four',
      '<13>two',
      '<13>unfinished',
      'one',
      'three',
    ]);

    stream.write('<13>five\n<13>six');
    ingest.send({ type: 'stop' });
    await ingest.report('stopped');
    await ingest.until(() => ingest.records.length === 7);
    stream.destroy();
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('a relay that is no address is a fatal report', async () => {
  const ingest = phosor();
  const wrong = config(await freePort());
  wrong.syslog.trustedRelays = ['relay.example'];
  ingest.send({ type: 'start', config: wrong, files: [], positions: [] });
  expect(await ingest.report('failed')).toMatchObject({
    fatal: true,
    message: expect.stringContaining('"relay.example"'),
  });
});

test('a busy port is a fatal report that names the port and the way out', async () => {
  const busy = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  await once(busy, 'listening');
  const ingest = phosor();
  const { port } = busy.address();
  ingest.send({ type: 'start', config: config(port), files: [], positions: [] });
  const failed = await ingest.report('failed');
  busy.close();
  expect(failed).toMatchObject({ what: 'syslog-udp', fatal: true });
  expect(failed.message).toContain(`127.0.0.1 port ${port}: another program already does`);
  expect(failed.message).toContain('PHOSOR_SYSLOG_PORT');
});
