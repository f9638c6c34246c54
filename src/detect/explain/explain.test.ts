import { expect, test } from 'vitest';
import type { Event } from '../../model/index.ts';
import { engine, event, native, sigma } from '../fixtures.test-suite.ts';
import { spanWords } from './words.ts';

const raw = 'Nov 21 10:00:01 vm sshd[22]: Failed password for Root from 203.0.113.66 port 22 ssh2';
const failed = (parts: Partial<Event> = {}) =>
  event({
    raw,
    message: raw.slice(29),
    event_type: 'auth.failure',
    user: 'Root',
    src_ip: '203.0.113.66',
    src_port: 22,
    ...parts,
  });

const rule = (selection: string, condition = 's') =>
  sigma(
    `title: t\nid: t\nlogsource: { product: any }\ndetection:\n  s: ${selection}\n  f: { user: guest }\n  condition: ${condition}\n`,
  );

const marked = (selection: string, one = failed()) => {
  const [alert] = engine(rule(selection)).alerts(one);
  const at = alert?.explain.clauses[0]?.children[0]?.at;
  return at ? one.raw.slice(at.offset, at.offset + at.length) : null;
};

test.each([
  ['{ raw|contains: failed PASSWORD }', 'Failed password'],
  ['{ message|contains: password }', 'password'],
  ['{ message|startswith: failed }', 'Failed'],
  ['{ raw|endswith: SSH2 }', 'ssh2'],
  ['{ raw|re: "for \\\\w+ from" }', 'for Root from'],
  ['{ raw: "*failed*port*" }', 'Failed password for Root from 203.0.113.66 port'],
  ['{ user: root }', 'Root'],
  ['{ src_ip|cidr: 203.0.113.0/24 }', '203.0.113.66'],
  // 22 stands alone in sshd[22] first; 203.0.113.66 is no place for 66
  ['{ src_port: 22 }', '22'],
  ['{ event_type: auth.failure }', null],
])('%s marks %s', (selection, expected) => {
  expect(marked(selection)).toBe(expected);
});

test('offsets are UTF-16; where folding changes lengths the whole value is marked', () => {
  expect(marked('{ raw|contains: failed }', failed({ raw: `😀 ${raw}` }))).toBe('Failed');
  expect(marked('{ raw|contains: failed }', failed({ raw: `İ ${raw}` }))).toBe(`İ ${raw}`);
});

test('the tree names each clause, its field, value and what was asked for', () => {
  const [alert] = engine(rule('{ user: root, message|contains: [password, publickey] }', 's and not f')).alerts(
    failed(),
  );
  const [and] = alert?.explain.clauses ?? [];
  expect(and).toMatchObject({
    clause: 'and',
    matched: true,
    children: [
      {
        clause: 's',
        matched: true,
        children: [
          { clause: 'user', matched: true, field: 'user', value: 'Root', expected: 'root' },
          {
            clause: 'message|contains',
            matched: true,
            children: [
              { matched: true, expected: 'password' },
              { matched: false, expected: 'publickey', at: null },
            ],
          },
        ],
      },
      { clause: 'not', matched: true, children: [{ clause: 'f', matched: false }] },
    ],
  });
  expect(alert?.explain.correlation).toBeNull();
});

test('of many alternatives only those that held are shown', () => {
  const many = Array.from({ length: 500 }, (_, i) => `word${i}`).join(', ');
  const [alert] = engine(rule(`{ message|contains: [${many}, password] }`)).alerts(failed());
  expect(alert?.explain.clauses[0]?.children[0]?.children).toMatchObject([{ matched: true, expected: 'password' }]);
});

test('a correlation says what was counted, for whom, in which window, and the limit', () => {
  const threshold = native('threshold', {
    field: 'parsed.event_type',
    value: 'auth_fail',
    count: 2,
    window_seconds: 60,
    group_by: 'src_ip',
  });
  const [alert] = engine([threshold]).alerts(failed(), failed({ host: 'vm' }));
  expect(alert?.explain).toMatchObject({
    summary: '2 events by 203.0.113.66 in less than a second (limit: at least 2 events within 60 s)',
    correlation: {
      type: 'event_count',
      group: { src_ip: '203.0.113.66' },
      window_seconds: 60,
      condition: 'at least 2 events',
      observed: 2,
      approximate: false,
    },
  });
  expect(alert?.message).toBe('a threshold rule: 2 events by 203.0.113.66 on vm');
});

test('a template is filled from the group, the event and the counts; what is unknown is a question mark', () => {
  const text = `title: t\nid: t\nlogsource: { product: any }\ndetection: { s: { user: root }, condition: s }\nphosor: { message: "{count} by {src_ip} as {user} from {fields.city} ({constructor}) {" }\n`;
  const [alert] = engine(sigma(text)).alerts(failed({ fields: { city: 'Rome' } }));
  expect(alert?.message).toBe('1 by 203.0.113.66 as Root from Rome (?) {');
});

test.each([
  [0, 'less than a second'],
  [999, 'less than a second'],
  [34_000, '34 s'],
  [119_000, '119 s'],
  [120_000, '2 min'],
  [310_000, '5 min 10 s'],
  [7_800_000, '2 h 10 min'],
  [259_200_000, '3 d'],
])('%i ms are %s', (ms, words) => {
  expect(spanWords(ms)).toBe(words);
});
