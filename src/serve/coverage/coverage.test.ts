import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RuleDoc } from '../../model/index.ts';
import { testAlert, testEvent, testRule, testTime } from '../fakes.test-suite.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';
import type { Coverage } from './matrix.ts';
import { tacticOfTag, tactics, techniques } from './techniques.ts';

const sigma = (id: string, yaml: string): RuleDoc => testRule({ id, name: id, config: { yaml } });
const detection = (id: string, technique: string, logsource: string, selection: string): RuleDoc =>
  sigma(
    id,
    `title: ${id}\ntags: [attack.${technique}]\nlogsource: ${logsource}\ndetection:\n  selection: ${selection}\n  condition: selection\n`,
  );

const logins = detection('logins', 't1110.001', '{product: linux, service: sshd}', '{event_type: auth.failure}');
const blocked = detection('blocked', 't1046', '{category: firewall}', '{event_type: net.blocked}');
const windows = detection(
  'windows',
  't1059.001',
  '{product: windows, category: ps_script}',
  "{ScriptBlockText|contains: 'x'}",
);
const later = detection('later', 't9999', '{product: linux}', '{event_type: auth.success}').config;

let harness: Harness;
beforeEach(async () => {
  const unknown = { ...sigma('later', `${'yaml' in later ? later.yaml : ''}`) };
  if ('yaml' in unknown.config)
    unknown.config = { yaml: unknown.config.yaml.replace('attack.t9999', 'attack.t9999, attack.stealth') };
  harness = await openHarness({ shippedRules: [logins, blocked, windows, unknown] });
  harness.fakes.held.push(testEvent({ format: 'sshd', program: 'sshd', event_type: 'auth.success' }));
});
afterEach(() => harness.app.close());

const get = async <T>(url: string): Promise<T> => (await harness.as('viewer', { method: 'GET', url })).json();
async function cell(id: string) {
  const { techniques } = await get<Coverage>('/api/rules/coverage');
  return techniques.find((technique) => technique.id === id);
}

describe('the table of techniques', () => {
  test('every technique has a name and a tactic, and no id is there twice', () => {
    expect(tactics).toHaveLength(14);
    expect(techniques.filter(({ id }) => !id.includes('.')).length).toBeGreaterThan(200);
    expect(new Set(techniques.map(({ id }) => id)).size).toBe(techniques.length);
    for (const { id, name, tactics: own } of techniques) {
      expect(id).toMatch(/^T\d{4}(\.\d{3})?$/);
      expect(name.length, id).toBeGreaterThan(1);
      expect(own.length, id).toBeGreaterThan(0);
    }
  });

  test.each([
    ['T1110.003', 'Password Spraying', ['TA0006']],
    ['T1053.003', 'Cron', ['TA0002', 'TA0003', 'TA0004']],
    ['T1055.008', 'Ptrace System Calls', ['TA0004', 'TA0005']],
    ['T1505.003', 'Web Shell', ['TA0003']],
    ['T1078', 'Valid Accounts', ['TA0001', 'TA0003', 'TA0004', 'TA0005']],
    ['T1562.012', 'Disable or Modify Linux Audit System', ['TA0005']],
    ['T1498.002', 'Reflection Amplification', ['TA0040']],
  ])('%s is %s', (id, name, own) => {
    expect(techniques.find((technique) => technique.id === id)).toEqual({ id, name, tactics: own });
  });

  test('tactics are found by the tags of rules', () => {
    expect(tacticOfTag('attack.command-and-control')).toBe('TA0011');
    expect(tacticOfTag('attack.Credential_Access')).toBe('TA0006');
    expect(tacticOfTag('attack.t1110')).toBeNull();
    expect(tacticOfTag('cve.2021-44228')).toBeNull();
  });
});

test('no rule, a rule without a source, and a rule that waits', async () => {
  expect(await cell('T1485')).toMatchObject({ state: 'none', rules: [], missing: [] });
  expect(await cell('T1110.001')).toMatchObject({
    state: 'ready',
    missing: [],
    rules: [{ id: 'logins', visible: true }],
  });
  expect(await cell('T1046')).toMatchObject({
    state: 'no_source',
    missing: expect.arrayContaining(['event_type net.*']),
  });
  expect(await cell('T1059.001')).toMatchObject({
    state: 'no_source',
    missing: expect.arrayContaining(['field ScriptBlockText']),
  });
});

test('a source that begins to send what is needed is noticed', async () => {
  expect((await cell('T1059.001'))?.state).toBe('no_source');
  harness.fakes.held.push(
    testEvent({
      id: 'e2',
      format: 'json',
      event_type: 'app.event',
      fields: { EventID: 4104, ScriptBlockText: 'Get-Item' },
    }),
  );
  expect((await cell('T1059.001'))?.state).toBe('no_source');
  harness.fakes.clock.now += 5 * 60_000;
  expect((await cell('T1059.001'))?.state).toBe('ready');
});

test('an alert makes it fired, and what was seen once is not unseen', async () => {
  harness.fakes.state.alerts.upsert(testAlert({ rule_id: 'blocked' }), testTime);
  expect(await cell('T1046')).toMatchObject({
    state: 'fired',
    rules: [{ last_fired: expect.stringContaining('2026-11-20') }],
  });
});

test('tested for 30 days, of this version, and only where something arrives', async () => {
  const { state } = harness.fakes;
  const lines = {
    fire: ['Nov 20 10:00:00 host01 sshd[1]: Failed password for root from 203.0.113.7 port 50000 ssh2'],
    quiet: [
      'Nov 20 10:00:00 host01 sshd[1]: Accepted publickey for alice from 192.0.2.20 port 40000 ssh2: ED25519 SHA256:c2FtcGxl',
    ],
  };
  for (const id of ['logins', 'blocked', 'windows']) state.ruleLines.put(id, lines);
  const run = await harness.as('analyst', { method: 'POST', url: '/api/rules/tests', payload: {} });
  expect(run.json()).toMatchObject({ passed: 1, failed: 2, untested: 1 });
  expect(run.json().results.find((each: { rule_id: string }) => each.rule_id === 'blocked').problem).toContain(
    'must raise an alert',
  );
  expect((await cell('T1110.001'))?.state).toBe('tested');
  expect((await cell('T1046'))?.state).toBe('no_source');
  harness.fakes.clock.now += 31 * 86_400_000;
  await harness.renew();
  harness.fakes.held.push(testEvent({ id: 'e3', time: harness.fakes.clock.now - 1, format: 'sshd', program: 'sshd' }));
  expect((await cell('T1110.001'))?.state).toBe('ready');
  expect(harness.audited()).toContain('rules_tested');
});

test('a rule that is changed has to be tested again', async () => {
  harness.fakes.state.ruleLines.put('logins', {
    fire: ['Nov 20 10:00:00 host01 sshd[1]: Failed password for root from 203.0.113.7 port 50000 ssh2'],
    quiet: [],
  });
  await harness.as('analyst', { method: 'POST', url: '/api/rules/tests', payload: { rule_ids: ['logins'] } });
  expect((await cell('T1110.001'))?.state).toBe('tested');
  const config = { yaml: 'yaml' in logins.config ? logins.config.yaml.replace('auth.failure', 'auth.success') : '' };
  const payload = { name: 'logins', type: 'sigma', config };
  expect((await harness.as('admin', { method: 'PUT', url: '/api/rules/logins', payload })).statusCode).toBe(200);
  expect((await cell('T1110.001'))?.state).toBe('ready');
});

test('rules that are off or muted cover nothing, and the cell says so', async () => {
  await harness.as('admin', { method: 'POST', url: '/api/rules/logins/toggle' });
  expect(await cell('T1110.001')).toMatchObject({ state: 'none', missing: ['“logins” is switched off'] });
  await harness.as('admin', { method: 'POST', url: '/api/rules/logins/toggle' });
  const until = new Date(testTime + 3_600_000).toISOString();
  await harness.as('admin', { method: 'POST', url: '/api/rules/logins/mute', payload: { until } });
  expect(await cell('T1110.001')).toMatchObject({ state: 'none', missing: ['“logins” is muted'] });
});

test('a technique that the table does not know is shown with the tactic of the rule', async () => {
  expect(await cell('T9999')).toMatchObject({ name: 'T9999', tactics: ['TA0005'], state: 'ready' });
});

test('the Navigator layer holds what has a rule, once per tactic', async () => {
  const layer = await get<{ domain: string; techniques: { techniqueID: string; tactic: string; score: number }[] }>(
    '/api/rules/coverage/navigator',
  );
  expect(layer).toMatchObject({ domain: 'enterprise-attack', versions: { layer: '4.5' } });
  expect(layer.techniques.map(({ techniqueID, tactic, score }) => [techniqueID, tactic, score])).toEqual([
    ['T1059.001', 'execution', 25],
    ['T1110.001', 'credential-access', 50],
    ['T1046', 'discovery', 25],
    ['T9999', 'defense-evasion', 50],
  ]);
});

test('fields: columns, and what was seen below fields, with values as they are stored', async () => {
  harness.fakes.held.push(
    testEvent({
      id: 'e4',
      fields: { http: { status: 404 }, tries: 3, secret: '[REDACTED]', list: ['a', 'b'], 'odd key': '<b>x</b>' },
    }),
  );
  const fields = await get<{ name: string; type: string; examples: string[] }[]>('/api/rules/fields');
  const byName = new Map(fields.map((field) => [field.name, field]));
  expect(byName.get('src_ip')).toEqual({ name: 'src_ip', type: 'string', examples: ['203.0.113.9'] });
  expect(byName.get('fields.http.status')).toEqual({ name: 'fields.http.status', type: 'number', examples: ['404'] });
  expect(byName.get('fields.secret')?.examples).toEqual(['[REDACTED]']);
  expect(byName.get('fields.list')).toMatchObject({ type: 'list', examples: ['a'] });
  expect(byName.has('fields.odd key')).toBe(true);
  expect(byName.has('id')).toBe(false);
});
