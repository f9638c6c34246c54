import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openReceiver, type Receiver } from '../../src/respond/receiver.test-suite.ts';
import { waitFor } from '../program.ts';
import { missing } from './missing.ts';
import { failedLogins, sendSyslog, startUi, type Ui } from './ui.ts';

vi.setConfig({ testTimeout: 240_000 });

const shots = process.env.PHOSOR_SHOTS;

describe.skipIf(missing)('notifications from the browser', () => {
  let ui: Ui;
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await openReceiver();
    ui = await startUi({
      PHOSOR_NOTIFICATION_ALLOWED_HOSTS: '127.0.0.1',
      PHOSOR_PUBLIC_URL: 'https://phosor.example.com',
    });
  }, 180_000);
  afterAll(async () => {
    await ui?.close();
    await receiver?.close();
  });

  test('a webhook is added, tested, told of an incident, paused and removed', async () => {
    const page = await ui.open('/notifications');
    await page.getByRole('button', { name: 'Add a channel' }).click();
    const drawer = page.getByRole('dialog');
    await drawer.getByLabel('Type').selectOption('webhook');
    await drawer.getByLabel('Name', { exact: true }).fill('Desk hook');
    // A template that gives no JSON is refused with a sentence, and nothing is lost.
    await drawer.getByLabel('Address', { exact: true }).fill(`${receiver.url}/in/very-secret-part`);
    await drawer.getByLabel('Template').fill('{"text": {{title}}}');
    await drawer.getByRole('button', { name: 'Add', exact: true }).click();
    await drawer.getByRole('alert').getByText('The template gives no JSON').waitFor();
    await drawer.getByLabel('Template').fill('{"text": "{{title}}", "facts": {{json facts}}}');
    await drawer.getByRole('button', { name: 'Preview' }).click();
    await drawer.getByText('25 user names tried by 203.0.113.66').waitFor();
    if (shots) await page.screenshot({ path: `${shots}/drawer.png` });
    ui.faults.length = 0;
    await drawer.getByRole('button', { name: 'Add', exact: true }).click();
    await drawer.waitFor({ state: 'detached' });

    const row = page.getByRole('listitem').filter({ hasText: 'Desk hook' }).first();
    await row.getByText('Nothing was sent yet.').waitFor();
    await row.getByRole('button', { name: 'Test' }).click();
    await row.getByTestId('last-result').getByText('Arrived').waitFor();
    expect(receiver.received).toHaveLength(1);
    expect(JSON.parse(receiver.received[0]?.body ?? '').text).toBe('Phosor can reach this channel');

    await sendSyslog(ui.program, failedLogins('203.0.113.77', 'root', 25));
    await waitFor('the incident to arrive', async () => (receiver.received.length > 1 ? true : undefined), 60_000);
    await page.getByText('opened to Desk hook').waitFor();
    const text = await page.locator('main').textContent();
    expect(text).toContain('203.0.113.77');
    expect(await page.content()).not.toContain('very-secret-part');

    receiver.answer = { status: 503, body: 'down' };
    await row.getByRole('button', { name: 'Test' }).click();
    await row.getByTestId('last-result').getByText('The receiver answered 503: down.').waitFor();
    await row.getByRole('switch', { name: 'Pause Desk hook' }).click();
    await row.getByText('paused', { exact: true }).waitFor();
    if (shots) {
      await page.screenshot({ path: `${shots}/dark.png` });
      await page.emulateMedia({ colorScheme: 'light' });
      const light = await ui.open('/notifications');
      await light.evaluate(() => localStorage.setItem('phosor.theme', 'light'));
      await light.reload();
      await light.getByText('Desk hook').first().waitFor();
      await light.screenshot({ path: `${shots}/light.png` });
      const phone = await ui.open('/notifications', { width: 390, height: 844 });
      await phone.getByText('Desk hook').first().waitFor();
      await phone.screenshot({ path: `${shots}/phone.png`, fullPage: true });
    }
    await row.getByRole('button', { name: 'Remove Desk hook' }).click();
    await row.getByRole('button', { name: 'Really remove?' }).click();
    await page.getByText('Nobody is told yet.').waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('a mail is previewed with its HTML, and an internal server is refused with what to do', async () => {
    const page = await ui.open('/notifications?channel=new');
    const drawer = page.getByRole('dialog');
    await drawer.getByLabel('Type').selectOption('smtp');
    await drawer.getByLabel('Mail server').fill('10.11.12.13');
    await drawer.getByLabel('Sender address').fill('phosor@example.com');
    await drawer.getByLabel('Recipients').fill('a@example.com\nb@example.com');
    await drawer.getByRole('button', { name: 'Preview' }).click();
    await drawer.getByText('Subject: [Phosor] HIGH').waitFor();
    const mail = drawer.frameLocator('iframe');
    await mail.getByRole('heading', { name: /Brute force/ }).waitFor();
    if (shots) {
      await drawer.locator('iframe').scrollIntoViewIfNeeded();
      await new Promise((done) => setTimeout(done, 2000));
      await page.screenshot({ path: `${shots}/mail.png` });
    }
    await drawer.getByRole('button', { name: 'Add', exact: true }).click();
    await drawer.waitFor({ state: 'detached' });
    const row = page.getByRole('listitem').filter({ hasText: '2 recipients by 10.11.12.13' }).first();
    await row.getByRole('button', { name: 'Test' }).click();
    await row.getByTestId('last-result').getByText('internal address 10.11.12.13').waitFor();
    ui.faults.length = 0;
  });

  test('on a phone nothing is wider than the screen', async () => {
    const page = await ui.open('/notifications', { width: 390, height: 844 });
    await page.getByRole('heading', { name: 'Notifications' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });
});
