import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { beforeEach, expect, test, vi } from 'vitest';
import { ThreatBusy } from '../serve/threats/messages.ts';
import type { KeptThreatsParts } from './kept-threats.ts';
import { Threats } from './threats.ts';

const threads: Thread[] = [];

/** A thread that ends when the test says so. */
class Thread extends EventEmitter {
  isTold = false;
  terminate = async (): Promise<number> => {
    this.isTold = true;
    return 0;
  };
}

vi.mock('./history-thread.ts', () => ({
  deathOfRun: (error: unknown) => error,
  startHistoryThread: (): Worker => {
    const thread = new Thread();
    threads.push(thread);
    return thread as EventEmitter as Worker;
  },
}));
vi.mock('./kept-threats.ts', () => ({
  contextOf: () => ({}),
  KeptThreats: class {
    giveWay(): void {}
  },
}));

let threats: Threats;
beforeEach(() => {
  threads.length = 0;
  threats = new Threats({ maxGroupsPerRule: 1, threatsFolder: '', now: () => 0 } as KeptThreatsParts);
});
const ask = (caller: string, signal = new AbortController().signal) => threats.runAll([], caller, signal);

test('a question that was given up does not refuse the next one, which starts when the thread is gone', async () => {
  const gone = new AbortController();
  const first = ask('192.0.2.1', gone.signal);
  gone.abort();
  expect(threads.map(({ isTold }) => isTold)).toEqual([true]);
  const second = ask('192.0.2.1');
  const third = ask('192.0.2.1');
  await Promise.resolve();
  expect(threads).toHaveLength(1);
  threads[0]?.emit('exit', 1);
  await expect(first).rejects.toThrow('stopped');
  // Of two that waited, one runs.
  await expect(third).rejects.toThrow(ThreatBusy);
  expect(threads).toHaveLength(2);
  threads[1]?.emit('message', { type: 'result', outcomes: [] });
  expect(await second).toEqual([]);
});

test('one question at a time each, two in all, and none of somebody who is gone', async () => {
  const running = [ask('192.0.2.1'), ask('192.0.2.2')];
  await expect(ask('192.0.2.1')).rejects.toThrow(ThreatBusy);
  await expect(ask('192.0.2.3')).rejects.toThrow(ThreatBusy);
  for (const thread of threads) thread.emit('message', { type: 'result', outcomes: [] });
  expect(await Promise.all(running)).toEqual([[], []]);
  await expect(ask('192.0.2.3', AbortSignal.abort())).rejects.toThrow('stopped');
  expect(threads).toHaveLength(2);
});
