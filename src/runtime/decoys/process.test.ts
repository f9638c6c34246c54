/** The real process of the decoys, and what happens to one that does not turn any more. */
import { afterAll, expect, test } from 'vitest';
import { DecoyProcess } from './process.ts';

let started: DecoyProcess | null = null;
afterAll(() => started?.stop());

test('a process that answers no more is ended and started again', { timeout: 60_000 }, async () => {
  const problems: string[] = [];
  const pids: (number | null)[] = [];
  await new Promise<void>((resolve) => {
    const decoys = new DecoyProcess({
      log: () => {},
      now: () => Date.now(),
      askEveryMs: 200,
      onReady() {
        pids.push(decoys.pid);
        if (pids.length === 2) resolve();
        // As busy as a pattern that backtracks for ever.
        else process.kill(decoys.pid as number, 'SIGSTOP');
      },
      onMessage: () => {},
      onCrash: (problem) => problems.push(problem),
    });
    started = decoys;
    decoys.want(true);
  });
  expect(problems).toEqual(['SIGKILL: It did not answer for 1.2 s and was ended.']);
  expect(pids[1]).not.toBe(pids[0]);
});
