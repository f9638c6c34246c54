import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as engine } from 'playwright-core';

const home = resolve(import.meta.dirname, '../../node_modules/.cache');

/** Unpacks once into node_modules/.cache. The package itself unpacks straight into $TMPDIR/chromium, which two first starts at once tear. */
async function unpack(): Promise<string> {
  const final = join(home, 'chromium');
  if (existsSync(join(final, 'chromium'))) return final;
  mkdirSync(home, { recursive: true });
  const staging = mkdtempSync(join(home, 'chromium-'));
  const before = process.env.TMPDIR;
  process.env.TMPDIR = staging;
  try {
    await chromium.executablePath();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
  try {
    renameSync(staging, final);
  } catch {
    rmSync(staging, { recursive: true, force: true });
  }
  return final;
}

export async function launch(): Promise<Browser> {
  const dir = await unpack();
  return engine.launch({
    executablePath: join(dir, 'chromium'),
    args: (process.env.CH_ARGS ?? '--no-sandbox').split(' '),
    env: { ...process.env, FONTCONFIG_PATH: join(dir, 'fonts') } as Record<string, string>,
  });
}
