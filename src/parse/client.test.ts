import { describe, expect, test } from 'vitest';
import { clientOf, speaksOfItself } from './client.ts';
import { lastOf, lastWord } from './search.ts';

const addressOf = (text: string): string | null => clientOf(text)?.ip ?? null;

describe('names the client', () => {
  test.each([
    // The only address.
    ['login refused 203.0.113.9', '203.0.113.9'],
    ['request | 401 | 5ms |     203.0.113.9 | POST "/client"', '203.0.113.9'],
    ['open [203.0.113.9:4711] channel 0', '203.0.113.9'],
    ['peer /203.0.113.9:4711 reset', '203.0.113.9'],
    ['RemoteAddress="IPV4/UDP/203.0.113.9/5060"', '203.0.113.9'],
    ['remote host [ipv4:203.0.113.9:4711]', '203.0.113.9'],
    ['[2001:db8::9]:443 said hello', '2001:db8::9'],
    // By its label.
    ['login from 203.0.113.9 to 192.0.2.1', '203.0.113.9'],
    ['accepted on 192.0.2.1, client: 203.0.113.9', '203.0.113.9'],
    ['relay=mail.example.com [203.0.113.9], via 192.0.2.1', '203.0.113.9'],
    ['local host [ipv4:192.0.2.1:445] remote host [ipv4:203.0.113.9:4711]', '203.0.113.9'],
    ["Registration from '<sip:1@192.0.2.1>' failed for '203.0.113.9:5060'", '203.0.113.9'],
    ['server ip 192.0.2.1 client ip 203.0.113.9', '203.0.113.9'],
    // By its place.
    ['203.0.113.9:4711 -> 192.0.2.1:22', '203.0.113.9'],
    ['203.0.113.9 to 192.0.2.1 ports 80, 81', '203.0.113.9'],
    ['IN 203.0.113.9.4711 > 192.0.2.1.22: Flags [S]', '203.0.113.9'],
    ['203.0.113.9:4711 192.0.2.1:80 0.1 0.2', '203.0.113.9'],
    ['1,192.0.2.1:143,203.0.113.9:35070,ann', '203.0.113.9'],
    ['203.0.113.9:4711 [14/Nov/2026:12:00:00] web backend/192.0.2.1', '203.0.113.9'],
    ['203.0.113.9 - ann "GET /" refused, blocked IP 198.51.100.7', '203.0.113.9'],
    ['sending packet: from 192.0.2.1[500] to 203.0.113.9[500] (80 bytes)', '203.0.113.9'],
    // What a client says of itself, and addresses that are nobody's.
    ['H=([192.0.2.1]) [203.0.113.9] sender refused', '203.0.113.9'],
    ['login of ann from 127.0.0.1 from 203.0.113.9', '203.0.113.9'],
    ['tcp/accept ]: 203.0.113.9.57178 0.0.0.0.1080: error', '203.0.113.9'],
    ['tried Browser/120.0.0.0 from 203.0.113.9', '203.0.113.9'],
  ])('%s', (text, ip) => {
    expect(addressOf(text)).toBe(ip);
  });
});

describe('accuses nobody', () => {
  test.each([
    'login of "ann from 192.0.2.1" failed',
    "login of 'ann from 192.0.2.1 failed",
    'login of ann from 192.0.2.1 from 203.0.113.9 failed',
    'cannot connect to 192.0.2.1',
    'listening on 192.0.2.1:80',
    'GET http://192.0.2.1/x failed',
    'mail for ann@192.0.2.1',
    'network 192.0.2.0/24 is down',
    'Browser/120.0.0.0',
    'version 1.2.3 of 12:34:56',
    'at 12:34:56',
    'no address at all',
    '',
  ])('%s', (text) => {
    expect(addressOf(text)).toBe(null);
  });
});

test('two colons are no client', () => {
  expect(addressOf('login failed for bob from ::')).toBeNull();
  expect(addressOf('on [::]:80: login failed for bob from 203.0.113.9')).toBe('203.0.113.9');
});

test('a place or a label makes it certain; a machine that speaks of itself is told apart', () => {
  expect(clientOf('login from 203.0.113.9')).toEqual(expect.objectContaining({ labelled: true }));
  expect(clientOf('login refused 203.0.113.9')).toEqual(expect.objectContaining({ labelled: false }));
  expect(speaksOfItself('DHCPACK of 192.0.2.50')).toBe(true);
  expect(speaksOfItself('login refused 192.0.2.50')).toBe(false);
});

test('ports are read in every notation', () => {
  const portOf = (text: string): number | null => clientOf(text)?.port ?? null;
  expect(
    [
      'from 203.0.113.9:4711',
      'from 203.0.113.9#4711',
      'from 203.0.113.9 port 4711',
      'from [2001:db8::9]:4711',
      'from 203.0.113.9.4711: x',
    ].map(portOf),
  ).toEqual([4711, 4711, 4711, 4711, 4711]);
});

test('searches from behind say the same as lastIndexOf', () => {
  for (const text of ['', 'from', ' from a from b ', 'xfrom a', 'a from  from ', 'from from from ']) {
    expect(lastOf(text, 'from ')).toBe(text.lastIndexOf('from '));
    expect(lastWord(text, 'from ')).toBe(text.lastIndexOf(' from '));
  }
  expect(lastWord(' from a from b', 'from ', 3)).toBe(7);
  expect(lastWord(' from a from b', 'from ', 9)).toBe(-1);
});
