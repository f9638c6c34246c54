import { BroadcastChannel, Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { giveBack, restChannel } from './thread.ts';

const preload = new URL('./thread.ts', import.meta.url).href;
const entry = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', (message) => parentPort.postMessage(message));
`;

test('all threads give memory back at the same time, and go on', async () => {
  const workers = [1, 2, 3].map(() => new Worker(entry, { eval: true, execArgv: ['--import', preload] }));
  const answered = (worker: Worker, message: number): Promise<unknown> =>
    new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.postMessage(message);
    });
  const channel = new BroadcastChannel(restChannel);
  try {
    for (let round = 0; round < 3; round += 1) {
      channel.postMessage(null);
      giveBack();
      expect(await Promise.all(workers.map((worker) => answered(worker, round)))).toEqual([round, round, round]);
    }
  } finally {
    channel.close();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
});

test('what is not needed any more is returned', () => {
  let kept: unknown[] | null = Array.from({ length: 500_000 }, (_, i) => ({ i, text: `${i}` }));
  const before = process.memoryUsage().heapTotal;
  expect(kept).toHaveLength(500_000);
  kept = null;
  giveBack();
  expect(process.memoryUsage().heapTotal).toBeLessThan(before - 10e6);
});
