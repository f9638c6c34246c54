import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { BackupError, type PackedFile, packBackup } from '../backup/archive.ts';
import { dataFiles, stagingPrefix } from '../backup/data-files.ts';
import { version } from '../package.ts';
import { lockDataFolder } from '../runtime/data-folder.ts';
import type { Staged } from '../serve/backup/types.ts';
import { openSqliteState } from '../store/state/sqlite/state.ts';
import { type Call, type Command, CommandError, configOf, isOn, placeFlags, UsageError } from './command.ts';
import { localServer } from './local-server.ts';

export const backup: Command = {
  name: 'backup',
  summary: 'Write everything Phosor knows into one file.',
  usage: ['FILE [--without-keys] [flags of phosor start]'],
  flags: [
    {
      name: '--without-keys',
      kind: 'switch',
      description: 'Leave out the key files: sessions end, and stored secrets open only with PHOSOR_ENCRYPTION_KEY.',
    },
    ...placeFlags,
  ],
  details: [
    'Events, alerts, incidents, rules, users, settings, audit trail, replays, keys: a .tar.zst with checksums, readable by you only.',
    'Phosor may run meanwhile: everything that was acknowledged before the start is in it. Keep the file as safe as the machine itself.',
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const [name, ...more] = call.flags.positionals;
  if (name === undefined || more.length > 0) throw new UsageError('Write "phosor backup FILE".');
  const { config } = configOf(call);
  const { dataDir, audit } = config;
  const file = resolve(call.cwd, name);
  if (existsSync(file)) throw new CommandError(`${name} exists already. Name a file that does not.`);
  if (!existsSync(join(dataDir, 'state.sqlite'))) {
    throw new CommandError(
      `There is nothing in ${dataDir} yet. Start Phosor once, or name the folder with --data-dir.`,
    );
  }
  const withKeys = !isOn(call.flags, '--without-keys');
  const write = async (staging: string, last_segment: number, own: readonly string[]): Promise<void> => {
    const isOwn = (packed: PackedFile): boolean => own.some((each) => packed.name.startsWith(each));
    const files = [
      ...dataFiles(dataDir, withKeys).filter((each) => !isOwn(each)),
      ...dataFiles(staging, withKeys),
      ...auditElsewhere(dataDir, audit.dir),
    ];
    const about = { phosor: version, created_at: new Date().toISOString(), host: hostname(), last_segment };
    const { bytes } = await packBackup(file, files, { ...about, has_keys: withKeys });
    call.err.line(`${files.length} files (${(bytes / 1e6).toFixed(1)} MB) are in ${name}.`);
  };

  const server = await localServer(dataDir);
  try {
    if (server !== null) {
      const staged = await server.ask<Staged>('POST', '/api/backup/stage');
      const own = ['events/', 'spool/', 'state.sqlite', 'correlation.ndjson'];
      try {
        await write(join(dataDir, staged.name), staged.last_segment, own);
      } finally {
        await server.ask('DELETE', `/api/backup/stage/${staged.name}`);
      }
      return 0;
    }
    const unlock = lockDataFolder(dataDir);
    const staging = join(dataDir, `${stagingPrefix}${process.pid}`);
    try {
      mkdirSync(staging, { mode: 0o700 });
      const state = openSqliteState(join(dataDir, 'state.sqlite'), { auditFolder: audit.dir });
      await state.copyTo(join(staging, 'state.sqlite'));
      state.close();
      // The spool's own record goes along, and nothing has been stored since.
      await write(staging, 0, ['state.sqlite']);
      return 0;
    } finally {
      rmSync(staging, { recursive: true, force: true });
      unlock();
    }
  } catch (error) {
    rmSync(file, { force: true });
    if (error instanceof BackupError) throw new CommandError(error.message);
    throw error;
  }
}

/** The audit trail where it does not lie in the data folder: in a backup it always does. */
function auditElsewhere(dataDir: string, folder: string | null): PackedFile[] {
  if (folder === null || folder === '' || !existsSync(folder)) return [];
  if (!relative(dataDir, folder).startsWith('..')) return [];
  return dataFiles(folder, true).map(({ name, path }) => ({ name: `audit/${name}`, path }));
}
