import { expect, test, vi } from 'vitest';
import type { AlertMessage } from '../messages.ts';
import { type EventJson, eventToJson } from '../model/index.ts';
import type { LiveMessage } from '../serve/contract.ts';
import { testAlert, testEvent } from '../serve/fakes.test-suite.ts';
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
  const found: EventJson[] = [];
  const asked: (readonly string[])[] = [];
  const findEvents = async (ids: readonly string[]) => {
    asked.push(ids);
    return found.filter(({ id }) => ids.includes(id));
  };
  const intake = new AlertIntake({ state, bus, now: () => 7, gate, findEvents, log: () => {} });
  return { state, told, intake, found, asked };
}

function message(type: AlertMessage['type'], count: number): AlertMessage {
  const alert = testAlert({ id: 'a', count, event_ids: [], events: [] });
  return { type, head: alertHead(alert), document: alertDocument(alert, []), missing: 0 };
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

test('events that the pipeline has let go are taken from the store, once, and stay with the alert', async () => {
  vi.useFakeTimers();
  const { state, told, intake, found, asked } = scene();
  const events = [1, 2, 3].map((n) => ({ ...testEvent(), id: `0190a0a0-0000-8000-8000-00000000000${n}` }));
  const ids = events.map(({ id }) => id);
  const withLast = (type: AlertMessage['type'], count: number): AlertMessage => {
    const alert = testAlert({ id: 'a', count, event_ids: ids, events: [] });
    return { type, head: alertHead(alert), document: alertDocument(alert, events.slice(2)), missing: 2 };
  };
  found.push(...events.slice(0, 2).map((event) => eventToJson(event)));
  const stored = () => state.alerts.byId('a')?.events.map(({ id }) => id);
  intake.take([withLast('alert', 3)]);
  intake.flush();
  expect(stored()).toEqual([ids[2]]);
  state.alerts.setStatus(['a'], { status: 'acknowledged', acknowledged_by: 'anna', acknowledged_at: 3 }, 8);
  await vi.runAllTimersAsync();
  expect(stored()).toEqual(ids);
  expect(asked).toEqual([ids.slice(0, 2)]);
  expect(told.at(-1)).toMatchObject({ type: 'alert_update', alert: { events: { length: 3 }, status: 'acknowledged' } });
  // The pipeline names them again and again while the alert grows.
  intake.take([withLast('alert_update', 9)]);
  intake.flush();
  await vi.runAllTimersAsync();
  expect(stored()).toEqual(ids);
  expect(state.alerts.byId('a')).toMatchObject({ count: 9, acknowledged_by: 'anna' });
  expect(asked).toHaveLength(1);
  intake.close();
  vi.useRealTimers();
});

test('what is not in the store either stays a name', async () => {
  vi.useFakeTimers();
  const { state, intake, asked } = scene();
  const alert = testAlert({ id: 'a', event_ids: ['x', 'y'], events: [] });
  intake.take([{ type: 'alert', head: alertHead(alert), document: alertDocument(alert, []), missing: 2 }]);
  intake.flush();
  await vi.runAllTimersAsync();
  expect(state.alerts.byId('a')).toMatchObject({ event_ids: ['x', 'y'], events: [] });
  expect(asked).toEqual([['x', 'y']]);
  vi.useRealTimers();
});

test('a full disk costs no alert: they are told, wait, and are stored when there is room', () => {
  vi.useFakeTimers();
  const { state, told, intake } = scene();
  const put = state.alerts.put.bind(state.alerts);
  const full = vi.spyOn(state.alerts, 'put').mockImplementation(() => {
    throw Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 });
  });
  intake.take([message('alert', 5)]);
  vi.advanceTimersByTime(5000);
  intake.take([message('alert_update', 9)]);
  // Reading stores what waits, and does not fail either.
  intake.flush();
  expect(told).toHaveLength(1);
  expect(state.alerts.byId('a')).toBeNull();
  full.mockImplementation(put);
  vi.advanceTimersByTime(2000);
  expect(state.alerts.byId('a')?.count).toBe(9);
  vi.useRealTimers();
});
