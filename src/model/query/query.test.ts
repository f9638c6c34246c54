import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newEvent } from '../event.ts';
import { habitsIn, matchesQuery, parseQuery, printQuery, type Query, queryFields, queryLimits } from './index.ts';

type Bare = string | { [key: string]: Bare | Bare[] };

/** A query in short: texts as they are, `field op value`, lists under all, any, not. */
function short(query: Query): Bare {
  switch (query.type) {
    case 'text':
      return query.phrase ? `"${query.value}"` : query.value;
    case 'field':
      return `${query.field} ${query.op} ${query.value}`.trimEnd();
    case 'not':
      return { not: short(query.of) };
    default:
      return { [query.type]: query.of.map(short) };
  }
}

const read = (text: string): Bare => {
  const parsed = parseQuery(text);
  return parsed.ok
    ? short(parsed.query)
    : { error: parsed.errors.map(({ at, message }) => `${at.from}-${at.to} ${message}`) };
};

test.each<[string, Bare]>([
  ['', { all: [] }],
  ['  ', { all: [] }],
  ['root', 'root'],
  ['Failed password', { all: ['Failed', 'password'] }],
  ['"Failed password"', '"Failed password"'],
  [
    'user:root src_ip:203.0.113.0/24 "Failed password" -host:web1 severity>=high',
    {
      all: [
        'user is root',
        'src_ip cidr 203.0.113.0/24',
        '"Failed password"',
        { not: 'host is web1' },
        'severity gte high',
      ],
    },
  ],
  ['a OR b c', { any: ['a', { all: ['b', 'c'] }] }],
  ['(a OR b) c', { all: [{ any: ['a', 'b'] }, 'c'] }],
  ['a AND b AND (c d)', { all: ['a', 'b', 'c', 'd'] }],
  ['NOT a', { not: 'a' }],
  ['NOT NOT a', 'a'],
  ['-(a OR b)', { not: { any: ['a', 'b'] } }],
  ['and or not', { all: ['and', 'or', 'not'] }],
  ['user:(root OR admin)', { any: ['user is root', 'user is admin'] }],
  ['user:(root admin "x y")', { any: ['user is root', 'user is admin', 'user is x y'] }],
  ['-user:(root adm*)', { not: { any: ['user is root', 'user startswith adm'] } }],
  ['user:(NOT root)', { not: 'user is root' }],
  ['dst_port:(>=1024 AND <2000)', { all: ['dst_port gte 1024', 'dst_port lt 2000'] }],
  ['severity:(<low OR >=high)', { any: ['severity lt low', 'severity gte high'] }],
  ['dst_port:>=1024 dst_port<2000', { all: ['dst_port gte 1024', 'dst_port lt 2000'] }],
  ['port:022', 'dst_port is 22'],
  ['user:"a b"', 'user is a b'],
  ['user:*', 'user exists'],
  ['-user:*', { not: 'user exists' }],
  ['user:""', { not: 'user exists' }],
  ['user:adm*', 'user startswith adm'],
  ['user:*adm', 'user endswith adm'],
  ['user:*adm*', 'user contains adm'],
  ['user:a*b', 'user wildcard a*b'],
  ['user:a\\*b', 'user is a*b'],
  ['user:a\\*b*c', 'user wildcard a\\*b*c'],
  ['user:"a*"', 'user is a*'],
  ['message:failed', 'message contains failed'],
  ['raw:a*b', 'raw wildcard *a*b*'],
  ['Fail*root', 'raw wildcard *Fail*root*'],
  ['*error*', 'error'],
  ['*', { all: [] }],
  // Other names of the same fields.
  ['source_ip:203.0.113.7', 'src_ip is 203.0.113.7'],
  ['username:root', 'user is root'],
  ['destination_port>1', 'dst_port gt 1'],
  ['parsed.hostname:web1', 'host is web1'],
  ['SEVERITY:HIGH', 'severity is high'],
  ['severity:warning', 'severity is medium'],
  ['exe:/bin/sh', 'fields.exe is /bin/sh'],
  ['fields.exe:/bin/sh', 'fields.exe is /bin/sh'],
  ['geo.country:DE', 'geo.country is DE'],
  ['bytes>1000', 'fields.bytes gt 1000'],
  // Addresses.
  ['src_ip:2001:DB8:0:0::1', 'src_ip is 2001:db8::1'],
  ['src_ip:(2001:db8::1 OR fe80::1)', { any: ['src_ip is 2001:db8::1', 'src_ip is fe80::1'] }],
  ['src_ip:2001:db8::/32', 'src_ip cidr 2001:db8::/32'],
  ['src_ip:203.0.113.*', 'src_ip startswith 203.0.113.'],
  ['rhost:10.0.0.0/8', 'fields.rhost cidr 10.0.0.0/8'],
  ['user:(//)', 'user is //'],
  ['path:/a/b', 'fields.path is /a/b'],
  // What looks like a field and is text.
  ['fe80::1', 'fe80::1'],
  ['aa:bb:cc:dd:ee:ff', 'aa:bb:cc:dd:ee:ff'],
  ['https://example.com/x', 'https://example.com/x'],
  ['10:22:33', '10:22:33'],
  ['sshd[12]:', 'sshd[12]:'],
  ['SRC=203.0.113.7', 'SRC=203.0.113.7'],
  ['user\\:root', 'user:root'],
  ['--force -> -', { all: ['--force', '->', '-'] }],
  ['<script>', '<script>'],
  ['C:\\Windows', 'fields.C is \\Windows'],
  ['"say \\"no\\" \\\\"', '"say "no" \\"'],
])('%j', (text, expected) => {
  expect(read(text)).toEqual(expected);
});

test.each<[string, string]>([
  ['"abc', '0-4 Close the quotation mark'],
  ['(a', '0-1 Close this parenthesis'],
  ['(', '0-1 Close this parenthesis'],
  ['()', '0-2 Write something between the parentheses'],
  ['a)', '1-2 This parenthesis closes nothing'],
  ['""', '0-2 Write something between the quotation marks'],
  ['a OR', '2-4 Write a condition behind OR'],
  ['OR a', '0-2 Write a condition before OR'],
  ['a AND OR b', '2-5 Write a condition behind AND'],
  ['NOT', '0-3 Write a condition behind NOT'],
  ['user: root', '0-5 Write a value right behind "user:"'],
  ['user:', '0-5 Write a value'],
  ['user:(a b:c)', '8-10 Only values of "user" can stand here'],
  ['dst_port:http', '0-13 "dst_port" is a number'],
  ['dst_port:8*', '0-11 "dst_port" is a number'],
  ['user>=3', '0-7 "user" has no order'],
  ['bytes>many', '0-10 Write a number'],
  ['severity:bad', '0-12 "bad" is no severity'],
  ['severity>=bad', '0-13 "bad" is no severity'],
  ['src_ip:203.0.113.0/99', '0-21 "203.0.113.0/99" is no network'],
])('%j is refused: %s', (text, message) => {
  expect(read(text)).toEqual({ error: [expect.stringContaining(message)] });
});

describe('limits are told with the number found', () => {
  test.each([
    ['x'.repeat(queryLimits.length + 1), 'has 4001 characters and may have 4000'],
    [`${'('.repeat(500)}a${')'.repeat(500)}`, 'more than 24 deep'],
    [`${'-'.repeat(1)}${'NOT '.repeat(500)}a`, 'more than 24 deep'],
    ['a '.repeat(600), 'more than 250 conditions'],
  ])('%#', (text, message) => {
    expect(read(text)).toEqual({ error: [expect.stringContaining(message)] });
  });
});

const piece = fc.constantFrom(
  ...'()"*-:<>=\\ \n',
  'AND ',
  'OR ',
  'NOT ',
  'user:',
  'dst_port>=',
  'a',
  '7',
  'é',
  '\ud800',
  '203.0.113.0/24',
  'fe80::1',
  '//',
);

test('nothing makes it throw, and errors stand inside the text', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece).map((parts) => parts.join('')),
        fc.string({ unit: 'binary' }),
      ),
      (text) => {
        const parsed = parseQuery(text);
        if (parsed.ok) return;
        expect(parsed.errors.length).toBeGreaterThan(0);
        for (const { at, message } of parsed.errors) {
          expect(at.from >= 0 && at.from <= at.to && at.to <= text.length && message.endsWith('.')).toBe(true);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

const withoutPlaces = (query: Query): string =>
  JSON.stringify(query, (key, value: unknown) => (key === 'at' ? undefined : value));

test('what is printed is read as the same query', () => {
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 30 }).map((parts) => parts.join('')),
      (text) => {
        const parsed = parseQuery(text);
        if (!parsed.ok) return;
        const printed = printQuery(parsed.query);
        const again = parseQuery(printed);
        expect(again.ok && withoutPlaces(again.query), printed).toBe(withoutPlaces(parsed.query));
      },
    ),
    { numRuns: 1000 },
  );
});

const value = fc.oneof(
  fc.string({ minLength: 1, maxLength: 8 }),
  fc.array(piece, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
  fc.constantFrom('root', '2001:db8::1', '203.0.113.0/24', 'AND', '-x', 'a:b', '*', '\\', '>=3'),
);
const name = fc.constantFrom('user', 'host', 'src_ip', 'fields.exe', 'fields.user', 'fields.a b', 'tags', 'format');

test('a value of any text is printed so that it is found', () => {
  fc.assert(
    fc.property(name, value, (field, text) => {
      if (field === 'fields.a b') return;
      const query: Query = { type: 'field', field, op: 'is', value: text, at: { from: 0, to: 0 } };
      const again = parseQuery(printQuery({ type: 'any', of: [query, { ...query, value: 'z' }] }));
      expect(again.ok && again.query.type === 'any' && again.query.of[0]).toMatchObject({
        field,
        op: 'is',
        value: text,
      });
    }),
    { numRuns: 1000 },
  );
});

test('no name means two fields', () => {
  const names = queryFields.flatMap(({ name, aliases }) => [name, ...aliases]);
  expect(new Set(names).size).toBe(names.length);
});

const event = {
  ...newEvent({ source: 'syslog_192.0.2.1', source_type: 'syslog', peer: null, hint: null, identity: '' }, 0, ''),
  raw: 'Nov 22 web1 sshd[7]: Failed password for Root from 203.0.113.7',
  user: 'Root',
  host: 'web1',
  src_ip: '203.0.113.7',
  dst_port: 22,
  severity: 'high' as const,
  tags: ['one', 'two'],
  fields: { exe: '/bin/sh', nested: { deep: [1, 2] }, 'dotted.key': 'x', empty: '' },
};

test.each([
  ['', true],
  ['failed', true],
  ['"failed password"', true],
  ['"password failed"', false],
  ['user:root', true],
  ['-user:root', false],
  ['user:r*t', true],
  ['user:(admin OR root) host:web1', true],
  ['src_ip:203.0.113.0/24', true],
  ['src_ip:203.0.113.0/30', false],
  ['severity>=high', true],
  ['severity>high', false],
  ['dst_port<=22', true],
  ['dst_port>22', false],
  ['src_port<99999', false],
  ['program:*', false],
  ['empty:*', false],
  ['-program:*', true],
  ['tags:two', true],
  ['exe:/bin/sh', true],
  ['nested.deep:2', true],
  ['dotted.key:x', true],
  ['constructor:*', false],
  ['fail*from', true],
  ['from*fail', false],
])('%j fits: %s', (text, expected) => {
  const parsed = parseQuery(text);
  expect(parsed.ok && matchesQuery(parsed.query, event)).toBe(expected);
});

test.each([
  ['user=root', ['user:root']],
  ['user==root host!=web1', ['user:root', '-host:web1']],
  ['!user:root', ['-user:root']],
  ['user!:root', ['-user:root']],
  ['src_ip=203.0.113.0/24 severity=high', ['src_ip:203.0.113.0/24', 'severity:high']],
  ['a || b', ['OR']],
  ['a && (b c)', [null]],
  // What is no column, no comparison or quoted is text and nothing else.
  ['uid=0 SRC=203.0.113.7 "user=root" https://example.com -ruser=x', []],
])('%s: what another tool would read is named', (text, expected) => {
  const parsed = parseQuery(text);
  const habits = parsed.ok ? habitsIn(parsed.query) : [];
  expect(habits.map(({ instead }) => instead)).toEqual(expected);
  for (const { at, written } of habits) expect(text.slice(at.from, at.to)).toBe(written);
});

test.each(['dst_port:1-1024', 'dst_port:1..1024', 'dst_port:[1 TO 1024]'])(
  '%s: a range is told how to be written',
  (text) => expect(JSON.stringify(read(text))).toContain('Write a range of \\"dst_port\\" as dst_port:(>=1 AND <='),
);
