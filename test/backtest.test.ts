/** Backtests on the real program: what live raised is what a backtest finds, and a client that leaves ends the run. */
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BacktestMessage, BacktestResult } from '../src/serve/backtest/messages.ts';
import { answerLine } from '../src/serve/backtest/shapes.ts';
import { type Program, removeFolder, startProgram, waitFor } from './program.ts';

let program: Program;
beforeAll(async () => {
  program = await startProgram({ env: { PHOSOR_SYSLOG_RATE: '0', PHOSOR_API_RATE: '0' } });
  await send(attackLines());
});
afterAll(async () => {
  await program.stop();
  removeFolder(program.dataDir);
});

interface LiveAlert {
  id: string;
  rule_id: string;
  count: number;
  first: string;
  last: string;
  group: Record<string, string>;
}

const day = 86_400_000;
const range = { from: new Date(Date.now() - day).toISOString(), to: new Date(Date.now() + day).toISOString() };

/** Sends lines over TCP, in order, and waits until all are stored. */
async function send(lines: readonly string[]): Promise<void> {
  const stored = async (): Promise<number> =>
    ((await (await program.api('/api/stats')).json()) as { stored_events: number }).stored_events;
  const before = await stored();
  const socket = connect(program.syslogPort, '127.0.0.1');
  socket.end(lines.map((line) => `${line}\n`).join(''));
  await waitFor('the lines in the store', async () => (await stored()) >= before + lines.length, 60_000);
}

const start = (body: object, signal?: AbortSignal): Promise<Response> =>
  program.api('/api/rules/backtest', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...range, ...body }),
    ...(signal && { signal }),
  });

async function backtest(body: object): Promise<{ result: BacktestResult; messages: BacktestMessage[] }> {
  const answer = await start(body);
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  const messages = text
    .trimEnd()
    .split('\n')
    .map((line) => answerLine.parse(JSON.parse(line)) as BacktestMessage);
  const result = messages.at(-1);
  if (result?.type !== 'result') throw new Error(text.slice(-500));
  return { result, messages };
}

const stamp = (time: Date): string =>
  `${time.toString().slice(4, 7)} ${String(time.getDate()).padStart(2)} ${time.toTimeString().slice(0, 8)}`;

/** Failed and accepted logins and sudo commands of the last minutes. */
function attackLines(): string[] {
  const began = Date.now() - 300_000;
  return Array.from({ length: 2000 }, (_, i) => {
    const head = `${stamp(new Date(began + i * 100))} web1`;
    const address = `203.0.113.${1 + (i % 7 === 0 ? i % 50 : 0)}`;
    if (i % 11 === 0) return `<38>${head} sudo:   bob : TTY=pts/0 ; PWD=/home ; USER=root ; COMMAND=/usr/bin/id`;
    if (i % 5 === 0)
      return `<38>${head} sshd[${i}]: Accepted password for alice from 192.0.2.${i % 9} port ${1024 + i} ssh2`;
    return `<38>${head} sshd[${i}]: Failed password for root from ${address} port ${1024 + i} ssh2`;
  });
}

test('a backtest of each rule that fired gives the alerts that live gave', async () => {
  const grown = async (): Promise<LiveAlert[]> => {
    const alerts = (await (await program.api('/api/alerts?limit=500')).json()) as LiveAlert[];
    return Promise.all(
      alerts.map(async ({ id }) => (await (await program.api(`/api/alerts/${id}`)).json()) as LiveAlert),
    );
  };
  const rulesOf = (alerts: readonly LiveAlert[]): string[] => [...new Set(alerts.map(({ rule_id }) => rule_id))].sort();
  const facts = ({ id, count, first, last, group }: Omit<LiveAlert, 'rule_id'>) => [id, { count, first, last, group }];
  const ruleIds = await waitFor('the alerts', async () => {
    const rules = rulesOf(await grown());
    return rules.length > 1 ? rules : null;
  });
  for (const rule_id of ruleIds) {
    const { result, messages } = await backtest({ rule_id });
    const found = messages.flatMap((message) => (message.type === 'alert' ? [message.alert] : []));
    // Growth of an alert is told a little later than the lines are stored.
    await expect
      .poll(async () => Object.fromEntries((await grown()).filter((alert) => alert.rule_id === rule_id).map(facts)), {
        timeout: 20_000,
        message: rule_id,
      })
      .toEqual(Object.fromEntries(found.map(facts)));
    expect(result.events).toBe(2000);
    expect(result.truncated).toBeNull();
  }
  expect(rulesOf(await grown())).toEqual(ruleIds);
});

test('an edit is compared with the stored rule, exceptions included', async () => {
  const config = {
    field: 'parsed.event_type',
    value: 'auth_fail',
    count: 20,
    window_seconds: 60,
    group_by: ['src_ip'],
  };
  const rule = { id: 'many-failures', type: 'threshold', name: 'Many failures', config };
  const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
  expect((await program.api('/api/rules', { ...json, body: JSON.stringify(rule) })).status).toBe(201);
  const { result } = await backtest({ rule: { ...rule, config: { ...config, count: 40 } }, compare_to: rule.id });
  expect(result.alerts.old).toBeGreaterThan(result.alerts.new);
  expect(result.pushed_down).toBe(true);
  expect(result.selection).toContain('event_type = ');
  const exception = { name: 'scanner', selection: { src_ip: '203.0.113.1' }, reason: 'ours', expires_at: null };
  const added = await program.api(`/api/rules/${rule.id}/exceptions`, { ...json, body: JSON.stringify(exception) });
  expect(added.ok, await added.text()).toBe(true);
  const without = await backtest({ rule_id: rule.id });
  expect(without.result.alerts.new).toBeLessThan(result.alerts.old ?? 0);
});

test('a client that leaves ends the run; more than two at a time are refused', async () => {
  const everything = {
    rule: { type: 'pattern', name: 'all', config: { field: 'raw', regex: '(f|g)(a|i)[a-z]+ p.*\\d+' } },
  };
  const lines = Array.from(
    { length: 60_000 },
    (_, i) => `<38>${stamp(new Date())} web1 app[${i}]: ${i} gain port ${'x'.repeat(100)} ${i}`,
  );
  await send(lines);
  const gone = [new AbortController(), new AbortController()];
  const running = await Promise.all(gone.map(({ signal }) => start(everything, signal)));
  expect(running.map(({ status }) => status)).toEqual([200, 200]);
  const refused = await start(everything);
  expect(refused.status).toBe(429);
  expect(await refused.json()).toMatchObject({ code: 'BACKTEST_BUSY' });
  for (const one of gone) one.abort();
  // Their threads are gone: another one may run, to its end, and events still come in.
  const next = await waitFor('a free place', async () => {
    const answer = await start(everything);
    return answer.status === 200 ? answer : null;
  });
  expect((await next.text()).trimEnd().split('\n').at(-1)).toContain('"type":"result"');
  await send(['<38>Nov 20 10:00:00 web1 app[1]: still here']);
}, 120_000);
