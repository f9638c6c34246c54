import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { waitFor } from '../program.ts';
import { missing } from './missing.ts';
import { rulesOf } from './rule-list.ts';
import { sendSyslog, startUi, type Ui } from './ui.ts';

// Generous: the machine may be busy with everything else.
vi.setConfig({ testTimeout: 240_000 });

const hostileTitle = '<img src=x onerror=window.taken=1>';
const sigma = (title: string, more = '') =>
  `title: ${JSON.stringify(title)}\nauthor: A. Person\nlogsource:\n  product: linux\ndetection:\n  selection:\n    message|contains: '${title.length} kettles'\n  condition: selection\nlevel: low\n${more}`;
const broken =
  'title: Broken\nlogsource:\n  product: linux\ndetection:\n  selection:\n    message|no_such_modifier: x\n  condition: selection\n';

/** A zip whose entries are not compressed. */
function zipOf(files: Record<string, string>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, text] of Object.entries(files)) {
    const name = Buffer.from(path);
    const data = Buffer.from(text);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt32LE(crc32(data), 10);
    facts.writeUInt32LE(data.length, 14);
    facts.writeUInt32LE(data.length, 18);
    facts.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), facts, name, data]);
    const entry = Buffer.alloc(14);
    entry.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000', 'latin1'), facts, entry, name]));
    parts.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, list, end]);
}

describe.skipIf(missing)('packs of rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'phosor-pack-'));
  let ui: Ui;
  beforeAll(async () => {
    ui = await startUi();
  }, 180_000);
  afterAll(async () => {
    await ui?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  // A page that nobody looks at goes on asking the server.
  afterEach(async () => {
    for (const context of ui.browser.contexts()) await context.close();
  });
  const { all, named, list, names } = rulesOf(() => ui);

  test('a folder is checked first, then imported with its authors and tests; what is wrong says where; the pack is removed', async () => {
    mkdirSync(join(folder, 'tea pack/linux'), { recursive: true });
    const put = (path: string, text: string) => writeFileSync(join(folder, 'tea pack', path), text);
    put('linux/kettle.yml', sigma('Kettle boils', 'tags: [attack.t1499]\n'));
    put('linux/kettle.fire.log', 'Nov 21 12:00:00 kitchen kettle: 12 kettles boil\n');
    put('linux/kettle.quiet.log', 'Nov 21 12:00:00 kitchen kettle: cold\n');
    put('hostile.yml', sigma(hostileTitle));
    put('broken.yml', broken);
    put('README.md', 'Not a rule.');
    const before = (await all()).length;
    const page = await ui.open('/rules');
    await page.getByRole('button', { name: 'Import' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('A folder').setInputFiles(join(folder, 'tea pack'));
    const outcome = dialog.getByTestId('import-outcome');
    await outcome.getByText('This is what would happen:').waitFor();
    expect(await outcome.locator('li').allTextContents()).toEqual([
      '2new',
      '0replaced',
      '1refused',
      expect.any(String),
    ]);
    const refused = dialog.getByRole('table', { name: 'Refused' });
    expect(await refused.textContent()).toMatch(/tea pack\/broken\.yml:6:\d+.*no_such_modifier/);
    await dialog.getByText('1 other file').waitFor();
    expect(await dialog.getByLabel('Name of the pack').inputValue()).toBe('tea pack');
    expect(await all()).toHaveLength(before);

    await dialog.getByRole('button', { name: 'Import 2 rules' }).click();
    await outcome.getByText('Done. The rules are in force.').waitFor();
    expect(await named('Kettle boils')).toMatchObject({
      author: 'A. Person',
      pack: 'tea pack',
      tests: { fire: 1, quiet: 1 },
    });
    await dialog.getByRole('button', { name: 'Show the rules' }).click();
    const list = page.getByTestId('rules');
    await list.getByText(hostileTitle).waitFor();
    await list.getByText('A. Person').first().waitFor();
    expect((await names(page)).sort()).toEqual([hostileTitle, 'Kettle boils']);
    expect(await page.evaluate(() => 'taken' in window || document.querySelector('#root img') !== null)).toBe(false);

    // Its author is named where it matches.
    const { id } = await named('Kettle boils');
    await sendSyslog(ui.program, ['kettle 1 - - 12 kettles boil']);
    const alert = await waitFor('an alert of the imported rule', async () => {
      const answer = await ui.program.api(`/api/alerts?rule_id=${id}`);
      return ((await answer.json()) as { id: string }[])[0];
    });
    await page.goto(`${ui.program.address}/alerts/${alert.id}`);
    await page.getByText('Rule by A. Person').waitFor();

    await page.goto(`${ui.program.address}/rules`);
    await page.getByRole('button', { name: 'Packs' }).click();
    await page.getByRole('button', { name: 'Remove the pack tea pack' }).click();
    await page.getByRole('button', { name: 'Remove 2 rules' }).click();
    await waitFor('the pack to be gone', async () => (await all()).length === before);
    await page.getByText('No pack was imported yet.').waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('a zip and dropped files are taken as well; a second import replaces', async () => {
    const page = await ui.open('/rules?show=import');
    const dialog = page.getByRole('dialog');
    const outcome = dialog.getByTestId('import-outcome');
    const zip = zipOf({ 'pots/pot.yml': sigma('Pot whistles', 'id: pot-whistles\n') });
    await dialog
      .getByLabel('Files or a zip')
      .setInputFiles({ name: 'pots.zip', mimeType: 'application/zip', buffer: zip });
    await dialog.getByRole('button', { name: 'Import 1 rule' }).click();
    await outcome.getByText('Done.').waitFor();
    expect(await named('Pot whistles')).toMatchObject({ pack: 'pots', author: 'A. Person' });

    await dialog.getByRole('button', { name: 'Import more' }).click();
    const dropped = await page.evaluateHandle(
      (text) => {
        const data = new DataTransfer();
        data.items.add(new File([text], 'pot.yml'));
        return data;
      },
      sigma('Pot sings', 'id: pot-whistles\n'),
    );
    await dialog.getByRole('region', { name: 'Drop files here' }).dispatchEvent('drop', { dataTransfer: dropped });
    await outcome.getByText('This is what would happen:').waitFor();
    expect((await outcome.locator('li').allTextContents()).slice(0, 3)).toEqual(['0new', '1replaced', '0refused']);
    await dialog.getByRole('button', { name: 'Import 1 rule' }).click();
    await outcome.getByText('Done.').waitFor();
    expect((await all()).filter(({ id }) => id === 'pot-whistles').map(({ name }) => name)).toEqual(['Pot sings']);

    await dialog.getByRole('button', { name: 'Import more' }).click();
    await dialog
      .getByLabel('Files or a zip')
      .setInputFiles({ name: 'notes.log', mimeType: 'text/plain', buffer: Buffer.from('x') });
    await dialog.getByText(/^There is no rule in it/).waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('five thousand rules: only those in sight are drawn, the last is reached, and a search finds its one', async () => {
    const files = Array.from({ length: 5000 }, (_, index) => ({
      name: `bulk/rule-${index}.yml`,
      text: sigma(`Generated ${String(index).padStart(4, '0')}`, `id: generated-${index}\n`),
    }));
    const answer = await ui.program.api('/api/rules/import', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ files, pack: 'bulk' }),
    });
    expect(await answer.json()).toMatchObject({ imported: 5000, refused: [] });
    const page = await ui.open('/rules?sort=name&from=bulk');
    const rows = list(page);
    await rows.first().waitFor();
    await page.getByText(/^5,000 of 5,\d+ rules$/).waitFor();
    expect(await rows.count()).toBeLessThan(60);
    await page.getByTestId('rules').evaluate((box) => box.scrollTo({ top: box.scrollHeight }));
    await page.getByRole('button', { name: 'Generated 4999', exact: true }).waitFor();
    expect(await rows.count()).toBeLessThan(60);
    await page.keyboard.press('/');
    await page.keyboard.type('Generated 2718');
    await page.getByText(/^1 of 5,\d+ rules$/).waitFor();
    expect(await names(page)).toEqual(['Generated 2718']);

    await page.goto(`${ui.program.address}/rules?show=packs`);
    await page.getByRole('button', { name: 'Remove the pack bulk' }).click();
    await page.getByRole('button', { name: 'Remove 5,000 rules' }).click();
    await waitFor('the pack to be gone', async () => !(await all()).some(({ pack }) => pack === 'bulk'), 60_000);
    expect(ui.faults).toEqual([]);
  });
});
