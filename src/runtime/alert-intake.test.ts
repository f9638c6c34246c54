import { expect, test, vi } from 'vitest';
import type { AlertMessage } from '../messages.ts';
import type { LiveMessage } from '../serve/contract.ts';
import { testAlert } from '../serve/fakes.test-suite.ts';
import { alertDocument, alertHead } from '../store/alert-document.ts';
import { openSqliteState } from '../store/state/sqlite/state.ts';
import { AlertGate } from './alert-gate.ts';
import { AlertIntake } from './alert-intake.ts';
import { Bus } from './live-bus.ts';
import { alertsAfterFlush } from './read-after-flush.ts';

function scene() {
  const state = openSqliteState(':memory:');
  const bus = new Bus(() => {});
  const gate = new AlertGate({ state, now: () => 7, log: () => {} });
  const told: (LiveMessage & { type: 'alert' | 'alert_update' })[] = [];
  bus.subscribe((message) => {
    if (message.type === 'alert' || message.type === 'alert_update') told.push(message);
  }, false);
  return { state, told, intake: new AlertIntake({ state, bus, now: () => 7, gate }) };
}

function message(type: AlertMessage['type'], count: number): AlertMessage {
  const alert = testAlert({ id: 'a', count, events: [] });
  return { type, head: alertHead(alert), document: alertDocument(alert, []) };
}

test('a new alert is told at once and stored soon after', () => {
  vi.useFakeTimers();
  const { state, told, intake } = scene();
  intake.take([message('alert', 5)]);
  expect(told.map(({ type, alert }) => [type, alert.count])).toEqual([['alert', 5]]);
  vi.runAllTimers();
  expect(state.alerts.byId('a')).toMatchObject({ count: 5, created_at: 7 });
  vi.useRealTimers();
});

test('growth is told once it is stored, with what people have set', () => {
  const { state, told, intake } = scene();
  intake.take([message('alert', 5)]);
  intake.flush();
  state.alerts.setStatus(['a'], { status: 'acknowledged', acknowledged_by: 'anna', acknowledged_at: 3 }, 8);
  intake.take([message('alert_update', 6), message('alert_update', 9)]);
  expect(told).toHaveLength(1);
  intake.flush();
  expect(told.slice(1).map(({ type, alert }) => [type, alert.count, alert.acknowledged_by])).toEqual([
    ['alert_update', 9, 'anna'],
  ]);
  expect(state.alerts.byId('a')).toMatchObject({ count: 9, status: 'acknowledged' });
  expect(intake.raised).toBe(1);
});

test('whoever hears of an alert can read and acknowledge it at once', () => {
  const { state, intake } = scene();
  const seen = alertsAfterFlush(state, () => intake.flush());
  intake.take([message('alert', 5)]);
  expect(state.alerts.byId('a')).toBeNull();
  expect(seen.alerts.setStatus(['a'], { status: 'acknowledged' }, 8)).toBe(1);
  expect(seen.alerts.byId('a')).toMatchObject({ count: 5, status: 'acknowledged' });
  intake.take([message('alert_update', 6)]);
  expect(seen.alerts.list({}, 10, null).alerts).toMatchObject([{ id: 'a', count: 6 }]);
});
