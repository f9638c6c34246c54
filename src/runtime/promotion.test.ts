import { beforeEach, expect, test } from 'vitest';
import type { AlertMessage } from '../messages.ts';
import type { Alert, Event } from '../model/index.ts';
import { fakeServices, testAlert, testEvent, testTime } from '../serve/fakes.test-suite.ts';
import { alertDocument, alertHead, readAlertDocument } from '../store/alert-document.ts';
import { AlertGate } from './alert-gate.ts';
import { startIncidents } from './incidents/incidents.ts';
import { Bus } from './live-bus.ts';
import { startPromotion } from './promotion.ts';

const attacker = '203.0.113.9';
const touchOf = (address: string): Event =>
  testEvent({ source_type: 'decoy', source: 'decoy_ssh', src_ip: address, fields: { decoy: 'ssh' }, user: null });
type Wish = Partial<Omit<Alert, 'events'>> & { events?: Event[] };

let fakes: ReturnType<typeof fakeServices>;
beforeEach(() => {
  fakes = fakeServices();
  fakes.clock.now = testTime;
});

function gateOf() {
  const gate = new AlertGate({ state: fakes.state, now: () => fakes.clock.now, log: () => undefined });
  return ({ events = [testEvent()], ...change }: Wish, type: AlertMessage['type'] = 'alert') => {
    const alert = testAlert({ time: fakes.clock.now, ...change });
    const passed = gate.pass({
      type,
      head: alertHead(alert),
      document: alertDocument(alert, events),
      missing: 0,
    });
    if (passed === null) throw new Error('the gate dropped it');
    fakes.state.alerts.put(passed.head, passed.document, fakes.clock.now);
    return { ...readAlertDocument(passed.document), ...passed.head };
  };
}
const touched = (id = 'touch', address = attacker): Wish => ({
  id,
  rule_id: 'decoy-rule',
  rule_name: 'A decoy was touched',
  message: `${address} touched the ssh decoy`,
  severity: 'medium',
  group: { src_ip: address },
  events: [touchOf(address)],
});

test('whoever was in a decoy is graver in every rule, and the alert says why', () => {
  const take = gateOf();
  expect(take({ id: 'before' })).toMatchObject({ severity: 'high', tags: [] });
  expect(take(touched())).toMatchObject({ severity: 'medium', tags: [] });
  const after = take({ id: 'after' });
  expect(after).toMatchObject({ severity: 'critical', tags: ['decoy_visitor'] });
  expect(after.explain.summary).toContain(`Raised from high: ${attacker} was in the ssh decoy at 2026-11-20T`);
  // What was open goes on, graver; what is critical stays so, and says it.
  expect(take({ id: 'before', count: 9 }, 'alert_update')).toMatchObject({ severity: 'critical', count: 9 });
  expect(take({ id: 'worst', severity: 'critical' })).toMatchObject({ severity: 'critical', tags: ['decoy_visitor'] });
  const stranger = { group: { src_ip: '198.51.100.7' }, events: [] };
  expect(take({ id: 'other', ...stranger })).toMatchObject({ severity: 'high', tags: [] });
  expect(take({ id: 'old', historical: true })).toMatchObject({ severity: 'high', tags: [] });
});

test('it is known after a restart, and forgotten after 30 days', () => {
  gateOf()(touched());
  expect(gateOf()({ id: 'after' })).toMatchObject({ severity: 'critical' });
  fakes.clock.now += 31 * 86_400_000;
  expect(gateOf()({ id: 'late' })).toMatchObject({ severity: 'high' });
});

test('a line that says it is of a decoy raises nobody', () => {
  const take = gateOf();
  const raw = '{"source_type":"decoy","src_ip":"203.0.113.9"}';
  take({ id: 'lie', events: [testEvent({ raw, fields: { source_type: 'decoy' } })] });
  expect(take({ id: 'after' })).toMatchObject({ severity: 'high' });
});

test('the incident of a touch tells the last 30 days, and takes in what is about this address alone', async () => {
  const bus = new Bus(() => undefined);
  const { state } = fakes;
  const now = () => fakes.clock.now;
  const log = () => undefined;
  const config = () => ({ incidents: { windowMinutes: 120, maxHours: 24, ignore: [] } });
  const building = startIncidents({ config, state, bus, now, log });
  const { incidents } = building.services;
  fakes.held.push(
    testEvent({ time: testTime - 20 * 86_400_000, src_ip: attacker, user: 'admin', host: 'web01' }),
    testEvent({ time: testTime - 40 * 86_400_000, src_ip: attacker }),
  );
  const promotion = startPromotion({ state, events: fakes.events, bus, now, log, incidents });
  const take = gateOf();
  const days = 86_400_000;
  const at = (time: number, change: Wish): string => {
    fakes.clock.now = time;
    const { id } = take({ first: time, last: time, event_ids: [], events: [], ...change });
    bus.emit({ type: 'alerts_stored', ids: [id] });
    building.settle();
    return id;
  };
  const pair = testEvent({ src_ip: '198.51.100.7', user: null });
  at(testTime - 10 * days, { id: 'scan', rule_name: 'Port scan', group: { src_ip: attacker } });
  at(testTime - 5 * days, { id: 'both', rule_name: 'Spray', group: { src_ip: attacker }, events: [pair] });
  at(testTime, touched());
  await promotion.settle();

  const incident = state.incidents.byId(state.incidents.member('touch')?.incident_id ?? '');
  expect(incident).toMatchObject({ alert_count: 2, status: 'new' });
  expect(state.incidents.member('scan')?.incident_id).toBe(incident?.id);
  expect(state.incidents.member('both')?.incident_id).not.toBe(incident?.id);
  const [note] = state.incidents.notes.list(incident?.id ?? '');
  expect(note).toMatchObject({ author: 'Phosor' });
  expect(note?.text).toContain('Of the last 30 days 1 events are stored');
  expect(note?.text).toContain('Joined: Port scan');
  expect(note?.text).toContain('Named as well in: Spray');

  // Told once a day at most.
  fakes.clock.now = testTime + 60_000;
  at(testTime + 60_000, touched('again'));
  await promotion.settle();
  expect(state.incidents.notes.list(incident?.id ?? '')).toHaveLength(1);
  await promotion.stop();
  building.stop();
}, 30_000);
