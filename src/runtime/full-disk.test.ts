import { expect, test } from 'vitest';
import { isDiskTrouble } from '../store/contract.ts';
import { outliveFullDisk } from './full-disk.ts';

const full = () => Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 });

test('what the disk is to blame for is told apart', () => {
  const busy = Object.assign(new Error('database is locked'), { code: 'ERR_SQLITE_ERROR', errcode: 5 });
  expect(
    [full(), Object.assign(new Error('x'), { code: 'ENOSPC' }), busy, new TypeError('x'), null].map(isDiskTrouble),
  ).toEqual([true, true, false, false, false]);
});

test('a full disk is told once a minute and does not end the program; another error does', () => {
  const before = process.listeners('uncaughtException');
  const said: string[] = [];
  let at = 0;
  const stop = outliveFullDisk(
    (_, message) => void said.push(message),
    () => at,
  );
  const [ours] = process.listeners('uncaughtException').filter((each) => !before.includes(each));
  const meet = (error: Error): void => ours?.(error, 'uncaughtException');
  for (at = 0; at < 120_000; at += 10_000) meet(full());
  expect(said).toHaveLength(2);
  expect(said[0]).toContain('Free disk space');
  expect(() => meet(new TypeError('a mistake'))).toThrow('a mistake');
  stop();
  expect(process.listeners('uncaughtException')).toEqual(before);
});
