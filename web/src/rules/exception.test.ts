import { expect, test } from 'vitest';
import { candidatesOf, entityOf, literal, selectionOf, selectionParts } from './exception.ts';

const event = (fields: object) =>
  ({ source: 'web01', src_ip: '192.0.2.1', user: 'alice', host: 'web01', program: 'sshd', ...fields }) as never;

test('an alert offers its group, chosen, then what its events have in common or a few values of', () => {
  const events = [event({}), event({ user: 'bob', dst_port: 22 })];
  const found = candidatesOf({ group: { src_ip: '192.0.2.1' }, events });
  expect(found.map(({ field, values, chosen }) => [field, values, chosen])).toEqual([
    ['src_ip', ['192.0.2.1'], true],
    ['source', ['web01'], false],
    ['user', ['alice', 'bob'], false],
    ['host', ['web01'], false],
    ['program', ['sshd'], false],
    ['dst_port', ['22'], false],
  ]);
});

test('a field with many values is not offered', () => {
  const events = Array.from({ length: 30 }, (_, index) => event({ user: `user${index}` }));
  expect(candidatesOf({ group: {}, events }).some(({ field }) => field === 'user')).toBe(false);
});

test('what was masked is not offered: it would fit everything that was', () => {
  const events = [event({ user: '[EMAIL-REDACTED]' })];
  const found = candidatesOf({ group: { src_ip: '[INTERNAL-IP]' }, events });
  expect(found.map(({ field }) => field)).toEqual(['source', 'src_ip', 'host', 'program']);
});

test.each([
  ['C:\\temp', 'C:\\\\temp'],
  ['what? *', 'what\\? \\*'],
  ['plain', 'plain'],
])('%s is meant as it is', (text, written) => expect(literal(text)).toBe(written));

const row = (field: string, values: string[], more: object = {}) => ({
  key: 0,
  field,
  values,
  chosen: true,
  typed: false,
  grouped: false,
  ...more,
});

test('rows make a selection: seen values are literal, typed ones may hold wildcards, the same field is an alternative', () => {
  expect(
    selectionOf([
      row('src_ip', ['192.0.2.1']),
      row('user', ['a*b']),
      row('user', ['svc-*'], { typed: true }),
      row('host', ['web01'], { chosen: false }),
      row(' ', ['x'], { typed: true }),
      row('program', [' '], { typed: true }),
    ]),
  ).toEqual({ src_ip: '192.0.2.1', user: ['a\\*b', 'svc-*'] });
});

test.each([
  [[row('src_ip', ['192.0.2.1'], { grouped: true })], '192.0.2.1'],
  [[row('src_ip', ['192.0.2.1'], { grouped: true }), row('user', ['alice'])], null],
  [[row('src_ip', ['192.0.2.1'], { grouped: true, chosen: false })], null],
  [[row('user', ['alice'])], null],
  [[], null],
])('%j is about %j', (rows, entity) => expect(entityOf(rows)).toBe(entity));

test('a selection is read as fields and values', () => {
  expect(selectionParts({ src_ip: ['192.0.2.1', '192.0.2.2'], dst_port: 22 })).toEqual([
    { field: 'src_ip', text: '192.0.2.1 or 192.0.2.2' },
    { field: 'dst_port', text: '22' },
  ]);
});
