import { afterEach, beforeEach, expect, test } from 'vitest';
import { testAlert, testRule } from '../fakes.test-suite.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';
import { makeZip } from './zip.test-suite.ts';

const id = '5b1f7a0e-6f0c-4b35-9a55-0c1b7f6a9e01';
const good = `title: Odd login
id: ${id}
author: A. Person
license: "CC0-1.0"
level: high
tags: [attack.t1110]
logsource: {product: linux, service: sshd}
detection:
  selection: {event_type: auth.failure}
  condition: selection
`;
const bad = `title: Broken
logsource: {product: linux}
detection:
  selection: {user: x}
  condition: selection and nothing
`;
const fire = 'Nov 20 10:00:00 host01 sshd[1]: Failed password for root from 203.0.113.7 port 50000 ssh2\n';

const shipped = testRule({
  id: 'shipped-rule',
  name: 'Shipped',
  type: 'pattern',
  config: { field: 'raw', regex: 'x' },
  severity: 'low',
});

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness({ shippedRules: [shipped] });
});
afterEach(() => harness.app.close());

const admin = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object) =>
  harness.as('admin', { method, url, ...(payload && { payload }) });
const send = (files: Record<string, string>, query = '', pack?: string) =>
  admin('POST', `/api/rules/import${query}`, {
    files: Object.entries(files).map(([name, text]) => ({ name, text })),
    ...(pack && { pack }),
  });
const sendZip = (archive: Buffer, query = '') =>
  harness.as('admin', {
    method: 'POST',
    url: `/api/rules/import${query}`,
    headers: { 'content-type': 'application/zip' },
    payload: archive,
  });
const rule = async () => (await admin('GET', `/api/rules/${id}`)).json();

test('a zip: what is good is taken, what is not is refused with file, line and column', async () => {
  const archive = makeZip([
    { name: 'pack/LICENSE', bytes: '\n# The Example Licence 1.0\n\nText.' },
    { name: 'pack/rules/odd.yml', bytes: good },
    { name: 'pack/rules/odd.fire.log', bytes: `# note\n${fire}` },
    { name: 'pack/rules/broken.yml', bytes: bad },
    { name: 'pack/rules/notes.txt', bytes: 'nothing' },
    { name: '__MACOSX/pack/rules/._odd.yml', bytes: 'garbage: [' },
  ]);
  const answer = (await sendZip(archive, '?pack=example')).json();
  expect(answer).toMatchObject({ imported: 1, replaced: 0 });
  expect(answer.refused).toEqual([
    { file: 'pack/rules/broken.yml', line: 5, column: expect.any(Number), message: expect.stringContaining('nothing') },
  ]);
  expect(await rule()).toMatchObject({
    ...{ name: 'Odd login', origin: 'imported', author: 'A. Person', licence: 'CC0-1.0', pack: 'example', state: 'on' },
    ...{ tests: { fire: 1, quiet: 0 }, attack: ['T1110'], config: { yaml: good } },
  });
  expect(harness.fakes.inForce.map((each) => each.id)).toContain(id);
  expect(harness.audited()).toEqual(['rules_imported']);
});

test('check says the same and changes nothing', async () => {
  const answer = await send({ 'a.yml': good, 'b.yml': bad }, '?check=1');
  expect(answer.json()).toMatchObject({ imported: 1, replaced: 0, refused: [{ file: 'b.yml' }] });
  expect((await admin('GET', `/api/rules/${id}`)).statusCode).toBe(404);
  expect(harness.audited()).toEqual([]);
});

test('a second import replaces, and keeps what people decided', async () => {
  await send({ 'a.yml': good }, '', 'one');
  const first = await rule();
  await admin('POST', `/api/rules/${id}/toggle`);
  harness.fakes.clock.now += 1000;
  expect((await send({ 'a.yml': good }, '', 'one')).json()).toMatchObject({ imported: 0, replaced: 1, refused: [] });
  expect(await rule()).toMatchObject({ enabled: false, state: 'off', updated_at: first.updated_at });
  await send({ 'a.yml': good.replace('Odd login', 'Odder login') }, '', 'one');
  expect(await rule()).toMatchObject({ name: 'Odder login', enabled: false, created_at: first.created_at });
  expect((await rule()).updated_at).not.toBe(first.updated_at);
});

test('a licence of the whole pack stands where a rule has none', async () => {
  await send({ 'LICENSE.md': '# The Example Licence', 'a.yml': good.replace(/license.*\n/, '') });
  expect(await rule()).toMatchObject({ licence: 'The Example Licence', pack: 'imported rules' });
});

test('what was written or changed here, and what is shipped, stays', async () => {
  const native = JSON.stringify({ id: shipped.id, name: 'X', type: 'pattern', config: shipped.config });
  expect((await send({ 'x.json': native })).json()).toMatchObject({
    imported: 0,
    refused: [{ file: 'x.json', message: expect.stringContaining('comes with Phosor') }],
  });
  await send({ 'a.yml': good });
  await admin('PUT', `/api/rules/${id}`, { type: 'sigma', config: { yaml: good.replace('Odd', 'My') } });
  expect((await send({ 'a.yml': good })).json()).toMatchObject({
    replaced: 0,
    refused: [{ message: expect.stringContaining('changed here') }],
  });
  expect(await rule()).toMatchObject({ name: 'My login', origin: 'user', pack: 'imported rules' });
});

test('the same id twice, an id that is an address, a file without a rule', async () => {
  const taken = { 'a.yml': good, 'b.yml': good, 'c.json': '[]' };
  const answer = (
    await send({ ...taken, 'coverage.json': JSON.stringify({ name: 'C', type: 'pattern', config: shipped.config }) })
  ).json();
  expect(answer.imported).toBe(1);
  expect(answer.refused.map(({ file, message }: { file: string; message: string }) => [file, message])).toEqual([
    ['b.yml', expect.stringContaining('already used in a.yml')],
    ['c.json', expect.stringContaining('no rule')],
    ['coverage.json', expect.stringContaining('cannot be used')],
  ]);
});

test('packs are listed and removed as a whole', async () => {
  await send({ 'a.yml': good }, '', 'one');
  await send({ 'b.yml': good.replace(id, id.replace('01', '02')).replace('A. Person', 'B. Person') }, '', 'two');
  expect((await admin('GET', '/api/rules/packs')).json()).toMatchObject([
    { pack: 'one', rules: 1, enabled: 1, authors: ['A. Person'], licences: ['CC0-1.0'] },
    { pack: 'two', rules: 1, authors: ['B. Person'] },
  ]);
  expect((await admin('DELETE', '/api/rules/packs/one')).json()).toEqual({ status: 'deleted', removed: 1 });
  expect((await admin('DELETE', '/api/rules/packs/one')).statusCode).toBe(404);
  expect((await admin('GET', '/api/rules')).json().map(({ name }: { name: string }) => name)).toEqual([
    'Shipped',
    'Odd login',
  ]);
  expect((await send({ 'a.yml': good }, '', 'one')).json()).toMatchObject({ imported: 1 });
});

test('when the engine does not take them, nothing has changed', async () => {
  await send({ 'a.yml': good }, '', 'one');
  harness.fakes.pipeline.setRules = async () => {
    throw new Error('worker gone');
  };
  const other = good.replace('Odd', 'New');
  expect((await send({ 'a.yml': other, 'b.yml': other.replace(id, id.replace('01', '02')) })).statusCode).toBe(500);
  expect((await admin('DELETE', '/api/rules/packs/one')).statusCode).toBe(500);
  expect(harness.fakes.state.rules.list()).toMatchObject([{ id, name: 'Odd login', pack: 'one' }]);
});

test('the author of an imported rule is shown with its alerts', async () => {
  await send({ 'a.yml': good });
  harness.fakes.state.alerts.upsert(testAlert({ rule_id: id }), 0);
  harness.fakes.state.alerts.upsert(testAlert({ id: 'alert-2', rule_id: 'gone' }), 0);
  const alerts = (await harness.as('viewer', { method: 'GET', url: '/api/alerts' })).json();
  expect(new Set(alerts.map(({ rule_author }: { rule_author: string | null }) => rule_author))).toEqual(
    new Set(['A. Person', null]),
  );
  const one = await harness.as('viewer', { method: 'GET', url: '/api/alerts/alert-1' });
  expect(one.json()).toMatchObject({ rule_author: 'A. Person', rule: { author: 'A. Person', origin: 'imported' } });
});

test.each<[string, () => Promise<{ statusCode: number; json: () => { detail: string } }>, number, RegExp]>([
  ['no archive', () => sendZip(Buffer.from('hello')), 422, /no zip archive/],
  ['a bomb', () => sendZip(makeZip([{ name: 'a.yml', bytes: Buffer.alloc(5_000_000) }])), 422, /unpacks to more/],
  ['no files', () => send({}), 422, /"files"/],
  [
    'a file without text',
    () => admin('POST', '/api/rules/import', { files: [{ name: 'a.yml' }] }),
    422,
    /files\.0\.text/,
  ],
  ['a pack with a slash', () => send({ 'a.yml': good }, '', 'a/b'), 422, /"pack".*no slash/],
  ['more than is read', () => sendZip(Buffer.alloc(33 * 1024 * 1024)), 413, /33554432 bytes/],
  [
    'another type',
    () =>
      harness.as('admin', {
        method: 'POST',
        url: '/api/rules/import',
        headers: { 'content-type': 'text/csv' },
        payload: 'x',
      }),
    415,
    /text\/csv/,
  ],
])('%s is refused', async (_, sending, status, sentence) => {
  const answer = await sending();
  expect(answer.statusCode).toBe(status);
  expect(answer.json().detail).toMatch(sentence);
});

test('the schema for editors names what Phosor adds', async () => {
  const answer = await harness.as('viewer', { method: 'GET', url: '/api/rules/schema' });
  const schema = answer.json();
  expect(answer.headers['content-type']).toContain('schema+json');
  expect(Object.keys(schema.properties.phosor.properties)).toContain('suppress');
  expect(schema.properties.correlation.properties.type.enum).toContain('temporal_ordered');
  expect(JSON.stringify(schema)).toContain('auth.failure');
});
