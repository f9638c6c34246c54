import { describe, expect, test } from 'vitest';
import { newEvent } from '../../../src/model/event.ts';
import { completionAt } from '../../../src/model/query/index.ts';
import { historyQuery } from '../live/history-query.ts';
import {
  columnsOf,
  columnsText,
  differs,
  savedAddress,
  savedBody,
  spanOf,
  usualColumns,
  validateSearch,
} from './address.ts';
import type { SavedSearch, SearchLine } from './api.ts';
import { barsOf } from './bars.ts';
import { cellText } from './columns.ts';
import { completed, completionsAt } from './completions.ts';
import { marksIn } from './marks.ts';
import { idleRun, shareOf, taken } from './run.ts';

const now = Date.parse('2026-11-22T12:00:00Z');

describe('the address', () => {
  test('takes what makes sense and drops the rest', () => {
    expect(
      validateSearch({ q: 'user:root', view: 'raw', cols: 'time,<b>,user,user', range: 'all', order: 'oldest', x: 1 }),
    ).toEqual({
      q: 'user:root',
      view: 'raw',
      cols: 'time,user',
      range: 'all',
      order: 'oldest',
    });
    expect(validateSearch({ q: '', view: 'table', cols: usualColumns.join(','), from: 'x', range: '3y' })).toEqual({});
    // A query of digits is a number to the router.
    expect(validateSearch({ q: 404 })).toEqual({ q: '404' });
  });
  test('columns', () => {
    expect(columnsOf(undefined)).toEqual([...usualColumns]);
    expect(columnsText(['time', 'user'])).toBe('time,user');
    expect(columnsText(usualColumns)).toBeUndefined();
  });
  test('the time that is meant', () => {
    expect(spanOf({ range: 'all' }, now)).toEqual({ hours: null });
    expect(spanOf({}, now)).toMatchObject({ from: '2026-11-21T12:00:01.000Z', hours: 24 });
    const fixed = { from: '2026-11-01T00:00:00.000Z', to: '2026-11-02T00:00:00.000Z' };
    expect(spanOf(fixed, now)).toMatchObject(fixed);
  });
  test('a saved search opens as it was saved, and knows when it was changed', () => {
    const kept: SavedSearch = {
      id: '1',
      name: 'n',
      ...savedBody({ q: 'user:root', range: '1h', cols: 'time,user', view: 'raw', event: 'e' }, false, now),
      shared: false,
      owner: 'me',
      mine: true,
      created_at: '',
      updated_at: '',
    };
    expect(kept).toMatchObject({ range: { last: '1h' }, columns: ['time', 'user'] });
    const address = savedAddress(kept);
    expect(address).toEqual({ q: 'user:root', range: '1h', cols: 'time,user', view: 'raw', saved: '1' });
    expect(differs({ ...address, event: 'other', order: 'oldest' }, kept)).toBe(false);
    expect(differs({ ...address, q: 'user:bob' }, kept)).toBe(true);
    expect(savedBody({ range: '1h' }, true, now).range).toMatchObject({ to: '2026-11-22T12:00:01.000Z' });
    expect(savedBody({ range: 'all' }, false, now).range).toBeNull();
    // Without a range in the address it is the last day.
    expect(differs({ q: 'x' }, { ...kept, query: 'x', columns: [], view: 'table', range: { last: '24h' } })).toBe(
      false,
    );
  });
});

describe('completion', () => {
  const fields = [{ name: 'fields.exe' }, { name: 'user' }];
  const at = (marked: string, values: { value: string | null; count: number }[] = []) => {
    const cursor = marked.indexOf('|');
    return completionsAt(completionAt(marked.replace('|', ''), cursor), fields, values);
  };
  test('fields by their names, other names, and those that only some events have', () => {
    expect(at('us|')[0]).toMatchObject({ label: 'user', insert: 'user:' });
    expect(at('source_i|')[0]).toMatchObject({
      label: 'source_ip',
      insert: 'source_ip:',
      detail: expect.stringContaining('src_ip'),
    });
    expect(at('log_s|')[0]).toMatchObject({ label: 'log_source', insert: 'log_source:' });
    expect(at('ex|').map(({ label }) => label)).toContain('exe');
    expect(at('|')[0]?.label).toBe('severity');
  });
  test('operators, values and the words between', () => {
    expect(at('severity|').map(({ insert }) => insert)).toEqual([':', '>=', '<=', '>', '<', ':* ']);
    expect(at('severity:h|')[0]).toMatchObject({ label: 'high', insert: 'high ' });
    expect(at('user:r|', [{ value: 'root', count: 1200 }])).toEqual([
      { label: 'root', detail: '1,200', insert: 'root ', goesOn: false },
    ]);
    expect(at('log_source:au|', [{ value: 'file_auth.log', count: 3 }])[0]).toMatchObject({ insert: 'file_auth.log ' });
    expect(at('user:root |').map(({ label }) => label)).toEqual(['AND', 'OR', 'NOT']);
  });
  test('a hostile value is written so that it stays a value', () => {
    const [option] = at('user:|', [
      { value: 'x" OR "', count: 1 },
      { value: null, count: 9 },
    ]);
    expect(option?.insert).toBe('"x\\" OR \\"" ');
  });
  test('what is taken replaces what stood there', () => {
    const option = { label: '', detail: '', insert: 'root ', goesOn: false };
    expect(completed('a user:ro b', { from: 7, to: 9 }, option)).toEqual({ text: 'a user:root b', cursor: 12 });
    expect(completed('user:ro', { from: 5, to: 7 }, option)).toEqual({ text: 'user:root ', cursor: 10 });
  });
});

describe('a run', () => {
  const event = (id: string) => ({ id }) as never;
  const page = (ids: string[], next: string | null = 'c'): SearchLine => ({
    type: 'page',
    events: ids.map(event),
    next,
    final: false,
  });
  test('shows what comes as it comes, each event once', () => {
    let run = taken({ ...idleRun, state: 'running' }, page(['a', 'b']));
    run = taken(run, page(['b', 'c'], null));
    expect(run).toMatchObject({ state: 'running', next: null, repeated: 1 });
    expect(run.events.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    run = taken(run, { type: 'progress', scanned_events: 5, total_events: 20, matched: 3 });
    expect(shareOf(run)).toBe(0.25);
    run = taken(run, { type: 'done', total: 3, took_ms: 7 });
    expect(run).toMatchObject({ state: 'done', total: 3, tookMs: 7 });
  });
  test('a failure keeps what came before', () => {
    const run = taken(taken(idleRun, page(['a'])), { type: 'error', detail: 'No.', code: 'X' });
    expect(run).toMatchObject({ state: 'failed', failure: 'No.' });
    expect(run.events).toHaveLength(1);
  });
});

describe('bars', () => {
  const bucket = (time: number, high: number) => ({ time, info: 0, low: 0, medium: 0, high, critical: 0 });
  test('gaps and the ends of the range have bars too', () => {
    const { times, totals } = barsOf({ from: '2026-11-22T12:00:00Z', to: '2026-11-22T12:05:00Z', hours: 1 }, 60, [
      bucket(now + 60_000, 2),
      bucket(now + 180_000, 1),
    ]);
    expect(times).toHaveLength(5);
    expect(times[0]).toBe(now / 1000);
    expect(totals).toEqual([0, 2, 0, 1, 0]);
  });
  test('all time spans what was found', () => {
    expect(barsOf({ hours: null }, 60, [bucket(now, 1), bucket(now + 120_000, 1)]).totals).toEqual([1, 0, 1]);
  });
  test('a range far wider than its bars is cut to what was found', () => {
    expect(
      barsOf({ from: '1990-01-01T00:00:00Z', to: '2026-11-23T00:00:00Z', hours: 1 }, 60, [bucket(now, 1)]).totals,
    ).toEqual([1]);
  });
});

test('marks stand where the text stands, whatever its case', () => {
  const mark = (text: string) => ({ field: null, text });
  expect(marksIn('Failed failed', [mark('failed')])).toEqual([
    { offset: 0, length: 6 },
    { offset: 7, length: 6 },
  ]);
  // In lower case this is longer than the text: no place would be right.
  expect(marksIn('\u0130 root', [mark('root')])).toEqual([]);
});

test('cells show columns, and what only some events have', () => {
  const origin = { source: 's', source_type: 'file', peer: null, hint: null, identity: '' } as const;
  const event = {
    ...newEvent(origin, 0, 'x'),
    time: '',
    received_at: '',
    fields: { exe: '/bin/sh', list: ['a', 'b'] },
    geo: {},
    intel: {},
    score: {},
  };
  expect(['source', 'exe', 'fields.exe', 'list', 'user', 'tags'].map((column) => cellText(event, column))).toEqual([
    's',
    '/bin/sh',
    '/bin/sh',
    'a, b',
    null,
    null,
  ]);
});

test('the filters of the live tail become a query of history', () => {
  expect(historyQuery({})).toBe('');
  expect(
    historyQuery({ q: 'Failed password', severity: 'high', only: ['user:root', 'user:a b'], not: ['host:web1'] }),
  ).toBe('severity>=high "Failed password" user:(root OR "a b") -host:web1');
});
