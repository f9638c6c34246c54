import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeSnapshot } from '../src/runtime/snapshot-file.ts';
import { startProgram } from './program.ts';

test('correlation state that another version saved is left aside, with a warning, and detection works', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'phosor-test-'));
  const foreign = { version: 99, units: [], sources: [], rows: [], events: [], watermarks: [] };
  writeFileSync(join(dataDir, 'correlation.ndjson'), encodeSnapshot(0, foreign as never));
  const program = await startProgram({ dataDir });
  try {
    expect(program.output()).toContain('The saved correlation state was left aside');
    expect((await program.api('/health')).status).toBe(200);
  } finally {
    await program.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
