import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { getJson, post } from '../contract/client.ts';
import { type ProviderServer, startProviders, testKeys } from '../contract/providers.ts';
import { waitFor } from '../program.ts';
import { missing } from './missing.ts';
import { startUi, type Ui } from './ui.ts';

vi.setConfig({ testTimeout: 240_000 });

describe.skipIf(missing)('intelligence', () => {
  let ui: Ui;
  let providers: ProviderServer;
  let server: Server;
  let listUrl = '';

  beforeAll(async () => {
    providers = await startProviders({ '203.0.113.66': { score: 97, pulses: 2, engines: 12 } });
    server = createServer((_, reply) => void reply.end('203.0.113.0/28\n198.51.100.7\n10.0.0.1\n'));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.address();
    listUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/list.txt`;
    ui = await startUi({
      PHOSOR_INTEL_ALLOW_PRIVATE_LISTS: 'true',
      PHOSOR_INTEL_VIRUSTOTAL_URL: providers.url,
      PHOSOR_INTEL_ABUSEIPDB_URL: providers.url,
      PHOSOR_INTEL_OTX_URL: providers.url,
      ABUSEIPDB_API_KEY: testKeys.abuseipdb,
      OTX_API_KEY: testKeys.otx,
      PHOSOR_INTEL_ASK: 'off',
    });
  }, 180_000);
  afterAll(async () => {
    await ui?.close();
    await providers?.close();
    server?.close();
  });

  test('a list is added and matches, an address is looked up, a key is set and tested, a network is allowed', async () => {
    const page = await ui.open('/intel');
    await page.getByText('No list is on').waitFor();
    await page.getByRole('button', { name: 'List', exact: true }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Our test list');
    await page.getByRole('textbox', { name: 'Address' }).fill(listUrl);
    await page.getByLabel('Category').fill('scanners');
    await page.getByRole('button', { name: 'Add and fetch' }).click();
    await page.getByText('2 entries').waitFor();
    await page.getByText('1 left out').waitFor();
    expect(await page.getByRole('switch', { name: 'Match abuse.ch Feodo Tracker' }).getAttribute('aria-checked')).toBe(
      'false',
    );

    await post(ui.program, '/api/webhook/test', { src_ip: '203.0.113.9', message: 'hit' });
    const [alert] = await waitFor('the alert', async () => {
      const alerts = await getJson(ui.program, '/api/alerts?limit=5');
      return alerts.length > 0 ? alerts : null;
    });
    const alertPage = await ui.open(`/alerts/${alert.id}`);
    await alertPage.getByText('Known of it').waitFor();
    await alertPage.getByText('203.0.113.0/28', { exact: false }).first().waitFor();

    await page.getByRole('tab', { name: 'Look up' }).click();
    await page.getByRole('textbox', { name: 'Address' }).fill('203.0.113.66');
    await page.getByRole('button', { name: 'Look up' }).click();
    await page.getByText('Nothing is known against it', { exact: false }).waitFor();
    await page.getByRole('button', { name: 'Ask the providers' }).click();
    await page.getByText('CRITICAL', { exact: true }).waitFor();
    await page.getByText('Abuse score 97 of 100', { exact: false }).waitFor();
    expect(page.url()).toContain('address=203.0.113.66');
    expect(providers.wrong).toEqual([]);

    await page.getByRole('tab', { name: 'Providers' }).click();
    await page.getByRole('button', { name: 'Set a key' }).click();
    await page.getByLabel('Key', { exact: true }).fill(testKeys.virustotal);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('key set here').waitFor();
    expect(await page.content()).not.toContain(testKeys.virustotal);
    await page.getByRole('button', { name: 'Test' }).first().click();
    await page.getByText('VirusTotal answers.', { exact: false }).waitFor();

    await page.getByRole('tab', { name: 'Allowed' }).click();
    await page.getByLabel('Address or network').fill('203.0.113.0/28');
    await page.getByLabel('Why').fill('our own scanner');
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    await page.getByText('our own scanner').waitFor();
    await waitFor(
      'the network not to match',
      async () => (await getJson(ui.program, '/api/intel/addresses/203.0.113.9')).hit === null,
    );

    await page.getByRole('tab', { name: 'Places' }).click();
    await page.getByText('geo-whois-asn-country.mmdb').waitFor();
    expect(ui.faults).toEqual([]);
  });

  test.each(['lists', 'providers', 'lookup', 'allowed', 'places'])('%s: nothing is wider than a phone', async (tab) => {
    const page = await ui.open(`/intel?tab=${tab}&address=203.0.113.66`, { width: 390, height: 844 });
    await page.getByRole('heading', { name: 'Intelligence' }).waitFor();
    await page.getByRole('tab', { selected: true }).waitFor();
    const folder = process.env.PHOSOR_SCREENSHOTS;
    if (folder !== undefined) {
      await page.waitForTimeout(1500);
      await page.screenshot({ path: `${folder}/intel-${tab}-390.png` });
      const wide = await ui.open(`/intel?tab=${tab}&address=203.0.113.66`);
      await wide.waitForTimeout(1500);
      await wide.screenshot({ path: `${folder}/intel-${tab}.png` });
      await wide.emulateMedia({ colorScheme: 'light' });
      await wide.evaluate(() => document.documentElement.setAttribute('data-theme', 'light'));
      await wide.screenshot({ path: `${folder}/intel-${tab}-light.png` });
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(ui.faults).toEqual([]);
  });
});
