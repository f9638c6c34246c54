import { expect, test } from 'vitest';
import type { AlertMessage } from '../messages.ts';
import type { Alert } from '../model/index.ts';
import { testAlert, testTime } from '../serve/fakes.test-suite.ts';
import { dayMs, noCare, standingIn } from '../serve/rules/care.ts';
import { alertDocument, alertHead, readAlertDocument } from '../store/alert-document.ts';
import type { RuleCare } from '../store/contract.ts';
import { openSqliteState } from '../store/state/sqlite/state.ts';
import { AlertGate } from './alert-gate.ts';

function scene() {
  const state = openSqliteState(':memory:');
  const clock = { now: testTime };
  const said: string[] = [];
  const open = () => new AlertGate({ state, now: () => clock.now, log: (_, message) => void said.push(message) });
  let gate = open();
  const take = (id: string, type: AlertMessage['type'] = 'alert', change: Partial<Alert> = {}) => {
    const alert = testAlert({ id, time: clock.now, events: [], ...change });
    const passed = gate.pass({ type, head: alertHead(alert), document: alertDocument(alert, []), missing: 0 });
    if (passed !== null) state.alerts.put(passed.head, passed.document, clock.now);
    return passed;
  };
  const care = (change: Partial<RuleCare>) => state.ruleCare.put({ ...noCare('rule-1'), ...change });
  const restart = () => {
    gate = open();
  };
  const rule = { id: 'rule-1', enabled: true };
  return { state, clock, said, take, care, restart, standing: () => standingIn(state, rule, clock.now) };
}

const kinds = (passed: readonly (AlertMessage | null)[]) => passed.map((each) => each?.head.severity ?? null);

test('a muted rule raises nothing, and what was open before goes on', () => {
  const { state, clock, take, care } = scene();
  take('before');
  care({ muted_until: clock.now + 1000 });
  expect(take('during')).toBeNull();
  expect(take('during', 'alert_update')).toBeNull();
  expect(take('before', 'alert_update', { count: 9 })).toMatchObject({ type: 'alert_update' });
  expect(state.alerts.list({}, 10, null).alerts.map(({ id, count }) => [id, count])).toEqual([['before', 9]]);
});

test('what still goes on when the mute ends is news', () => {
  const { clock, take, care } = scene();
  care({ muted_until: clock.now + 1000 });
  take('a');
  clock.now += 1000;
  expect(take('a', 'alert_update')).toMatchObject({ type: 'alert', head: { severity: 'high' } });
  expect(take('a', 'alert_update')).toMatchObject({ type: 'alert_update' });
});

test('beyond the budget an alert is kept as info with a tag, and the note says so', () => {
  const { state, take, care, said, standing } = scene();
  care({ noise_budget: 2 });
  expect(kinds(['a', 'b', 'c', 'd'].map((id) => take(id)))).toEqual(['high', 'high', 'info', 'info']);
  expect(state.alerts.byId('c')).toMatchObject({ severity: 'info', tags: ['signal'], signal: true });
  expect(state.alerts.count({ signals: 'exclude' })).toBe(2);
  expect(standing()).toMatchObject({ state: 'signal', alerts_24h: 4, note: expect.stringContaining('budget is 2') });
  expect(said).toHaveLength(1);
  expect(state.audit.list(10, null).map(({ action }) => action)).toEqual(['rule_demoted']);
});

test('an alert grows on as it was raised, also after a restart', () => {
  const { take, care, restart } = scene();
  care({ noise_budget: 1 });
  take('loud');
  take('quiet');
  restart();
  expect(kinds([take('loud', 'alert_update'), take('quiet', 'alert_update')])).toEqual(['high', 'info']);
  const again = take('quiet', 'alert_update');
  expect(readAlertDocument(again?.document ?? '').tags).toEqual(['signal']);
  expect(again?.head.signal).toBe(true);
});

test('a quieter day or a larger budget brings the rule back', () => {
  const { state, clock, take, care, standing } = scene();
  care({ noise_budget: 1 });
  take('a');
  take('b');
  expect(standing().state).toBe('signal');
  care({ noise_budget: 5 });
  expect(standing()).toMatchObject({ state: 'on', note: null });
  expect(take('c')?.head.severity).toBe('high');
  care({ noise_budget: 1 });
  expect(take('d')?.head.severity).toBe('info');
  clock.now += dayMs + 1;
  expect(standing()).toMatchObject({ state: 'on', alerts_24h: 0 });
  expect(take('e')?.head.severity).toBe('high');
  expect(state.audit.list(10, null).map(({ action }) => action)).toEqual([
    ...['rule_promoted', 'rule_demoted', 'rule_promoted', 'rule_demoted'],
  ]);
});

test('what was saved as a signal is quiet from its first alert on; its alerts stay so when it is loud again', () => {
  const { state, take, care, said } = scene();
  take('before');
  care({ signal_since: testTime, signal_by: 'anna' });
  expect(take('a')).toMatchObject({ type: 'alert', head: { severity: 'info', signal: true } });
  expect(take('before', 'alert_update')?.head.severity).toBe('high');
  care({});
  expect(kinds([take('a', 'alert_update'), take('b')])).toEqual(['info', 'high']);
  expect(state.alerts.list({ signals: 'only' }, 10, null).alerts.map(({ id }) => id)).toEqual(['a']);
  // Nobody has to be told of what somebody chose.
  expect(said).toEqual([]);
});

test("a rule's own tag of that name makes no signal of its alert", () => {
  const { take, restart } = scene();
  take('a', 'alert', { tags: ['signal'] });
  restart();
  expect(kinds([take('a', 'alert_update', { tags: ['signal'] })])).toEqual(['high']);
});

test('an alert that is raised again after a crash is not counted again', () => {
  const { take, care, restart, standing } = scene();
  care({ noise_budget: 2 });
  for (let i = 0; i < 5; i += 1) {
    take('a');
    restart();
  }
  expect(standing()).toMatchObject({ state: 'on', alerts_24h: 1 });
});

test('the default budget is 50, and 0 makes every alert a signal', () => {
  const { take, care } = scene();
  const first = Array.from({ length: 51 }, (_, i) => take(`n${i}`));
  expect(kinds(first).filter((severity) => severity === 'high')).toHaveLength(50);
  care({ noise_budget: 0 });
  expect(take('x')?.head.severity).toBe('info');
});

test('alerts of long ago do not weigh on today', () => {
  const { clock, take, care } = scene();
  care({ noise_budget: 1 });
  const old = Array.from({ length: 5 }, (_, i) => take(`old${i}`, 'alert', { time: clock.now - 2 * dayMs }));
  expect(new Set(kinds(old))).toEqual(new Set(['high']));
});
