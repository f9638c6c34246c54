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
    async stop(): Promise<void> {}
  },
}));

let threats: Threats;
beforeEach(() => {
  threads.length = 0;
  threats = new Threats({ maxGroupsPerRule: 1, threatsFolder: '', now: () => 0 } as KeptThreatsParts);
});
const ask = (caller: string, signal = new AbortController().signal) => threats.runAll([], caller, signal);

const answer = (place: number): void => void threads[place]?.emit('message', { type: 'result', outcomes: [] });
/** What is to come of a question that waits is known after a few turns of the loop. */
const settled = () => new Promise((done) => setImmediate(done));

test('further questions of a caller wait in line; behind one that was given up until its thread is gone', async () => {
  const gone = new AbortController();
  const first = ask('192.0.2.1', gone.signal);
  await settled();
  gone.abort();
  const [second, third] = [ask('192.0.2.1'), ask('192.0.2.1')];
  await settled();
  expect(threads.map(({ isTold }) => isTold)).toEqual([true]);
  threads[0]?.emit('exit', 1);
  await expect(first).rejects.toThrow('stopped');
  await settled();
  expect(threads).toHaveLength(2);
  answer(1);
  expect(await second).toEqual([]);
  await settled();
  expect(threads).toHaveLength(3);
  answer(2);
  expect(await third).toEqual([]);
});

test('two run at a time; who waits for a turn of their own does not hold up others', async () => {
  const running = [ask('192.0.2.1'), ask('192.0.2.2')];
  const waiting = [ask('192.0.2.1'), ask('192.0.2.3')];
  await settled();
  expect(threads).toHaveLength(2);
  answer(1);
  await settled();
  expect(threads).toHaveLength(3);
  answer(2);
  expect(await waiting[1]).toEqual([]);
  answer(0);
  await settled();
  answer(3);
  expect(await Promise.all([...running, waiting[0]])).toEqual([[], [], []]);
});

test('eight of one wait, thirty-two in all, and what is more is refused', async () => {
  const all = Array.from({ length: 4 }, (_, caller) =>
    Array.from({ length: caller < 2 ? 9 : 8 }, () => ask(`192.0.2.${caller}`)),
  ).flat();
  const refused = ask('192.0.2.0');
  await expect(refused).rejects.toThrow(ThreatBusy);
  await expect(refused).rejects.toMatchObject({ own: true });
  await expect(ask('192.0.2.9')).rejects.toMatchObject({ own: false });
  for (let place = 0; place < all.length; place += 1) {
    await settled();
    answer(place);
  }
  expect(await Promise.all(all)).toHaveLength(34);
});

test('who gives up while waiting, or has gone before, starts nothing', async () => {
  const gone = new AbortController();
  const first = ask('192.0.2.1');
  const second = ask('192.0.2.1', gone.signal);
  await settled();
  gone.abort();
  await expect(second).rejects.toThrow('stopped');
  await expect(ask('192.0.2.3', AbortSignal.abort())).rejects.toThrow('stopped');
  answer(0);
  await first;
  await settled();
  expect(threads).toHaveLength(1);
});

test('whoever waits when the program ends is told so', async () => {
  const first = ask('192.0.2.1');
  const second = ask('192.0.2.1');
  await settled();
  const ended = threats.stop();
  await expect(second).rejects.toThrow('stopped');
  threads[0]?.emit('exit', 1);
  await expect(first).rejects.toThrow('stopped');
  await ended;
  expect(threads).toHaveLength(1);
});
