import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newEvent } from '../event.ts';
import {
  completionAt,
  matchesQuery,
  parseQuery,
  queryMarks,
  valueQuery,
  valueState,
  withText,
  withValue,
} from './index.ts';

test.each<[string, string, string | null, 'include' | 'exclude', string]>([
  ['', 'user', 'root', 'include', 'user:root'],
  ['', 'user', 'root', 'exclude', '-user:root'],
  ['failed', 'user', 'root', 'include', 'failed user:root'],
  ['a OR b', 'user', 'root', 'include', '(a OR b) user:root'],
  ['user:root', 'user', 'admin', 'include', 'user:(root OR admin)'],
  ['user:(root OR admin)', 'user', 'admin', 'include', 'user:root'],
  ['user:root', 'user', 'root', 'include', ''],
  ['user:Root', 'user', 'root', 'exclude', '-user:root'],
  ['-user:root', 'user', 'root', 'include', 'user:root'],
  ['-user:root', 'user', 'root', 'exclude', ''],
  ['-user:(root OR admin)', 'user', 'root', 'exclude', '-user:admin'],
  ['user:ro*', 'user', 'root', 'include', 'user:ro* user:root'],
  ['tags:one', 'tags', 'two', 'include', 'tags:one tags:two'],
  ['', 'user', null, 'include', '-user:*'],
  ['', 'user', null, 'exclude', 'user:*'],
  ['', 'user', 'a b', 'include', 'user:"a b"'],
  ['', 'message', 'a b', 'include', 'message:"a b"'],
  ['', 'fields.exe', '/bin/sh', 'exclude', '-exe:/bin/sh'],
  ['"open', 'user', 'root', 'include', '"open user:root'],
])('%j with %s %j %sd is %j', (text, field, value, how, expected) => {
  expect(withValue(text, field, value, how)).toBe(expected);
});

const anyText = fc.oneof(
  fc.string({ minLength: 1, maxLength: 10 }),
  fc.constantFrom('a" OR "b', 'x) OR *', '-y', 'AND'),
);

test('a value of any text leads to the events that have it, and twice is as before', () => {
  const origin = { source: 's', source_type: 'file', peer: null, hint: null, identity: '' } as const;
  fc.assert(
    fc.property(anyText, (value) => {
      const event = { ...newEvent(origin, 0, ''), user: value };
      for (const how of ['include', 'exclude'] as const) {
        const text = withValue('host:web1', 'user', value, how);
        const parsed = parseQuery(text);
        if (!parsed.ok) throw new Error(text);
        expect(matchesQuery(parsed.query, { ...event, host: 'web1' })).toBe(how === 'include');
        expect(matchesQuery(parsed.query, { ...event, host: 'web2' })).toBe(false);
        expect(valueState(text, 'user', value)).toBe(how === 'include' ? 'included' : 'excluded');
        expect(withValue(text, 'user', value, how)).toBe('host:web1');
      }
    }),
  );
});

test('text is added once', () => {
  expect(withText('', 'Failed password')).toBe('"Failed password"');
  expect(withText('"failed password"', 'Failed password')).toBe('"failed password"');
  expect(valueQuery('src_ip', '203.0.113.7')).toBe('src_ip:203.0.113.7');
});

test('marks are what hits show', () => {
  const parsed = parseQuery('Failed user:root -host:web1 msg:x*y (a OR NOT b) dst_port>=7');
  expect(parsed.ok && queryMarks(parsed.query)).toEqual([
    { field: null, text: 'failed' },
    { field: 'user', text: 'root' },
    { field: null, text: 'x' },
    { field: null, text: 'y' },
    { field: null, text: 'a' },
  ]);
});

/** The cursor stands at the bar. */
test.each([
  ['|', 'field', '', 0, 0],
  ['us|', 'field', 'us', 0, 2],
  ['a -us|er', 'field', 'us', 3, 7],
  ['user|', 'operator', '', 4, 4],
  ['user:|', 'value', '', 5, 5],
  ['user:ro|', 'value', 'ro', 5, 7],
  ['user:"ro o|', 'value', 'ro o', 5, 10],
  ['user:"ro|ot" x', 'value', 'ro', 5, 11],
  ['user:(root OR ad|', 'value', 'ad', 14, 16],
  ['user:("a b" OR "c|', 'value', 'c', 15, 17],
  ['severity>=|', 'value', '', 10, 10],
  ['user:root |', 'next', '', 10, 10],
  ['user:root AND |', 'field', '', 14, 14],
  ['(|', 'field', '', 1, 1],
  ['user:(a) us|', 'field', 'us', 9, 11],
])('%j completes a %s', (marked, kind, prefix, from, to) => {
  const cursor = marked.indexOf('|');
  expect(completionAt(marked.replace('|', ''), cursor)).toMatchObject({ kind, prefix, from, to });
});

test.each(['"a b|', '<x|'])('%j completes nothing', (marked) => {
  expect(completionAt(marked.replace('|', ''), marked.indexOf('|')).kind).toBe('none');
});

test('no cursor in any text makes completion throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'user:()"-\\ >=*OR') }), fc.nat(40), (text, cursor) => {
      const place = completionAt(text, Math.min(cursor, text.length));
      if (place.kind !== 'none') expect(place.from <= place.to && place.to <= text.length).toBe(true);
    }),
    { numRuns: 1000 },
  );
});
