import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundleForBrowser } from './bundle.ts';

test('what a browser has not is named', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'phosor-bundle-'));
  try {
    const used = "import { readFileSync } from 'node:fs'; globalThis.read = () => readFileSync('x');";
    expect((await bundleForBrowser(folder, used)).missing.length).toBeGreaterThan(0);
    expect((await bundleForBrowser(folder, 'globalThis.one = 1;')).missing).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
