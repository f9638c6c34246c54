import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openReceiver, type Receiver } from '../receiver.test-suite.ts';
import { allowInternal, isInternal } from './address.ts';
import { retryAfter } from './answers.ts';
import { checkedAddress, guardedHttp } from './client.ts';

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  '192.0.2.1',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:169.254.169.254',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  '2001::1',
  'fe80::1',
  'fe80::1%eth0',
  'fc00::1',
  'fec0::1',
  'ff02::1',
  'no address',
])('%s is internal', (address) => {
  expect(isInternal(address)).toBe(true);
});

test.each(['93.184.215.14', '8.8.8.8', '2606:4700::1111'])('%s is public', (address) => {
  expect(isInternal(address)).toBe(false);
});

test('the list allows names, addresses and ranges, and nothing else', () => {
  const allow = allowInternal(['Chat.example.internal', '10.0.0.0/8', '::1']);
  expect(allow('chat.example.internal', '192.168.0.1')).toBe(true);
  expect(allow('other.example.internal', '192.168.0.1')).toBe(false);
  expect(allow('x', '10.9.9.9')).toBe(true);
  expect(allow('x', '::ffff:10.9.9.9')).toBe(true);
  expect(allow('x', '::1')).toBe(true);
});

describe('a request', () => {
  let receiver: Receiver;
  beforeEach(async () => {
    receiver = await openReceiver();
  });
  afterEach(() => receiver.close());
  const request = (url: string) => ({ method: 'POST' as const, url, headers: {}, body: '{}' });
  const signal = AbortSignal.timeout(20_000);
  const nobody = allowInternal([]);

  test('to a name one of whose addresses is internal is refused, and nothing is sent', async () => {
    const url = `http://rebind.example.com:${receiver.port}/`;
    const resolve = async () => ['93.184.215.14', '127.0.0.1'];
    await expect(guardedHttp(request(url), { allow: nobody, signal, resolve })).rejects.toThrow(
      'internal address 127.0.0.1',
    );
    expect(receiver.received).toEqual([]);
  });

  test('goes to the address that was checked, whatever the name says later', async () => {
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return ['127.0.0.1'];
    };
    const url = `http://rebind.example.com:${receiver.port}/x`;
    const answer = await guardedHttp(request(url), { allow: allowInternal(['127.0.0.1']), signal, resolve });
    expect(answer.status).toBe(200);
    expect(asked).toBe(1);
    expect(receiver.received[0]?.headers.host).toBe(`rebind.example.com:${receiver.port}`);
  });

  test('follows no redirect', async () => {
    receiver.answer = { status: 302, body: '', headers: { location: 'http://169.254.169.254/' } };
    await expect(guardedHttp(request(receiver.url), { allow: allowInternal(['127.0.0.1']), signal })).rejects.toThrow(
      'redirect (302), which is not followed',
    );
  });

  test('reads only so much of an answer', async () => {
    receiver.answer = { status: 200, body: 'x'.repeat(5_000_000) };
    const { body } = await guardedHttp(request(receiver.url), { allow: allowInternal(['127.0.0.1']), signal });
    expect(body.length).toBe(65_536);
  });

  test.each(['file:///etc/passwd', 'ftp://example.com/', 'gopher://example.com/'])(
    '%s is no address for it',
    async (url) => {
      await expect(guardedHttp(request(url), { allow: () => true, signal })).rejects.toThrow('https:// or http://');
    },
  );

  test('a name that is not there is told', async () => {
    const resolve = async () => {
      throw new Error('ENOTFOUND');
    };
    await expect(checkedAddress('gone.example.com', nobody, resolve)).rejects.toThrow('could not be resolved');
  });
});

test.each([
  [undefined, null],
  ['17', 17],
  ['0', 1],
  ['999999', 3600],
  ['Fri, 20 Nov 2026 10:00:30 GMT', 30],
  ['nonsense', null],
])('Retry-After %s', (value, seconds) => {
  expect(retryAfter(value, Date.UTC(2026, 10, 20, 10))).toBe(seconds);
});
