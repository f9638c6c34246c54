import { expect, it } from 'vitest';
import { readAddress } from './address.ts';
import { canonicalIpv6 } from './ipv6.ts';

it.each([
  ['2001:0db8:0066:0000:0000:0000:0000:0066', '2001:db8:66::66'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['::', '::'],
  ['::1', '::1'],
  ['fe80::', 'fe80::'],
  ['2001:db8::0', '2001:db8::'],
  ['64:ff9b::192.0.2.1', '64:ff9b::192.0.2.1'],
  ['aaaa:bbbb:cccc:1234::1:1', 'aaaa:bbbb:cccc:1234::1:1'],
])('%s is written %s', (text, wanted) => {
  expect(canonicalIpv6(text)).toBe(wanted);
  expect(readAddress(text, 0)).toBe(wanted);
});
