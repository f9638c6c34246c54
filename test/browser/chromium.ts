import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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

/**
 * The package's own fonts.conf names folders of AWS Lambda. Without a single font Chromium dies ("Not implemented" in Skia) as
 * soon as a page holds an input: this one names the unpacked font and the machine's.
 */
function fontConfiguration(dir: string): string {
  const path = join(dir, 'phosor-fonts.conf');
  const folders = [join(dir, 'fonts/fonts'), '/usr/share/fonts', '/usr/local/share/fonts'];
  const text = `<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>\n${folders
    .map((folder) => `  <dir>${folder}</dir>\n`)
    .join('')}  <cachedir>${join(dir, 'font-cache')}</cachedir>\n</fontconfig>\n`;
  // Another Chromium may be reading it: it is never seen half written.
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    writeFileSync(`${path}.${process.pid}`, text);
    renameSync(`${path}.${process.pid}`, path);
  }
  return path;
}

export async function launch(): Promise<Browser> {
  const dir = await unpack();
  return engine.launch({
    executablePath: join(dir, 'chromium'),
    args: ['--no-sandbox'],
    env: { ...process.env, FONTCONFIG_FILE: fontConfiguration(dir) } as Record<string, string>,
  });
}
