import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PhosorConfig } from '../config/index.ts';
import type { Alert } from '../model/index.ts';
import { localUser } from '../serve/auth/identify.ts';
import type { ReplayLimits } from '../store/contract.ts';
import { newReplayId, ReplayFolder } from '../store/replays/folder.ts';
import { type ReplayPlan, ReplayWriter } from '../store/replays/writer.ts';
import type { LocalServer } from './local-server.ts';

/** File names that a result names; of more the rest is counted. */
const mostFiles = 20;

export interface SavedReplay {
  add(alert: Alert): void;
  /** @returns sentences for the person. */
  finish(end: { events: number; seconds: number; from: number | null; to: number | null; rules: number }): string[];
  discard(): void;
}

/** Keeps what a replay finds in the data folder. @param server the Phosor that runs on it, whose limits hold */
export async function saveReplay(
  config: PhosorConfig,
  server: LocalServer | null,
  { name, origin, files }: Pick<ReplayPlan, 'name' | 'origin' | 'files'>,
): Promise<SavedReplay> {
  const { dataDir } = config;
  const limits = server === null ? config.replays : await limitsOf(server);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const created_at = Date.now();
  const left = files.length - mostFiles;
  const plan: ReplayPlan = {
    id: newReplayId(created_at, randomBytes(4).readUInt32LE()),
    name,
    by: localUser,
    created_at,
    origin,
    files: left > 0 ? [...files.slice(0, mostFiles), `and ${left} more`] : files,
    from: null,
    to: null,
    rules: 0,
    rule_ids: null,
    kept: true,
  };
  const writer = new ReplayWriter(new ReplayFolder(join(dataDir, 'replays')), plan, limits);
  return {
    add: (alert) => writer.add(alert),
    discard: () => writer.discard(),
    finish(end) {
      const { note, removed, alerts } = writer.finish({ ...end, state: 'done', note: null });
      return [
        `${alerts} alerts are kept as ${JSON.stringify(name)} in ${dataDir}: open them in the browser under Replays.`,
        ...(note === null ? [] : [note]),
        ...(removed.length > 0
          ? [`Removed to make room: ${removed.map((one) => JSON.stringify(one)).join(', ')}.`]
          : []),
      ];
    },
  };
}

async function limitsOf(server: LocalServer): Promise<ReplayLimits> {
  const { limits } = await server.ask<{ limits: { keep: number; max_bytes: number } }>('GET', '/api/replays');
  return { keep: limits.keep, maxBytes: limits.max_bytes };
}
