import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  analyzerCondition,
  analyzerEventTypes,
  analyzerLogSources,
  analyzerSeverities,
  type Event,
  type EventCondition,
  holds,
  newEvent,
} from '../../../model/index.ts';
import { compileFilter } from './query.ts';
import { simplified } from './simplify.ts';

const origin = { source: 's', source_type: 'syslog', peer: null, hint: null, identity: '' } as const;
const formats = ['sshd', 'dropbear', 'ufw', 'sql', 'mysql', 'raw'] as const;
const types = ['auth.failure', 'auth.success', 'net.blocked', 'net.connection', 'sql.error', 'web.attack'] as const;
const users = [null, 'root', 'anna'] as const;

const anyEvent: fc.Arbitrary<Event> = fc
  .record({
    format: fc.constantFrom(...formats),
    event_type: fc.constantFrom(...types),
    severity: fc.constantFrom('info', 'medium', 'high', 'critical'),
    user: fc.constantFrom(...users),
    dst_port: fc.constantFrom(null, 22, 1433, 80),
    src_ip: fc.constantFrom(null, '192.0.2.1'),
    fields: fc.constantFrom({}, { tcp_flags: 'SYN' }, { tcp_flags: ['SYN', 'ACK'] }),
  })
  .map((own) => ({ ...newEvent(origin, 0, 'line'), ...own }) as Event);

const equals = (column: 'format' | 'event_type' | 'user', values: readonly string[]): EventCondition => ({
  op: 'equals',
  column,
  values,
  fold: false,
});
const anyCondition = fc.letrec<{ condition: EventCondition }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.subarray([...formats]).map((values) => equals('format', values)),
    fc.subarray([...types]).map((values) => equals('event_type', values)),
    fc.subarray(['root', 'anna', 'ROOT']).map((values) => equals('user', values)),
    fc.constant<EventCondition>({ op: 'equals', column: 'user', values: ['root'], fold: 'simple' }),
    fc.constant<EventCondition>({ op: 'null', column: 'user' }),
    fc.constant<EventCondition>({ op: 'number', column: 'dst_port', values: [22, 1433] }),
    tie('condition').map((of): EventCondition => ({ op: 'not', of })),
    fc.array(tie('condition'), { maxLength: 4 }).map((of): EventCondition => ({ op: 'all', of })),
    fc.array(tie('condition'), { maxLength: 4 }).map((of): EventCondition => ({ op: 'any', of })),
  ),
})).condition;

test('whatever the condition, the same events fulfil it', () => {
  fc.assert(
    fc.property(anyCondition, fc.array(anyEvent, { minLength: 1, maxLength: 20 }), (condition, events) => {
      const less = simplified(condition);
      for (const event of events) expect(holds(less, event)).toBe(holds(condition, event));
    }),
    { numRuns: 2000 },
  );
});

test('the analyzer’s words mean what they meant', () => {
  const words = [
    ...analyzerSeverities.map((word) => analyzerCondition({ severity: [word] })),
    ...analyzerEventTypes.map((word) => analyzerCondition({ event_type: [word] })),
    ...analyzerLogSources.map((word) => analyzerCondition({ log_source: [word] })),
    analyzerCondition({ severity: ['HIGH', 'CRITICAL'], log_source: ['iptables', 'syslog'] }),
  ];
  fc.assert(
    fc.property(anyEvent, (event) => {
      for (const condition of words) expect(holds(simplified(condition), event)).toBe(holds(condition, event));
    }),
    { numRuns: 500 },
  );
});

const sizeOf = (condition: EventCondition): number => compileFilter({ condition }).values.length;

test('a decision does not ask again what it rules out itself', () => {
  const isLogin = analyzerCondition({ event_type: ['SSH_LOGIN_SUCCESS'] });
  expect(simplified(isLogin)).toEqual({
    op: 'all',
    of: [equals('format', ['sshd', 'dropbear']), equals('event_type', ['auth.success'])],
  });
  // 121 values were bound, each of them compared with every event.
  expect(sizeOf(analyzerCondition({ severity: ['HIGH'] }))).toBeLessThan(40);
});
