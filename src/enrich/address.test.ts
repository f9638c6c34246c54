import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressWords, isExternalText, isPublicText, readAddress, writeNetwork } from './address.ts';

const read = (text: string): [number, string] => {
  const words = addressWords();
  const kind = readAddress(text, words);
  return [kind, kind === 0 ? '' : writeNetwork(kind, words, kind === 4 ? 32 : 128)];
};

test.each([
  ['192.0.2.1', 4, '192.0.2.1'],
  ['255.255.255.255', 4, '255.255.255.255'],
  ['::ffff:192.0.2.1', 4, '192.0.2.1'],
  ['::ffff:c000:201', 4, '192.0.2.1'],
  ['2001:DB8::1', 6, '2001:db8::1'],
  ['2001:db8:0:0:1:0:0:1', 6, '2001:db8::1:0:0:1'],
  ['::', 6, '::'],
  ['::1', 6, '::1'],
  ['2001:db8::', 6, '2001:db8::'],
  ['fe80::1%eth0', 6, 'fe80::1'],
  ['64:ff9b::192.0.2.33', 6, '64:ff9b::c000:221'],
  ['1:2:3:4:5:6:7:8', 6, '1:2:3:4:5:6:7:8'],
  ['192.0.2', 0, ''],
  ['192.0.2.256', 0, ''],
  ['192.0.2.01', 0, ''],
  ['192.0.2.1.', 0, ''],
  ['1:2:3:4:5:6:7', 0, ''],
  ['1:2:3:4:5:6:7:8:9', 0, ''],
  ['1:::2', 0, ''],
  [':1:2', 0, ''],
  ['1:2:3:4:5:6:7:', 0, ''],
  ['12345::', 0, ''],
  ['2001:db8::g', 0, ''],
  ['1::2::3', 0, ''],
  ['', 0, ''],
  ['host', 0, ''],
])('%s', (text, kind, written) => {
  expect(read(text)).toEqual([kind, written]);
});

test('whatever Node calls an address is read as a browser reads it, and nothing else is', () => {
  const part = fc.constantFrom(
    '0',
    '1',
    '00',
    '255',
    '256',
    'db8',
    'ffff',
    '2001',
    ':',
    '::',
    '.',
    ':',
    '.',
    '192',
    'g',
  );
  const text = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.array(part, { maxLength: 16 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (address) => {
      const [kind, written] = read(address);
      expect(kind !== 0, address).toBe(isIP(address) !== 0);
      if (kind === 0) return;
      const known = address.includes(':') ? new URL(`http://[${address}]/`).hostname.slice(1, -1) : address;
      const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(known);
      const parts = (mapped ?? []).slice(1).map((part) => Number.parseInt(part, 16));
      const bytes = parts.flatMap((part) => [part >> 8, part & 255]).join('.');
      expect(written).toBe(mapped === null ? known : bytes);
    }),
    { numRuns: 3000 },
  );
});

describe('the open Internet', () => {
  test.each([
    ['8.8.8.8', true],
    ['203.0.113.9', true],
    ['2001:db8::1', true],
    ['2a00::1', true],
    ['64:ff9b::8.8.8.8', true],
    ['10.1.2.3', false],
    ['172.16.0.1', false],
    ['172.31.255.255', false],
    ['172.32.0.1', true],
    ['192.168.1.1', false],
    ['127.0.0.1', false],
    ['169.254.1.1', false],
    ['100.64.0.1', false],
    ['100.128.0.1', true],
    ['224.0.0.1', false],
    ['255.255.255.255', false],
    ['0.0.0.0', false],
    ['::1', false],
    ['::', false],
    ['fe80::1', false],
    ['fd00::1', false],
    ['ff02::1', false],
    ['::ffff:10.0.0.1', false],
    ['not an address', false],
  ])('%s: %s', (address, expected) => {
    expect(isExternalText(address)).toBe(expected);
  });
});

describe('addresses that somebody can have', () => {
  test.each([
    '8.8.8.8',
    '1.2.3.4',
    '192.0.1.0',
    '192.0.3.0',
    '198.17.255.255',
    '198.20.0.0',
    '198.51.99.255',
    '198.51.101.0',
    '203.0.112.255',
    '203.0.114.0',
    '100.128.0.1',
    '172.32.0.1',
    '2001:db7:ffff::1',
    '2001:db9::1',
    '2a00::1',
    '2001:470::1',
    '3ffe:ffff::1',
  ])('%s', (address) => expect(isPublicText(address)).toBe(true));

  test.each([
    ['RFC 5737', '192.0.2.0', '192.0.2.255', '198.51.100.1', '203.0.113.0', '203.0.113.255', '::ffff:203.0.113.9'],
    ['RFC 3849', '2001:db8::', '2001:db8:ffff:ffff::1'],
    ['RFC 9637', '3fff::1', '3fff:fff::1'],
    ['RFC 6598', '100.64.0.1', '100.127.255.255'],
    ['RFC 1918', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
    ['RFC 4193', 'fd00::1'],
    ['RFC 3927 and 4291', '169.254.1.1', 'fe80::1'],
    ['RFC 2544 and 5180', '198.18.0.1', '198.19.255.255', '2001:2::1'],
    ['RFC 6890', '192.0.0.8', '0.0.0.0', '240.0.0.1', '255.255.255.255'],
    ['RFC 4843 and 7343', '2001:10::1', '2001:1f::1', '2001:2f::1'],
    ['this machine and groups', '127.0.0.1', '::1', '224.0.0.1', 'ff02::1'],
    ['none', '', 'host', '192.0.2'],
  ])('not %s', (_, ...addresses) => {
    for (const address of addresses) expect(isPublicText(address), address).toBe(false);
  });
});

test('a network is written with the bits that belong to it', () => {
  const words = addressWords();
  const written = (text: string, bits: number) => writeNetwork(readAddress(text, words) as 4 | 6, words, bits);
  expect(written('192.0.2.129', 25)).toBe('192.0.2.128/25');
  expect(written('203.0.113.9', 0)).toBe('0.0.0.0/0');
  expect(written('2001:db8:ffff::1', 33)).toBe('2001:db8:8000::/33');
});
