import { afterEach, beforeEach, expect, test } from 'vitest';
import { testAlert, testEvent, testTime } from '../fakes.test-suite.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';

let harness: Harness;
const minute = 60_000;

function raise(id: string, change: Parameters<typeof testAlert>[0] = {}): void {
  harness.fakes.clock.now += 1;
  harness.fakes.state.alerts.upsert(testAlert({ id, ...change }), harness.fakes.clock.now);
}

beforeEach(async () => {
  harness = await openHarness();
  raise('a', { severity: 'critical', tags: ['attack.credential-access'] });
  raise('b', { rule_id: 'rule-2', rule_name: 'Port scan', first: testTime + minute, last: testTime + minute });
  raise('c', { group: { src_ip: '203.0.113.77' }, events: [], severity: 'low' });
  harness.fakes.settleIncidents();
});
afterEach(() => harness.app.close());

const get = async (url: string) => (await harness.as('viewer', { method: 'GET', url })).json();
const send = async (method: 'POST' | 'PATCH' | 'DELETE' | 'PUT', url: string, payload?: object) => {
  harness.fakes.clock.now += 1;
  const answer = await harness.as('analyst', { method, url, ...(payload && { payload }) });
  return { status: answer.statusCode, body: answer.json() };
};
const firstId = async (): Promise<string> => (await get('/api/incidents'))[0].id;

test('the list: most urgent first, filtered, by pages', async () => {
  const all = await get('/api/incidents');
  expect(all.map(({ title, alert_count }: { title: string; alert_count: number }) => [title, alert_count])).toEqual([
    ['Brute force by 203.0.113.9 as root, and 1 other kind of alert', 2],
    ['Brute force by 203.0.113.77', 1],
  ]);
  const count = async (query: string) => (await get(`/api/incidents?${query}`)).length;
  expect(await count('entity=203.0.113.77')).toBe(1);
  expect(await count('entity=user:root')).toBe(1);
  expect(await count('entity=host:root')).toBe(0);
  expect(await count('status=closed')).toBe(0);
  expect(await count('severity=low')).toBe(1);
  expect(await count('q=PORT%20scan')).toBe(1);
  expect(await count('owner=none')).toBe(2);
  expect(await count('owner=me')).toBe(0);
  expect(await count(`from=${testTime + 2 * minute}`)).toBe(0);
  for (const order of ['risk', 'newest', 'oldest']) {
    const seen: string[] = [];
    let cursor = '';
    do {
      const answer = await harness.as('viewer', {
        method: 'GET',
        url: `/api/incidents?order=${order}&limit=1${cursor && `&cursor=${cursor}`}`,
      });
      expect(answer.headers['x-total-count']).toBe('2');
      seen.push(...answer.json().map(({ id }: { id: string }) => id));
      cursor = String(answer.headers['x-next-cursor'] ?? '');
    } while (cursor !== '');
    expect(new Set(seen).size).toBe(2);
    expect(seen).toHaveLength(2);
  }
  const wrong = await harness.as('viewer', { method: 'GET', url: '/api/incidents?order=risk&cursor=5_x' });
  expect([wrong.statusCode, wrong.json().code]).toEqual([422, 'VALIDATION_FAILED']);
});

test('one incident tells its story; the alert names its incident', async () => {
  const id = await firstId();
  const one = await get(`/api/incidents/${id}`);
  expect(one.story[0]).toBe('2 alerts over 10 matched events within 61 seconds, about 1 address and 1 user.');
  expect(one.alerts.map((alert: { id: string }) => alert.id)).toEqual(['a', 'b']);
  expect(one.tactics).toEqual(['credential-access']);
  expect(one.timeline.map(({ kind }: { kind: string }) => kind)).toContain('alert');
  expect((await get('/api/alerts/a')).incident).toMatchObject({ id, alert_count: 2 });
  expect((await harness.as('viewer', { method: 'GET', url: '/api/incidents/none' })).statusCode).toBe(404);
});

test('signals about its entities stand in the timeline, and in no incident', async () => {
  raise('quiet', { signal: true, message: 'a quiet one' });
  harness.fakes.settleIncidents();
  const one = await get(`/api/incidents/${await firstId()}`);
  expect(one.alert_count).toBe(2);
  expect(one.timeline.filter(({ kind }: { kind: string }) => kind === 'signal')).toMatchObject([
    { text: 'a quiet one' },
  ]);
  expect((await get('/api/alerts/quiet')).incident).toBeNull();
});

test('owner, status, disposition; who was too late overwrites nothing', async () => {
  const id = await firstId();
  const url = `/api/incidents/${id}`;
  const taken = await send('PATCH', url, { version: 0, owner: 'analyst', status: 'in_progress' });
  expect(taken.body).toMatchObject({ owner: 'analyst', status: 'in_progress', version: 1 });
  const late = await send('PATCH', url, { version: 0, owner: 'admin' });
  expect([late.status, late.body.code]).toEqual([409, 'INCIDENT_CHANGED']);
  expect((await get(url)).owner).toBe('analyst');
  expect((await send('PATCH', url, { version: 1, owner: 'viewer' })).status).toBe(422);
  expect((await send('PATCH', url, { version: 1, close_alerts: true })).status).toBe(422);
  expect((await get('/api/incidents?owner=analyst'))[0].id).toBe(id);

  const closed = await send('PATCH', url, {
    version: 1,
    status: 'closed',
    disposition: 'true_positive',
    close_alerts: true,
  });
  expect(closed.body).toMatchObject({ status: 'closed', disposition: 'true_positive' });
  expect(closed.body.closed_at).not.toBeNull();
  expect(harness.fakes.state.alerts.byId('a')).toMatchObject({
    status: 'closed',
    disposition: 'true_positive',
    acknowledged_by: 'analyst',
  });
  expect(harness.fakes.state.alerts.byId('c')?.status).toBe('new');
  const reopened = await send('PATCH', url, { version: 2, status: 'in_progress' });
  expect(reopened.body).toMatchObject({ status: 'in_progress', disposition: null, closed_at: null });
  const undecided = await send('PATCH', url, { version: 3, status: 'closed' });
  expect(undecided.body.disposition).toBe('undetermined');
  expect(harness.audited().filter((action) => action.startsWith('incident'))).toEqual([
    'incident_closed',
    'incident_reopened',
    'incident_closed',
    'incident_modified',
  ]);
  const texts = (await get(url)).timeline.flatMap(({ kind, text }: { kind: string; text: string }) =>
    kind === 'change' ? [text] : [],
  );
  expect(texts).toContain('Owner: none → analyst');
  expect(texts).toContain('Closed 2 of its alerts as true positive');
});

test('an acknowledged alert shows in the incident', async () => {
  await send('POST', '/api/alerts/b/acknowledge');
  const one = await get(`/api/incidents/${await firstId()}`);
  expect(one.alerts.map(({ status, acknowledged_by }: Record<string, unknown>) => [status, acknowledged_by])).toEqual([
    ['new', null],
    ['acknowledged', 'analyst'],
  ]);
});

test('notes: plain text, edited and removed by their author alone', async () => {
  const url = `/api/incidents/${await firstId()}/notes`;
  const note = await send('POST', url, { text: '<b>seen</b> before' });
  expect(note.body).toMatchObject({ author: 'analyst', text: '<b>seen</b> before', edited_at: null });
  const own = `${url}/${note.body.id}`;
  const other = await harness.as('admin', { method: 'PATCH', url: own, payload: { text: 'no' } });
  expect([other.statusCode, other.json().code]).toEqual([403, 'NOTE_OF_SOMEBODY']);
  expect((await send('PATCH', own, { text: 'again' })).body.edited_at).not.toBeNull();
  expect((await send('POST', url, { text: '  ' })).status).toBe(422);
  expect((await send('DELETE', own)).status).toBe(200);
  expect((await send('DELETE', own)).status).toBe(404);
  expect(harness.audited().slice(0, 3)).toEqual([
    'incident_note_removed',
    'incident_note_edited',
    'incident_note_added',
  ]);
});

test('evidence keeps the lines, also of an event that only an alert still has', async () => {
  const url = `/api/incidents/${await firstId()}/evidence`;
  const stored = testEvent({ id: '0194a000-0000-8000-8000-00000000000f', raw: 'a stored line' });
  harness.fakes.held.push(stored);
  const pinned = await send('POST', url, { kind: 'event', ref: stored.id, reason: 'it begins here' });
  harness.fakes.held.length = 0;
  expect(pinned.body.events).toMatchObject([{ raw: 'a stored line' }]);
  const kept = await send('POST', url, { kind: 'event', ref: testEvent().id, reason: 'from the snapshot' });
  expect(kept.status).toBe(200);
  await send('POST', url, { kind: 'alert', ref: 'a', reason: 'the alert' });
  await send('POST', url, { kind: 'alert', ref: 'a', reason: 'a better reason' });
  const { evidence, timeline } = await get(url.replace('/evidence', ''));
  expect(evidence.map(({ reason, events }: { reason: string; events: unknown[] }) => [reason, events.length])).toEqual([
    ['it begins here', 1],
    ['from the snapshot', 1],
    ['a better reason', 1],
  ]);
  expect(timeline.filter(({ kind }: { kind: string }) => kind === 'event')).toHaveLength(2);
  expect((await send('POST', url, { kind: 'event', ref: 'gone', reason: 'x' })).status).toBe(404);
  expect((await send('DELETE', `${url}/${evidence[0].id}`)).status).toBe(200);
});

test('merging by hand, with a trace in both; what was merged is changed no more', async () => {
  const [one, two] = await get('/api/incidents');
  await send('POST', `/api/incidents/${two.id}/notes`, { text: 'came along' });
  const merged = await send('POST', `/api/incidents/${one.id}/merge`, { version: one.version, from: two.id });
  expect(merged.body).toMatchObject({ id: one.id, alert_count: 3 });
  expect(await get('/api/incidents')).toHaveLength(1);
  expect(await get(`/api/incidents/${two.id}`)).toMatchObject({ merged_into: one.id, status: 'closed', alerts: [] });
  expect((await get(`/api/incidents/${one.id}`)).notes).toMatchObject([{ text: 'came along' }]);
  const refused = await send('PATCH', `/api/incidents/${two.id}`, { version: 0, owner: 'analyst' });
  expect([refused.status, refused.body.code]).toEqual([409, 'INCIDENT_CHANGED']);
  expect((await send('POST', `/api/incidents/${two.id}/notes`, { text: 'x' })).status).toBe(409);
  // What comes later about either belongs to the one that is left.
  raise('d', { rule_id: 'rule-3', group: { src_ip: '203.0.113.77' }, events: [] });
  harness.fakes.settleIncidents();
  expect((await get(`/api/incidents/${one.id}`)).alert_count).toBe(4);
});

test('an incident is not merged with itself', async () => {
  const id = await firstId();
  expect((await send('POST', `/api/incidents/${id}/merge`, { version: 0, from: id })).status).toBe(422);
});

test('alerts are split off and stay there', async () => {
  const id = await firstId();
  const split = await send('POST', `/api/incidents/${id}/split`, { version: 0, alerts: ['b'] });
  expect(split.body).toMatchObject({ left: { alert_count: 1, version: 1 }, made: { alert_count: 1 } });
  raise('b', { rule_id: 'rule-2', first: testTime + minute, last: testTime + 5 * minute, count: 9 });
  raise('e', { first: testTime + 6 * minute, last: testTime + 6 * minute });
  harness.fakes.settleIncidents();
  expect(await get(`/api/incidents/${split.body.made.id}`)).toMatchObject({ alert_count: 1, event_count: 9 });
  expect((await get(`/api/incidents/${id}`)).alert_count).toBe(2);
  const rest = await send('POST', `/api/incidents/${id}/split`, { version: 1, alerts: ['a', 'e'] });
  expect([rest.status, rest.body.code]).toEqual([422, 'VALIDATION_FAILED']);
});

test('export as JSON and Markdown: text from logs is no markup', async () => {
  const id = await firstId();
  raise('evil', {
    message: '# <script>x</script> ```` [a](javascript:b)',
    rule_id: 'rule-9',
    rule_name: '<img src=x>',
  });
  harness.fakes.settleIncidents();
  const file = await harness.as('analyst', { method: 'GET', url: `/api/incidents/${id}/export?format=markdown` });
  expect(file.headers['content-disposition']).toMatch(/^attachment; filename="phosor-incident-[0-9a-f]{8}\.md"$/);
  expect(file.headers['content-type']).toContain('text/markdown');
  expect(file.body).toContain('## What happened');
  expect(file.body).not.toContain('- \\# <script>');
  expect(file.body).toContain('&lt;script&gt;');
  expect(file.body).toContain('````` # <script>x</script> ```` [a](javascript:b) `````');
  const json = await harness.as('analyst', { method: 'GET', url: `/api/incidents/${id}/export` });
  expect(JSON.parse(json.body)).toMatchObject({ id });
  expect((await harness.as('viewer', { method: 'GET', url: `/api/incidents/${id}/export` })).statusCode).toBe(403);
});

test('a notification stands in the timeline', async () => {
  const id = await firstId();
  harness.fakes.clock.now += 10 * minute;
  harness.fakes.incidents.notified(id, { channel: 'on-call', ok: false, detail: 'no answer' });
  const { timeline } = await get(`/api/incidents/${id}`);
  expect(timeline.at(-1)).toMatchObject({ kind: 'notification', text: 'Could not notify on-call: no answer' });
});

test('what was decided because of it stands in its story and timeline', async () => {
  const decided = { target: '203.0.113.9', reason: 'It guesses passwords', alerts: ['a'] };
  expect((await harness.as('analyst', { method: 'POST', url: '/api/decisions', payload: decided })).statusCode).toBe(
    201,
  );
  // Decided before it began, and about nothing of it.
  const other = { target: '198.51.100.77', reason: 'Neighbour of 203.0.113.9' };
  expect((await harness.as('analyst', { method: 'POST', url: '/api/decisions', payload: other })).statusCode).toBe(201);
  const { timeline, story } = await get(`/api/incidents/${await firstId()}`);
  const told = timeline.filter(({ kind }: { kind: string }) => kind === 'decision');
  const text = '203.0.113.9 would be blocked (dry-run). It guesses passwords';
  expect(told).toMatchObject([{ by: 'analyst', text, ref: expect.any(String) }]);
  expect(story.at(-1)).toBe(text);
});

test('owners are those who may work on it', async () => {
  expect((await harness.as('analyst', { method: 'GET', url: '/api/incidents/owners' })).json().sort()).toEqual([
    'admin',
    'analyst',
  ]);
});
