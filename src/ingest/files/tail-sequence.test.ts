import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FilePosition } from '../../model/index.ts';
import { collect } from '../collect.test-suite.ts';
import { createFileTail } from './tail.ts';

/** So many lines, numbered from `from`. */
const numbered = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => `line ${from + i}\n`).join('');

type Step =
  | { type: 'lines'; count: number }
  | { type: 'part' | 'rename' | 'restart' | 'crash' | 'remove' | 'truncate' };

/**
 * A writer, a follower and a spool, by the rules: chunks are stored whole, with their positions. A crash takes away what
 * came after the last save.
 */
async function live(steps: Step[], place: string): Promise<{ came: string[]; expected: string[] }> {
  const file = path.join(place, 'app.log');
  const sink = collect();
  const expected: string[] = [];
  const failed = (_source: string, message: string) => {
    throw new Error(message);
  };
  let pending = '';
  let rotations = 0;
  const start = () => {
    const tail = createFileTail({ pool: sink.pool, roots: [place], positions: [...sink.positions.values()], failed });
    tail.add({ name: 'file_app.log', path: file, hint: null, fromBeginning: true });
    return tail;
  };
  let tail = start();
  let saved: { positions: [string, FilePosition][]; count: number };
  const save = async () => {
    await sink.pool.drained();
    const positions = [...sink.positions].map(([key, position]): [string, FilePosition] => [key, { ...position }]);
    saved = { positions, count: sink.records.length };
  };
  const forget = () => {
    sink.records.length = saved.count;
    sink.positions.clear();
    for (const [key, position] of saved.positions) sink.positions.set(key, { ...position });
  };
  const arrived = () => sink.until(() => sink.records.length >= expected.length);
  const write = (text: string) => {
    const lines = (pending + text).split('\n');
    pending = lines.pop() ?? '';
    expected.push(...lines);
    fs.appendFileSync(file, text);
  };
  /** Whether the spool knows any of the files that are there: without one, what was rotated cannot be put in order. */
  const knowsOne = () =>
    fs.readdirSync(place).some((entry) => {
      const { dev, ino } = fs.statSync(path.join(place, entry));
      return saved.positions.some(([key]) => key.startsWith(`${dev}:${ino}:`));
    });
  await save();
  for (const step of steps) {
    if (step.type === 'lines') write(numbered(expected.length, step.count));
    else if (step.type === 'part') write(`part ${expected.length} `);
    else if (step.type === 'restart' || step.type === 'crash') {
      tail.close();
      await sink.pool.drained();
      if (step.type === 'restart') await save();
      else forget();
      tail = start();
    } else {
      if (pending !== '') write('\n');
      // What is removed or emptied before it was read is lost for everybody.
      if (step.type !== 'rename' || !knowsOne()) {
        await arrived();
        await save();
      }
      if (!fs.existsSync(file)) continue;
      rotations += 1;
      if (step.type === 'rename') fs.renameSync(file, `${file}.${rotations}`);
      if (step.type === 'remove') fs.rmSync(file);
      if (step.type === 'truncate') fs.truncateSync(file);
    }
  }
  if (pending !== '') write('\n');
  await arrived();
  tail.close();
  await sink.pool.drained();
  return { came: sink.texts(), expected };
}

test('whatever happens to a file, each line comes exactly once', async () => {
  const lines = fc.record({ type: fc.constant('lines' as const), count: fc.integer({ min: 1, max: 400 }) });
  const other = fc.record({ type: fc.constantFrom('part', 'rename', 'restart', 'crash', 'remove', 'truncate') });
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'phosor-sequence-')));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(lines, other), { minLength: 3, maxLength: 14 }), async (steps) => {
      const { came, expected } = await live(steps as Step[], fs.mkdtempSync(path.join(folder, 'run-')));
      expect(came.sort()).toEqual(expected.sort());
    }),
    { numRuns: Number(process.env.PHOSOR_TAIL_RUNS ?? 60), endOnFailure: process.env.PHOSOR_TAIL_RUNS !== undefined },
  );
  fs.rmSync(folder, { recursive: true });
}, 600_000);
