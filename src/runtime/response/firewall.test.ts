import { expect, test } from 'vitest';
import type { EnforcedEntry } from '../../respond/contract.ts';
import { difference } from './enforcement.ts';
import { gateways4, gateways6, resolvers } from './machine.ts';

const entry = (target: string, change: Partial<EnforcedEntry> = {}): EnforcedEntry => ({
  decision: 'a',
  kind: 'block',
  target,
  seconds: 600,
  ...change,
});

test.each([
  ['what stands as it should is left alone', [entry('203.0.113.9')], [entry('203.0.113.9', { seconds: 597 })], [], []],
  ['what is missing is put in', [], [entry('203.0.113.9')], ['203.0.113.9'], []],
  ['what nobody decided is taken out', [entry('203.0.113.9', { decision: '' })], [], [], ['203.0.113.9']],
  ['another decision', [entry('203.0.113.9')], [entry('203.0.113.9', { decision: 'b' })], ['203.0.113.9'], []],
  ['another end', [entry('203.0.113.9')], [entry('203.0.113.9', { seconds: 3600 })], ['203.0.113.9'], []],
  [
    'another kind',
    [entry('203.0.113.9')],
    [entry('203.0.113.9', { kind: 'redirect' })],
    ['203.0.113.9'],
    ['203.0.113.9'],
  ],
] as const)('%s', (_, standing, wanted, add, remove) => {
  const found = difference(standing, wanted);
  expect(found.add.map(({ target }) => target)).toEqual(add);
  expect(found.remove.map(({ target }) => target)).toEqual(remove);
});

test('gateways and name servers are read from the system’s tables', () => {
  const head = 'Iface\tDestination\tGateway\tFlags\n';
  expect(gateways4(`${head}eth0\t00000000\tFE7100CB\t0003\neth0\t007100CB\t00000000\t0001\n`)).toEqual([
    '203.0.113.254',
  ]);
  expect(gateways4('')).toEqual([]);
  const zero = '0'.repeat(32);
  const route = `${zero} 00 ${zero} 00 20010db8000000000000000000000001 00000400 00000001 00000000 00000003 eth0`;
  expect(gateways6(`${route}\n${route.replace('20010db8000000000000000000000001', zero)}\n`)).toEqual([
    '2001:0db8:0000:0000:0000:0000:0000:0001',
  ]);
  expect(resolvers('# nameserver 192.0.2.9\nnameserver 192.0.2.53\n nameserver 2001:db8::53\n')).toEqual([
    '192.0.2.53',
    '2001:db8::53',
  ]);
});
