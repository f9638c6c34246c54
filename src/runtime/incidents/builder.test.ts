import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AlertWish, hour, minute, openScene, start } from './scene.test-suite.ts';

const by = (address: string) => ({ group: { src_ip: address } });
const failed = (address: string, user = 'root', host = 'web1') => ({
  event_type: 'auth.failure' as const,
  outcome: 'failure' as const,
  src_ip: address,
  user,
  host,
});
const gotIn = (address: string, user = 'root', host = 'web1') => ({
  ...failed(address, user, host),
  event_type: 'auth.success' as const,
  outcome: 'success' as const,
});
const sudo = (user: string, host: string) => ({ event_type: 'privilege.sudo' as const, user, host });

test('alerts of one address are one incident, of another address another one', () => {
  const scene = openScene();
  scene.take(
    { id: 'a', at: 0, ...by('203.0.113.9') },
    { id: 'b', at: 10, ...by('203.0.113.9'), severity: 'critical', rule_name: 'Login after failures' },
    { id: 'c', at: 10, ...by('203.0.113.10') },
  );
  expect(scene.groups()).toEqual([['a', 'b'], ['c']]);
  expect(scene.changes.map(({ kind, alert }) => [kind, alert?.id])).toEqual([
    ['opened', 'a'],
    ['grown', 'b'],
    ['opened', 'c'],
  ]);
  const incident = scene.changes[1]?.incident;
  expect(incident).toMatchObject({
    severity: 'critical',
    alert_count: 2,
    event_count: 10,
    status: 'new',
    first: start,
  });
  expect(incident?.title).toBe('Login after failures by 203.0.113.9, and 1 other kind of alert');
  expect(incident?.last).toBe(start + 10 * minute);
});

test('a gap longer than the window ends an incident; what lies between two makes them one', () => {
  const scene = openScene();
  const one = by('203.0.113.9');
  scene.take({ id: 'a', at: 0, ...one }, { id: 'b', at: 121, ...one });
  expect(scene.groups()).toEqual([['a'], ['b']]);
  scene.take({ id: 'between', at: 60, ...one });
  expect(scene.groups()).toEqual([['a', 'b', 'between']]);
  const merged = scene.changes.find(({ incident }) => incident.merged_into !== null);
  expect(merged).toMatchObject({ kind: 'closed', alert: null, incident: { status: 'closed' } });
  const [kept] = scene.state.incidents.list({}, 10, null, 'newest').incidents;
  expect(scene.state.incidents.count({})).toBe(1);
  expect(kept).toMatchObject({ id: merged?.incident.merged_into, alert_count: 3 });
  for (const id of [kept?.id, merged?.incident.id])
    expect(scene.state.incidents.log.list(String(id), 10).map(({ kind }) => kind)).toContain('merged');
});

test('a thousand addresses that try one account stay a thousand incidents; the one that gets in is followed', () => {
  const scene = openScene();
  scene.take(
    { id: 'a', at: 0, ...by('203.0.113.1'), events: [failed('203.0.113.1')] },
    { id: 'b', at: 1, ...by('203.0.113.2'), events: [failed('203.0.113.2')] },
    { id: 'in', at: 2, ...by('203.0.113.3'), events: [failed('203.0.113.3'), gotIn('203.0.113.3')] },
    { id: 'sudo', at: 3, group: { user: 'root', host: 'web1' }, events: [sudo('root', 'web1')] },
    { id: 'elsewhere', at: 3, group: { user: 'root', host: 'db1' }, events: [sudo('root', 'db1')] },
  );
  expect(scene.groups()).toEqual([['a'], ['b'], ['elsewhere'], ['in', 'sudo']]);
});

test('a person is followed from host to host, a common name is not', () => {
  const scene = openScene();
  scene.take(
    { id: 'a', at: 0, group: { host: 'web1' }, events: [sudo('carol', 'web1')] },
    { id: 'b', at: 1, group: { host: 'db1' }, events: [sudo('carol', 'db1')] },
    { id: 'c', at: 0, group: { host: 'web1' }, events: [sudo('admin', 'web1')] },
    { id: 'd', at: 1, group: { host: 'db1' }, events: [sudo('admin', 'db1')] },
  );
  expect(scene.groups()).toEqual([['a', 'b'], ['c'], ['d']]);
});

test('what ails a host is one incident where nobody is named', () => {
  const scene = openScene();
  scene.take(
    { id: 'a', at: 0, group: { host: 'web1' } },
    { id: 'b', at: 5, events: [{ host: 'web1' }], rule_id: 'other' },
    { id: 'c', at: 5, group: { host: 'web2' } },
  );
  expect(scene.groups()).toEqual([['a', 'b'], ['c']]);
});

test('a host alone ties only alerts of one rule', () => {
  const scene = openScene();
  const tried = { events: [failed('127.0.0.1')], group: { host: 'web1' } };
  scene.take(
    { id: 'a', at: 0, ...tried },
    { id: 'b', at: 5, ...tried, rule_id: 'other' },
    { id: 'c', at: 9, ...tried },
    { id: 'd', at: 9 },
  );
  expect(scene.groups()).toEqual([['a', 'c'], ['b'], ['d']]);
});

test('loopback, ignored addresses and ignored users tie nothing', () => {
  const scene = openScene({ ignore: ['10.0.0.0/8', 'user:backup-job'] });
  scene.take(
    { id: 'a', at: 0, ...by('127.0.0.1') },
    { id: 'b', at: 0, ...by('127.0.0.1'), rule_id: 'other' },
    { id: 'c', at: 0, ...by('10.1.2.3') },
    { id: 'd', at: 0, ...by('10.1.2.3'), rule_id: 'other' },
    { id: 'e', at: 0, group: { host: 'x' }, events: [sudo('backup-job', 'x')] },
    { id: 'f', at: 0, group: { host: 'x' }, events: [sudo('backup-job', 'x')], rule_id: 'other' },
  );
  expect(scene.groups()).toHaveLength(6);
});

test('addresses of one IPv6 network of 64 bits are one source', () => {
  const scene = openScene();
  scene.take(
    { id: 'a', at: 0, ...by('2001:db8:1:2::1') },
    { id: 'b', at: 0, ...by('2001:db8:1:2:ffff::9') },
    { id: 'c', at: 0, ...by('2001:db8:1:3::1') },
  );
  expect(scene.groups()).toEqual([['a', 'b'], ['c']]);
});

test('an attack of many addresses is tied by what it attacks, not by each address', () => {
  const scene = openScene();
  const crowd = [1, 2, 3, 4, 5].map((n) => failed(`198.51.100.${n}`));
  scene.take(
    { id: 'crowd', at: 0, group: { host: 'web1' }, events: crowd },
    { id: 'one', at: 1, ...by('198.51.100.1'), events: [failed('198.51.100.1')] },
    { id: 'again', at: 40, group: { host: 'web1' }, rule_id: 'other', events: crowd },
  );
  expect(scene.groups()).toEqual([['again', 'crowd'], ['one']]);
});

test('an incident does not grow for ever: what goes on becomes a new one that names it', () => {
  const scene = openScene({ maxHours: 3 });
  const alerts = [0, 1, 2, 3, 4, 5].map((h): AlertWish => ({ id: `h${h}`, at: h * 60, ...by('203.0.113.9') }));
  scene.take(...alerts);
  expect(scene.groups()).toEqual([
    ['h0', 'h1', 'h2', 'h3'],
    ['h4', 'h5'],
  ]);
  const second = scene.state.incidents.member('h4')?.incident_id ?? '';
  const [opened] = scene.state.incidents.log.list(second, 5);
  expect(opened?.details.follows).toMatchObject([{ id: scene.state.incidents.member('h0')?.incident_id }]);
});

test('growth counts once; a signal belongs to no incident', () => {
  const scene = openScene();
  scene.take({ id: 'a', at: 0, ...by('203.0.113.9') });
  scene.take({ id: 'a', at: 0, ...by('203.0.113.9'), count: 50, last: start + hour });
  scene.take({ id: 'a', at: 0, ...by('203.0.113.9'), count: 50, last: start + hour });
  scene.take({ id: 'quiet', at: 0, ...by('203.0.113.9'), signal: true });
  expect(scene.changes.map(({ kind }) => kind)).toEqual(['opened', 'grown']);
  expect(scene.changes[1]?.incident).toMatchObject({ alert_count: 1, event_count: 50, last: start + hour });
  // What grew reaches further.
  scene.take({ id: 'b', at: 170, ...by('203.0.113.9') });
  expect(scene.groups()).toEqual([['a', 'b']]);
});

test('after closing: opened again by a new alert, unless it was harmless; growth opens nothing', () => {
  const scene = openScene();
  scene.take({ id: 'a', at: 0, ...by('203.0.113.9') });
  const id = scene.changes[0]?.incident.id ?? '';
  scene.people.edit(id, { status: 'closed', disposition: 'true_positive' }, 'ana', 0);
  scene.take({ id: 'a', at: 0, ...by('203.0.113.9'), count: 9 });
  expect(scene.state.incidents.byId(id)).toMatchObject({ status: 'closed', event_count: 9 });
  scene.take({ id: 'b', at: 5, ...by('203.0.113.9') });
  expect(scene.changes.at(-1)).toMatchObject({
    kind: 'reopened',
    alert: { id: 'b' },
    incident: { id, status: 'new', disposition: null },
  });
  const { version } = scene.state.incidents.byId(id) ?? { version: -1 };
  scene.people.edit(id, { status: 'closed', disposition: 'benign' }, 'ana', version);
  scene.take({ id: 'c', at: 6, ...by('203.0.113.9') });
  expect(scene.groups()).toEqual([['a', 'b'], ['c']]);
  // What comes next belongs to the open one.
  scene.take({ id: 'd', at: 7, ...by('203.0.113.9') });
  expect(scene.groups()).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
});

test('risk adds up as documented', () => {
  const scene = openScene();
  scene.take({ id: 'a', at: 0, ...by('203.0.113.9'), severity: 'medium', tags: ['attack.credential-access'] });
  expect(scene.changes.at(-1)?.incident.risk).toBe(30);
  scene.take({
    id: 'b',
    at: 1,
    ...by('203.0.113.9'),
    severity: 'high',
    tags: ['attack.initial-access', 'attack.t1078'],
    attack: ['T1078'],
    events: [
      { ...failed('203.0.113.9'), time: start },
      { ...gotIn('203.0.113.9'), time: start + 5, intel: { list: 'drop' } },
    ],
  });
  // 50 + a second tactic 5 + got in 15 + known address 10 + two alerts 1.
  expect(scene.changes.at(-1)?.incident).toMatchObject({ risk: 81, attack: ['T1078'] });
});

const alertWish = fc.record({
  at: fc.integer({ min: 0, max: 900 }),
  source: fc.integer({ min: 0, max: 4 }),
  account: fc.option(fc.integer({ min: 0, max: 3 }), { nil: null }),
  length: fc.integer({ min: 0, max: 200 }),
});

test('which alerts belong together does not depend on the order in which they come', () => {
  const wishes = fc.array(alertWish, { minLength: 1, maxLength: 14 });
  const order = fc.infiniteStream(fc.nat());
  fc.assert(
    fc.property(wishes, order, (list, numbers) => {
      const alerts = list.map(
        ({ at, source, account, length }, i): AlertWish => ({
          id: `alert-${i}`,
          at,
          last: start + (at + length) * minute,
          group: source === 0 ? { host: `h${i}` } : { src_ip: `203.0.113.${source}` },
          events:
            account === null ? [] : [sudo(['root', 'carol', 'dave', 'admin'][account] ?? 'x', `host${account % 2}`)],
          rule_id: `rule-${i}`,
        }),
      );
      const shuffled = alerts
        .map((alert) => ({ alert, key: numbers.next().value ?? 0 }))
        .sort((a, b) => a.key - b.key)
        .map(({ alert }) => alert);
      const [inOrder, otherwise] = [alerts, shuffled].map((some) => {
        const scene = openScene({ maxHours: 1000 });
        scene.take(...some);
        const sums = scene.state.incidents
          .list({}, 100, null, 'newest')
          .incidents.map(({ alert_count, event_count, first, last, risk, title, entities }) =>
            JSON.stringify({ alert_count, event_count, first, last, risk, title, entities }),
          );
        return { groups: scene.groups(), sums: sums.sort() };
      });
      expect(otherwise).toEqual(inOrder);
    }),
    { numRuns: 60 },
  );
});

test('a flood of 10,000 alerts of 1,000 addresses is 1,000 incidents', () => {
  const scene = openScene();
  const alerts = Array.from({ length: 10_000 }, (_, i): AlertWish => {
    const address = `203.${i % 4}.113.${(i % 1000) >> 2}`;
    return { id: `alert-${i}`, at: i / 200, ...by(address), events: [failed(address)] };
  });
  scene.state.transaction(() => scene.take(...alerts));
  expect(scene.state.incidents.count({})).toBe(1000);
  const { incidents } = scene.state.incidents.list({}, 500, null, 'risk');
  expect(new Set(incidents.map(({ alert_count }) => alert_count))).toEqual(new Set([10]));
}, 120_000);
