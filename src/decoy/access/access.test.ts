import { expect, test } from 'vitest';
import { Access } from './access.ts';

test('never lets nobody in, not even the accounts', () => {
  const access = new Access({ accept: 'never', tries: 0, accounts: ['root:*'] });
  expect(access.admits('192.0.2.1', 'root', 'x')).toBe(false);
});

test('a list lets its accounts in and nobody else', () => {
  const access = new Access({ accept: 'list', tries: 0, accounts: ['admin:a:b', 'guest:*'] });
  expect(access.admits('192.0.2.1', 'admin', 'a:b')).toBe(true);
  expect(access.admits('192.0.2.1', 'admin', 'a')).toBe(false);
  expect(access.admits('192.0.2.1', 'guest', 'anything')).toBe(true);
  expect(access.admits('192.0.2.1', 'root', 'x')).toBe(false);
});

test('after so many failures an address gets in, and then with that account alone', () => {
  const access = new Access({ accept: 'after-tries', tries: 2, accounts: [] });
  expect(['1', '2', '3', '4', '3'].map((password) => access.admits('192.0.2.1', 'root', password))).toEqual([
    false,
    false,
    true,
    false,
    true,
  ]);
  expect(access.admits('192.0.2.2', 'root', '3')).toBe(false);
});

test('remembers a limited number of addresses', () => {
  const access = new Access({ accept: 'after-tries', tries: 1, accounts: [] });
  access.admits('192.0.2.1', 'root', 'x');
  for (let index = 0; index < 10_001; index += 1) access.admits(`2001:db8::${index}`, 'root', 'x');
  expect(access.admits('192.0.2.1', 'root', 'x')).toBe(false);
});
