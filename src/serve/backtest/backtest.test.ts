import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RuleDoc } from '../../model/index.ts';
import { RefusedError } from '../contract.ts';
import { testAlert, testRule } from '../fakes.test-suite.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';
import { type BacktestAlert, BacktestBusy, type BacktestMessage, type BacktestRequest } from './messages.ts';
import { relevantRules } from './relevant.ts';

const sigma = (id: string, yaml: string, change: Partial<RuleDoc> = {}): RuleDoc =>
  testRule({ id, name: id, config: { yaml }, ...change });
const stored = sigma('stored-rule', 'title: Stored\nlogsource: {}\n', { enabled: false });
const posted = {
  type: 'threshold',
  name: 'T',
  config: { field: 'user', value: 'root', count: 5, window_seconds: 60, group_by: 'src_ip' },
};
const range = { from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' };

let harness: Harness;
let asked: BacktestRequest[] = [];
beforeEach(async () => {
  asked = [];
  harness = await openHarness({ shippedRules: [stored] });
  answering(async function* () {});
});
afterEach(() => harness.app.close());

function answering(messages: () => AsyncIterable<BacktestMessage>): void {
  harness.fakes.backtests.run = (request) => {
    asked.push(request);
    return messages();
  };
}
const post = (payload: object) => harness.as('analyst', { method: 'POST', url: '/api/rules/backtest', payload });

describe('POST /api/rules/backtest', () => {
  test('hands over the rule as if it were in force, and is audited', async () => {
    const answer = await post({ ...range, rule_id: 'stored-rule' });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
    expect(asked).toEqual([
      {
        from: Date.UTC(2026, 10, 1),
        to: Date.UTC(2026, 10, 2),
        versions: { new: { rule_id: 'stored-rule', docs: [{ ...stored, enabled: true }] }, old: null },
      },
    ]);
    expect(harness.audited()).toContain('rule_backtested');
  });

  test('an edit takes the place of the old version, with its id', async () => {
    expect((await post({ ...range, rule: posted, compare_to: 'stored-rule' })).statusCode).toBe(200);
    const { versions } = asked[0] as BacktestRequest;
    expect(versions.old?.docs).toEqual([{ ...stored, enabled: true }]);
    expect(versions.new.rule_id).toBe('stored-rule');
    expect(versions.new.docs).toEqual([
      expect.objectContaining({ id: 'stored-rule', type: 'threshold', enabled: true }),
    ]);
  });

  test('lines come as they are found', async () => {
    const progress = {
      type: 'progress',
      scanned: 1,
      total: 2,
      matched: 0,
      alerts: { old: null, new: 0 },
      seconds: 0.1,
    } as const;
    answering(async function* () {
      yield progress;
      yield { ...progress, scanned: 2 };
    });
    const { body } = await post({ ...range, rule: posted });
    expect(body).toBe(`${JSON.stringify(progress)}\n${JSON.stringify({ ...progress, scanned: 2 })}\n`);
  });

  test('an alert that is kept is told from one that would be new', async () => {
    harness.fakes.state.alerts.upsert(testAlert({ id: 'kept' }), 1);
    const alert = (id: string): BacktestAlert => ({
      ...{
        id,
        time: range.from,
        first: range.from,
        last: range.from,
        severity: 'high',
        message: 'm',
        group: {},
        count: 1,
      },
    });
    answering(async function* () {
      yield { type: 'alert', version: 'new', alert: alert('kept') };
      yield { type: 'alert', version: 'new', alert: alert('other') };
      yield {
        ...{ type: 'result', ...range, events: 1, scanned: 1, matched: 1, alerts: { old: 1, new: 2 }, per_day: [] },
        ...{ noise_per_day: { old: 1, new: 2 }, only_old: [alert('kept')], only_new: [alert('other')] },
        ...{ only_old_total: 1, only_new_total: 1, samples: [], pushed_down: false, selection: null, seconds: 1 },
        truncated: null,
      };
    });
    const lines = (await post({ ...range, rule: posted })).body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.slice(0, 2).map((line) => line.alert.stored)).toEqual([true, false]);
    expect(lines[2]).toMatchObject({ only_old: [{ id: 'kept', stored: true }], only_new: [{ stored: false }] });
  });

  test('a refusal is the last line; a failure tells nothing of the inside', async () => {
    answering(async function* () {
      yield await Promise.reject(new RefusedError('Choose a shorter time.'));
    });
    expect(JSON.parse((await post({ ...range, rule: posted })).body)).toEqual({
      type: 'error',
      detail: 'Choose a shorter time.',
      code: 'BACKTEST_REFUSED',
    });
    answering(async function* () {
      yield await Promise.reject(new Error('IO Error: /var/lib/secret.duckdb'));
    });
    const { body } = await post({ ...range, rule: posted });
    expect(JSON.parse(body)).toMatchObject({ type: 'error', code: 'INTERNAL' });
    expect(body).not.toContain('secret');
    expect(harness.fakes.logged.join('\n')).toContain('secret.duckdb');
  });

  test('too many at a time are refused with a sentence', async () => {
    harness.fakes.backtests.run = () => {
      throw new BacktestBusy(2);
    };
    const answer = await post({ ...range, rule: posted });
    expect(answer.statusCode).toBe(429);
    expect(answer.headers['retry-after']).toBe('10');
    expect(answer.json()).toEqual({
      detail: expect.stringContaining('2 backtests are running'),
      code: 'BACKTEST_BUSY',
    });
  });

  test.each([
    [{ ...range }, 422, 'rule_id'],
    [{ ...range, rule: posted, rule_id: 'x' }, 422, 'either a rule or'],
    [{ ...range, rule_id: 'stored-rule', compare_to: 'stored-rule' }, 422, 'the new version is missing'],
    [{ from: range.to, to: range.from, rule: posted }, 422, 'the end must come after'],
    [{ from: '2020-01-01', to: range.to, rule: posted }, 422, '400 days'],
    [{ from: 'yesterday', to: range.to, rule: posted }, 422, 'is no time'],
    [{ ...range, rule: { ...posted, config: {} } }, 422, 'config.field'],
    [{ ...range, rule_id: 'nothing' }, 404, 'nothing'],
    [{ ...range, rule: posted, compare_to: 'nothing' }, 404, 'nothing'],
  ])('%j is answered with %i', async (body, status, sentence) => {
    const answer = await post(body);
    expect(answer.statusCode).toBe(status);
    expect(answer.json().detail).toContain(sentence);
    expect(asked).toEqual([]);
  });
});

describe('rules that one runs with', () => {
  const rule = sigma(
    'a',
    'title: A\ncorrelation:\n  rules: [own_part, other_part]\n---\nname: own_part\nphosor:\n  covered_by: [covering]\n',
  );
  const other = sigma('b', 'title: B\nname: other_part\n');
  const far = sigma('c', 'title: C\nname: far_part\n');
  const covering = sigma('covering', 'title: D\ncorrelation:\n  rules: [far_part]\n');
  const sameName = sigma('e', 'title: E\nname: own_part\n');
  const filter = sigma('f', 'title: F\nfilter:\n  rules: any\n');
  const off = sigma('g', 'title: G\nname: other_part\n', { enabled: false });

  test('are filters, what it refers to, and what those refer to', () => {
    const found = relevantRules(rule, [sameName, far, other, covering, off, filter, { ...rule, name: 'as it was' }]);
    expect(found[0]).toBe(rule);
    expect(new Set(found)).toEqual(new Set([rule, filter, other, covering, far]));
  });
});
