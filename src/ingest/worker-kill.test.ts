import { once } from 'node:events';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { type ChunkMessage, type FilePosition, walkChunk } from '../model/index.ts';
import type { IngestCommand, IngestReport } from './contract.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('a log that is written and rotated without a pause while the worker is killed again and again: every line once', async () => {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'phosor-kill-')));
  const log = path.join(folder, 'app.log');
  const came = new Map<number, number>();
  const stored = new Map<string, FilePosition>();
  let received = 0;

  /** Stores each chunk whole with its positions, as the spool does. */
  async function start(): Promise<() => Promise<void>> {
    const { port1: pipeline, port2: pipelinePort } = new MessageChannel();
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: { pipelinePort },
      transferList: [pipelinePort],
    });
    pipeline.on('message', (chunk: ChunkMessage) => {
      walkChunk(chunk, (at, bytes) => {
        const number = Number.parseInt(Buffer.from(chunk.buffer, at, bytes).toString('latin1'), 10);
        came.set(number, (came.get(number) ?? 0) + 1);
        received += 1;
      });
      for (const position of chunk.positions) stored.set(position.key, position);
      pipeline.postMessage({ type: 'release', buffer: chunk.buffer }, [chunk.buffer]);
    });
    const command: IngestCommand = {
      type: 'start',
      config: {
        syslog: {
          host: '127.0.0.1',
          port: 0,
          tlsPort: 0,
          identity: null,
          ratePerSecond: 0,
          trustedRelays: [],
          receiveBufferBytes: 65_536,
          maxConnections: 1,
        },
        files: { roots: [folder] },
      },
      files: [{ name: 'file_app.log', path: log, hint: null, fromBeginning: true }],
      positions: [...stored.values()],
    };
    worker.postMessage(command);
    worker.postMessage({ type: 'stats' } satisfies IngestCommand);
    await new Promise<void>((resolve) => {
      worker.on('message', (report: IngestReport) => report.type === 'stats' && resolve());
    });
    const closed = once(pipeline, 'close');
    return async () => {
      await worker.terminate();
      // What the worker had handed over comes in before that.
      await closed;
    };
  }

  let kill = await start();
  let written = 0;
  let rotations = 0;
  let writer = fs.openSync(log, 'a');
  const write = (count: number) => {
    const lines = Array.from(
      { length: count },
      (_, i) => `${written + i} some text that makes it as long as a log line is\n`,
    );
    fs.writeSync(writer, lines.join(''));
    written += count;
  };
  while (stored.size < 2) {
    write(1);
    await pause(5);
  }
  let down: Promise<void> | null = null;
  for (let round = 1; round <= 700; round += 1) {
    write(300);
    if (round % 70 === 35 || round % 90 === 37) {
      rotations += 1;
      fs.renameSync(log, `${log}.${rotations}`);
      if (rotations % 2 === 0) write(1);
      fs.closeSync(writer);
      writer = fs.openSync(log, 'a');
    }
    if (round % 130 === 0) {
      await down;
      await kill();
      // The writer goes on while the next one starts.
      down = start().then((next) => {
        kill = next;
      });
    }
    await pause(2);
  }
  await down;
  fs.closeSync(writer);
  for (let i = 0; i < 2000 && received < written; i += 1) await pause(5);
  await kill();
  const missing = Array.from({ length: written }, (_, number) => number).filter((number) => !came.has(number));
  const repeated = [...came].filter(([, times]) => times > 1);
  expect({ missing: missing.length, repeated: repeated.length }).toEqual({ missing: 0, repeated: 0 });
  fs.rmSync(folder, { recursive: true });
});
