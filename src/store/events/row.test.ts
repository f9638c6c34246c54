import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Event, eventToJson, type FieldValue } from '../../model/index.ts';
import { event } from './conformance.test-suite.ts';
import { decodeRow, type EventRow, encodeRow, rowColumns, rowPrefix, rowToJson } from './row.ts';

/** Any UTF-16, lone surrogates included. */
const anyText = fc.string({ unit: 'binary' });
const text = fc.oneof(anyText, fc.string(), fc.constantFrom('"', '\\', '\ud800', '\udc00x', '\u0000', '😀'));
/** Keys that JSON does not escape: JSON.parse of V8 14.6 (Node 26.10) may take one escaped key for another, which is not for here. */
const keyText = anyText.filter((key) => JSON.stringify(key) === `"${key}"`);
const value: fc.Arbitrary<FieldValue> = fc.letrec<{ value: FieldValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(keyText, tie('value'), { maxKeys: 3 }),
  ),
})).value;
const record = fc.dictionary(keyText, value, { maxKeys: 4 }) as fc.Arbitrary<Record<string, FieldValue>>;
const orNull = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: null });

const change: fc.Arbitrary<Partial<Event>> = fc.record({
  source: text,
  host: orNull(text),
  program: orNull(text),
  user: orNull(text),
  protocol: orNull(text),
  src_ip: orNull(text),
  pid: orNull(fc.integer()),
  src_port: orNull(fc.nat(65_535)),
  dst_port: orNull(fc.nat(65_535)),
  raw: text,
  message: text,
  tags: fc.array(text, { maxLength: 3 }),
  fields: record,
  geo: orNull(record),
  intel: orNull(record),
  score: orNull(record),
  redacted: fc.array(fc.string(), { maxLength: 2 }),
});

function wellFormed(some: unknown): unknown {
  return JSON.parse(JSON.stringify(some), (_, inner) => {
    if (typeof inner === 'string') return inner.toWellFormed();
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, one]) => [key.toWellFormed(), one]));
  });
}

describe('a row', () => {
  test('is one line of JSON without lone surrogates, and gives back the event', () => {
    fc.assert(
      fc.property(change, fc.boolean(), (some, isPart) => {
        const sent = event(1, some);
        if (isPart) sent.message = sent.raw.slice(sent.raw.length >> 1);
        const line = encodeRow(sent);
        expect(line.endsWith('}\n')).toBe(true);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(line.isWellFormed()).toBe(true);
        expect(/\\u[dD][89a-fA-F]/.test(line.replaceAll('\\\\', ''))).toBe(false);
        expect(wellFormed(eventToJson(decodeRow(line)))).toEqual(wellFormed(eventToJson(sent)));
      }),
      { numRuns: 500 },
    );
  });

  test('has the id at a fixed place, known columns only, and nothing that is null or empty', () => {
    const sent = event(7);
    const line = encodeRow(sent);
    expect(line.slice(rowPrefix.length, rowPrefix.length + 36)).toBe(sent.id);
    const parsed = JSON.parse(line) as Record<string, unknown>;
    expect(Object.keys(parsed).filter((name) => !rowColumns.some((column) => column.name === name))).toEqual([]);
    expect(Object.keys(parsed)).not.toContain('geo');
    expect(Object.keys(parsed)).not.toContain('user');
    expect(Object.keys(parsed)).not.toContain('message');
  });

  test.each([
    ['the whole line', 'abc', 'abc', [0, 3]],
    ['its end', 'head: abc', 'abc', [6, 3]],
    ['its middle', 'a [abc] b', 'abc', [3, 3]],
    ['nothing', 'abc', '', [3, 0]],
    ['beyond the basic plane', '😀 abc 😀', 'abc', [3, 3]],
    ['longer than the line', 'abc', 'abcabc', [undefined, undefined]],
  ])('keeps a message that is %s as a place in raw', (_, raw, message, [at, length]) => {
    const parsed = JSON.parse(encodeRow(event(1, { raw, message }))) as Partial<EventRow>;
    expect([parsed.message_at, parsed.message_length]).toEqual([at, length]);
    expect(decodeRow(encodeRow(event(1, { raw, message }))).message).toBe(message);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 1.5, 2 ** 60, -1e300])(
    'numbers that are none (%d) do not spoil it',
    (odd) => {
      const sent = event(1, { pid: odd, src_port: odd });
      sent.received_at = odd;
      const parsed = JSON.parse(encodeRow(sent)) as Partial<EventRow>;
      expect(parsed.pid).toBeUndefined();
      expect(Number.isInteger(parsed.received_at)).toBe(true);
      expect(() => eventToJson(decodeRow(encodeRow(sent)))).not.toThrow();
    },
  );

  test('every column reaches the API', () => {
    const empty: Record<string, null> = Object.fromEntries(rowColumns.map(({ name }) => [name, null]));
    const shown = rowToJson({
      ...(empty as Record<keyof EventRow, null>),
      source: 's',
      source_type: 'file',
      format: 'raw',
      event_type: 'message',
      outcome: 'unknown',
      severity: 'info',
      id: 'x',
      time: 0,
      received_at: 0,
      raw: 'abc',
      message_at: 1,
      message_length: 1,
    });
    expect(shown).toMatchObject({ message: 'b', tags: [], fields: {}, time: '1970-01-01T00:00:00.000+00:00' });
    const own = new Set(['message_at', 'message_length']);
    expect(Object.keys(shown)).toEqual(rowColumns.map(({ name }) => name).filter((name) => !own.has(name)));
  });

  test.each(['{}', 'null', '[]', '{"id":1}', 'x'])('what is none is refused: %s', (line) => {
    expect(() => decodeRow(line)).toThrow();
  });
});
