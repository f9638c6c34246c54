import { expect, test } from 'vitest';
import { type Event, type EventCondition, type FieldTest, holds } from '../../model/index.ts';
import { conditionOfQuery, matchesQuery, parseQuery } from '../../model/query/index.ts';
import type { EventFilter, EventStore } from '../contract.ts';
import { event } from './conformance.test-suite.ts';

const changes: readonly Partial<Event>[] = [
  { src_ip: '203.0.113.66', src_port: 40022, user: 'root', host: 'web1' },
  { src_ip: '203.0.114.1', src_port: 22, user: 'Root', host: 'WEB2' },
  { src_ip: '2001:db8::7', dst_ip: '198.51.100.7', user: 'meſſer' },
  { src_ip: '2001:db8:1:2:3:4:5:6', dst_ip: '::1', user: '100%_done\\' },
  { src_ip: '2001:db9::', dst_ip: '10.0.0.1', user: 'Ärger' },
  { src_ip: '::ffff:0:1', dst_ip: '9.255.0.1' },
  {
    fields: { method: 'password', size: 12, ok: true, list: ['a', 'B', 3], nested: { deep: 'Käse' }, 'a.b': 'dotted' },
  },
  { fields: { method: 'PUBLICKEY', size: '12.5', ok: false, list: [], nested: { deep: null }, 'odd "key"/~': 'x' } },
  { fields: { method: null, size: 'twelve', empty: '' }, tags: ['clock_skew', 'udp'], dst_port: 443, pid: 7 },
  { message: 'no part of the line', redacted: ['ssn'], dst_port: 80, geo: { country: 'DE', city: 'Köln' } },
  { host: '192.0.2.7', fields: { address: ['10.0.0.1', '203.0.113.9'] }, raw: '😀 head: 😀 end', message: '😀 end' },
  { host: '192.0.2.7.example', fields: { address: '203.0.113.x' } },
  { raw: 'kernel: DROP SRC=192.0.2.1 \u0000 end', message: 'DROP SRC=192.0.2.1 \u0000 end' },
];

const text = (
  op: 'equals' | 'contains' | 'startswith' | 'endswith' | 'wildcard',
  column: 'user' | 'host' | 'raw' | 'message',
  values: string[],
  fold = false,
): EventCondition => ({ op, column, values, fold });
const cidr = (...values: string[]): EventCondition => ({ op: 'cidr', column: 'src_ip', values });
const json = (key: string | null, found: FieldTest, column: 'fields' | 'tags' | 'geo' = 'fields'): EventCondition => ({
  op: 'json',
  column,
  key,
  test: found,
});
const is = (value: string, fold = false): FieldTest => ({ op: 'equals', values: [value], fold });

const conditions = (): readonly EventCondition[] => [
  { op: 'all', of: [] },
  { op: 'any', of: [] },
  { op: 'not', of: text('equals', 'user', ['root']) },
  text('equals', 'user', ['root'], true),
  text('equals', 'user', ['messer'], true),
  text('equals', 'user', ['ärger'], true),
  text('contains', 'user', ['%', 'nope']),
  text('startswith', 'host', ['web'], true),
  text('endswith', 'user', ['\\']),
  text('contains', 'raw', ['drop'], true),
  text('contains', 'message', ['part']),
  text('wildcard', 'user', ['r*t'], true),
  text('wildcard', 'user', ['?oot']),
  text('wildcard', 'user', ['100%_*\\\\']),
  text('wildcard', 'user', ['*']),
  text('wildcard', 'user', ['']),
  { op: 'null', column: 'message' },
  { op: 'null', column: 'fields' },
  { op: 'null', column: 'dst_port' },
  { op: 'number', column: 'dst_port', values: [443, 8080] },
  { op: 'compare', column: 'dst_port', relation: 'gte', value: 443 },
  { op: 'not', of: { op: 'compare', column: 'dst_port', relation: 'lt', value: 443.5 } },
  cidr('203.0.113.0/24'),
  cidr('203.0.112.0/23', '192.0.2.1'),
  cidr('203.0.0.0/9'),
  cidr('128.0.0.0/1'),
  cidr('0.0.0.0/0'),
  cidr('203.0.113.66'),
  cidr('2001:db8::/32'),
  cidr('2001:db8::/31'),
  cidr('2001:db8:1::/47'),
  cidr('2001:db8::7/128'),
  cidr('::/0'),
  cidr('::ffff:0:0/96'),
  cidr('no network', '1.2.3.4/99', '2001:db8::/129', '1.2.3.4/5/6'),
  { op: 'cidr', column: 'dst_ip', values: ['::1', '8.0.0.0/7'] },
  json('method', { op: 'exists' }),
  json('method', is('publickey', true)),
  json('method', { op: 'wildcard', values: ['pass*'], fold: false }),
  json('size', is('12')),
  json('size', { op: 'compare', relation: 'gt', value: 12 }),
  json('size', { op: 'compare', relation: 'gte', value: 12 }),
  json('ok', is('true')),
  json('list', is('b', true)),
  json('list', is('3')),
  json('list', { op: 'exists' }),
  json('nested.deep', is('käse', true)),
  json('nested.deep', { op: 'exists' }),
  json('nested', { op: 'contains', values: ['"deep"'], fold: false }),
  json('a.b', is('dotted')),
  json('odd "key"/~', is('x')),
  json('empty', is('')),
  json('empty', { op: 'exists' }),
  json('address', { op: 'cidr', values: ['203.0.113.0/24', '2001:db8::/32'] }),
  { op: 'cidr', column: 'host', values: ['192.0.2.0/25'] },
  { op: 'equals', column: 'user', values: ['ROOT', 'ÄRGER'], fold: 'simple' },
  { op: 'contains', column: 'full_message', values: ['drop src'], fold: 'simple' },
  { op: 'contains', column: 'full_message', values: ['kernel'], fold: 'simple' },
  { op: 'endswith', column: 'full_message', values: ['😀 end'], fold: false },
  { op: 'equals', column: 'id', values: [event(3).id.toUpperCase(), 'x'], fold: 'simple' },
  { op: 'startswith', column: 'id', values: [event(4).id.slice(0, 12)], fold: 'simple' },
  json('constructor', { op: 'exists' }),
  json(null, is('clock_skew'), 'tags'),
  json(null, { op: 'startswith', values: ['u'], fold: false }, 'tags'),
  json('city', { op: 'contains', values: ['öl'], fold: false }, 'geo'),
  { op: 'not', of: json('method', is('password')) },
  {
    op: 'all',
    of: [
      { op: 'not', of: cidr('::/0') },
      { op: 'not', of: { op: 'null', column: 'src_ip' } },
    ],
  },
];

const queries = [
  '',
  'FAILED',
  '"failed password"',
  'user:root',
  'user:root OR user:ärger',
  'NOT user:*',
  '-host:web1 Failed',
  'host:web*',
  'user:*t user:r*',
  'user:100*\\\\',
  'raw:fail*root*ssh2',
  'fai*root',
  'src_ip:203.0.113.0/24',
  'src_ip:"2001:db8::7"',
  'src_ip:2001:db8::/32',
  'host:192.0.2.0/24',
  'dst_port>=80 dst_port<443',
  'dst_port:*',
  'port:443',
  'severity>=high',
  'severity<medium',
  'severity:info',
  'method:password',
  'fields.method:p*',
  'size>12',
  'size:12',
  'list:b',
  'nested.deep:käse',
  'a.b:dotted',
  'address:203.0.113.0/24',
  'ok:true',
  'tags:udp',
  'redacted:ssn',
  'geo.country:de',
  'message:"drop src"',
  'message:*',
  'msg:end',
  'id:*',
  'nothing:here',
  'user:(root "100%_done\\\\")',
];

/** What every event store must do with a condition: what `holds` (src/model) says of the same events in memory. */
export function conditionConformance(
  scene: () => { store: EventStore; load: (events: readonly Event[]) => Promise<unknown> },
): void {
  const samples = changes.map((change, i) => event(i, change));
  const find = async (filter: EventFilter, order?: 'newest' | 'oldest') =>
    (await scene().store.page(filter, 1000, null, order)).events.map(({ id }) => samples.findIndex((e) => e.id === id));

  test('conditions find what they hold for', async () => {
    await scene().load(samples);
    for (const condition of conditions()) {
      const expected = samples.flatMap((sample, i) => (holds(condition, sample) ? [i] : []));
      expect(await find({ condition }, 'oldest'), JSON.stringify(condition)).toEqual(expected);
      expect(await scene().store.count({ condition }), JSON.stringify(condition)).toBe(expected.length);
    }
  });

  test('what the query bar asks for is found', async () => {
    await scene().load(samples);
    for (const text of queries) {
      const parsed = parseQuery(text);
      if (!parsed.ok) throw new Error(`${text}: ${parsed.errors[0]?.message}`);
      const expected = samples.flatMap((sample, i) => (matchesQuery(parsed.query, sample) ? [i] : []));
      expect(await find({ condition: conditionOfQuery(parsed.query) }, 'oldest'), text).toEqual(expected);
    }
  });

  test('a condition joins the other parts of a filter', async () => {
    await scene().load(samples);
    const condition: EventCondition = { op: 'not', of: { op: 'null', column: 'user' } };
    expect(await find({ condition, text: 'failed', where: [{ field: 'host', op: 'in', values: ['web1'] }] })).toEqual([
      0,
    ]);
  });

  test('pages also go from the oldest on', async () => {
    await scene().load(samples);
    const found: string[] = [];
    let after: string | null = null;
    do {
      const page = await scene().store.page({}, 3, after, 'oldest');
      found.push(...page.events.map(({ id }) => id));
      after = page.next;
    } while (after !== null);
    expect(found).toEqual(samples.map(({ id }) => id));
  });
}
