import { expect, test } from 'vitest';
import { writeNetwork } from '../address.ts';
import { readList } from './list.ts';

function read(text: string) {
  const networks: string[] = [];
  const count = readList(text, (kind, words, bits, label) => {
    networks.push(`${writeNetwork(kind, words, bits)}${label === null ? '' : ` ${label}`}`);
  });
  return { networks, count };
}

test.each([
  ['plain', '203.0.113.9\n198.51.100.0/24\n\n2001:db8::/32\n', ['203.0.113.9', '198.51.100.0/24', '2001:db8::/32']],
  ['a netset with notes', '# firehol\n203.0.113.0/28 # note 1.2.3.4\n', ['203.0.113.0/28']],
  ['text of Spamhaus', '; 2026\n203.0.113.0/24 ; SBL1\n', ['203.0.113.0/24']],
  [
    'JSON lines of Spamhaus',
    '{"cidr":"203.0.113.0/24","sblid":"SBL1","rir":"ripencc"}\n{"cidr":"2001:db8:1::/48","sblid":"SBL2","rir":"arin"}\n{"type":"metadata","timestamp":1,"size":2,"records":2}\n',
    ['203.0.113.0/24', '2001:db8:1::/48'],
  ],
  [
    'CSV of abuse.ch with its header',
    '# list\n"first_seen_utc","dst_ip","dst_port","c2_status","last_online","malware"\n"2026-01-04 05:06:07","203.0.113.9","443","online","2026-01-05","QakBot"\n',
    ['203.0.113.9 QakBot'],
  ],
  [
    'CSV whose header is a note and whose addresses have ports',
    '# "first_seen_utc","ioc_id","ioc_value","ioc_type","malware_printable"\r\n"2026-01-04 05:06:07", "1", "198.51.100.7:8080", "ip:port", "Cobalt Strike"\r\n',
    ['198.51.100.7 Cobalt Strike'],
  ],
  ['pretty JSON', '[\n  {\n    "ip_address": "203.0.113.9",\n    "port": 443\n  }\n]\n', ['203.0.113.9']],
  ['a range', '203.0.113.4-203.0.113.9\n', ['203.0.113.4/30', '203.0.113.8/31']],
  ['a range that is one network', '198.51.100.0-198.51.100.255', ['198.51.100.0/24']],
  ['IPv4 inside IPv6', '::ffff:203.0.113.9', ['203.0.113.9']],
  ['names and words', 'example.com\nbad host here\n', []],
])('%s', (_, text, networks) => {
  expect(read(text).networks).toEqual(networks);
});

test('what is not taken is counted', () => {
  const { networks, count } = read(
    '0.0.0.0/0\n203.0.0.0/7\n10.0.0.0/8\n127.0.0.1\n::/0\nnonsense\n203.0.113.9/33\n203.0.113.9\n',
  );
  expect(networks).toEqual(['203.0.113.9']);
  expect(count).toEqual({ entries: 1, unread: 2, tooWide: 3, internal: 2 });
});

test('a hostile list costs no more than its length', () => {
  const { count } = read(
    `${'1.'.repeat(500_000)}\n${'::'.repeat(1000)}\n${','.repeat(100_000)}\n0.0.0.0-255.255.255.255\n`,
  );
  expect(count.entries).toBe(0);
});
