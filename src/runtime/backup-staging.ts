import { randomBytes } from 'node:crypto';
import { copyFileSync, linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stagingPrefix } from '../backup/data-files.ts';
import type { BackupControl } from '../serve/backup/types.ts';
import type { DeskOptions } from './desk.ts';

/** Whoever wanted it is gone by then. */
const keptMs = 3_600_000;

/** See {@link BackupControl}. What a killed run left is removed at the start. */
export function startBackups({ dataDir, state, events, log }: DeskOptions): {
  services: { backup: BackupControl };
  stop(): Promise<void>;
} {
  for (const name of readdirSync(dataDir)) {
    if (name.startsWith(stagingPrefix)) rmSync(join(dataDir, name), { recursive: true, force: true });
  }
  const kept = new Map<string, NodeJS.Timeout>();

  async function unstage(name: string): Promise<boolean> {
    const timer = kept.get(name);
    if (timer === undefined) return false;
    clearTimeout(timer);
    kept.delete(name);
    await rm(join(dataDir, name), { recursive: true, force: true });
    return true;
  }

  async function stage() {
    const name = `${stagingPrefix}${randomBytes(6).toString('hex')}`;
    const folder = join(dataDir, name);
    mkdirSync(join(folder, 'spool'), { recursive: true, mode: 0o700 });
    kept.set(
      name,
      setTimeout(() => void unstage(name).catch(() => undefined), keptMs),
    );
    try {
      // The spool comes first: what the store takes from it meanwhile is then in both, and is stored once.
      const spool = join(dataDir, 'spool');
      for (const file of readdirSync(spool)) takeFile(join(spool, file), join(folder, 'spool', file));
      takeFile(join(dataDir, 'correlation.ndjson'), join(folder, 'correlation.ndjson'));
      const { lastSegment } = await events.stage(join(folder, 'events'));
      await state.copyTo(join(folder, 'state.sqlite'));
      return { name, last_segment: lastSegment };
    } catch (error) {
      await unstage(name).catch((failed: Error) => log('warn', `${folder} could not be removed: ${failed.message}`));
      throw error;
    }
  }

  return {
    services: { backup: { stage, unstage } },
    async stop() {
      for (const name of [...kept.keys()]) await unstage(name);
    },
  };
}

/** Segments and the snapshot are never rewritten in place; the checkpoints are. A file that is gone meanwhile is not needed. */
function takeFile(from: string, to: string): void {
  try {
    if (/checkpoint-[ab]$/.test(from)) copyFileSync(from, to);
    else linkSync(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'EMLINK' || code === 'EXDEV') copyFileSync(from, to);
    else throw error;
  }
}
