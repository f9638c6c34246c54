import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { waitFor } from '../program.ts';
import { weakContrasts } from './contrast.ts';
import { missing } from './missing.ts';
import { startUi, type Ui } from './ui.ts';

// Generous: the machine may be busy with everything else.
vi.setConfig({ testTimeout: 240_000 });

const yaml = `title: A marked line
name: marked
logsource: {}
detection:
  s: {raw|contains: marker-4712}
  condition: s
---
title: Marked lines from one address
correlation:
  type: event_count
  rules: [marked]
  group-by: [src_ip]
  timespan: 1h
  condition: {gte: 5}
phosor: {max_groups: 10}
`;

describe.skipIf(missing)('what a correlation holds', () => {
  let ui: Ui;
  beforeAll(async () => {
    ui = await startUi();
  }, 180_000);
  afterAll(() => ui?.close());

  const post = async (path: string, type: string, body: string) => {
    const answer = await ui.program.api(path, { method: 'POST', headers: { 'content-type': type }, body });
    expect(answer.status).toBeLessThan(300);
    return answer.text();
  };
  const line = (text: string, agoMs = 0) =>
    `<38>1 ${new Date(Date.now() - agoMs).toISOString()} web01.example sshd 1 - - ${text}`;
  const failure = (host: number) =>
    line(`Failed password for root from 203.0.113.${host} port 4${host} ssh2 marker-4712`);
  const send = (...lines: string[]) => post('/api/webhook/marked', 'text/plain', lines.join('\n'));

  test('is shown on its page with its limit, moves while one looks, and what was lost is said in words', async () => {
    const made = await post('/api/rules', 'application/json', JSON.stringify({ type: 'sigma', config: { yaml } }));
    const { id } = JSON.parse(made) as { id: string };
    const page = await ui.open(`/rules/${id}?pane=upkeep`);
    const state = page.getByTestId('correlation-state');
    await state.getByText('0 of 10').waitFor();
    expect(await state.getByRole('listitem').count()).toBe(0);

    await send(...[1, 2, 3].map(failure));
    await state.getByText('3 of 10').waitFor();

    await send(...Array.from({ length: 9 }, (_, index) => failure(index + 10)));
    await send(line('marker-4712 without an address'));
    await send(line('Failed password for root from 203.0.113.1 port 41 ssh2 marker-4712', 600_000));
    await state.getByText(/group(s were| was) given up, the stalest first, .* more than the 10 that/).waitFor();
    await state.getByText(/^1 match came too late to be counted/).waitFor();
    await state.getByText(/^1 match could not be counted, because the event did not say src_ip/).waitFor();
    const told = async () => (await (await ui.program.api(`/api/rules/${id}`)).json()) as { correlation: object };
    await waitFor('the same in the API', async () => (await told()).correlation !== null);
    expect((await told()).correlation).toMatchObject({
      ...{ group_by: ['src_ip'], max_groups: 10, late_dropped: 1, missing_group: 1 },
    });
    expect(await weakContrasts(page)).toEqual([]);
    expect(ui.faults).toEqual([]);
  });
});
