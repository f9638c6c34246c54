/** The example of docs/engine.md, run as it stands there. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src/package.ts';
import { engineExample } from './example.ts';

test('the example of docs/engine.md prints what it says it prints', () => {
  const { code, printed } = engineExample();
  const folder = mkdtempSync(join(tmpdir(), 'phosor-engine-'));
  try {
    const path = join(folder, 'example.mjs');
    const engine = pathToFileURL(join(packageRoot, 'src/engine.ts')).href;
    expect(code).toContain("from 'phosor/engine'");
    writeFileSync(path, code.replace("'phosor/engine'", JSON.stringify(engine)));
    expect(execFileSync(process.execPath, [path], { encoding: 'utf8' })).toBe(printed);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('every function of the table is exported', async () => {
  const engine: Record<string, unknown> = { ...(await import('../../src/engine.ts')) };
  const page = readFileSync(join(packageRoot, 'docs/engine.md'), 'utf8');
  const named = [...page.matchAll(/^\| ((?:`[^`|]+`,? ?)+) *\|/gm)].flatMap(([, cell]) =>
    [...(cell as string).matchAll(/`([A-Za-z]+)\(/g)].map(([, name]) => name as string),
  );
  expect(named.length).toBeGreaterThanOrEqual(5);
  for (const name of named) expect(engine[name], name).toBeTypeOf('function');
});
