import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { BackupError, unpackBackup } from '../backup/archive.ts';
import { restorePrefix } from '../backup/data-files.ts';
import { contentOf, putContentAside, takeContent } from '../backup/replace-content.ts';
import { lockDataFolder } from '../runtime/data-folder.ts';
import { skipSegments } from '../store/spool/checkpoint.ts';
import { type Call, type Command, CommandError, configOf, isOn, placeFlags, UsageError } from './command.ts';

export const restore: Command = {
  name: 'restore',
  summary: 'Bring back what a backup holds.',
  usage: ['FILE [--force] [flags of phosor start]'],
  flags: [
    {
      name: '--force',
      kind: 'switch',
      description: 'Where the data folder holds something: put it aside beside itself, nothing is deleted.',
    },
    ...placeFlags,
  ],
  details: [
    'Every file is checked before anything is changed. Phosor must not run on the data folder meanwhile.',
    'Followed log files are read on from where the backup was made; lines that are stored already are not stored twice.',
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const [name, ...more] = call.flags.positionals;
  if (name === undefined || more.length > 0) throw new UsageError('Write "phosor restore FILE".');
  const { config } = configOf(call);
  const { dataDir, audit } = config;
  const file = resolve(call.cwd, name);
  if (!existsSync(file)) throw new CommandError(`There is no file ${name}.`);
  const isNew = !existsSync(dataDir);
  const isEmpty = isNew || contentOf(dataDir).length === 0;
  if (!isEmpty && !isOn(call.flags, '--force')) {
    throw new CommandError(
      `${dataDir} holds something already. With --force it is put aside first; or name another folder with --data-dir.`,
    );
  }
  // A Phosor that runs there is found by its lock.
  if (!isEmpty) lockDataFolder(dataDir)();
  for (const left of isNew ? [] : readdirSync(dataDir).filter((each) => each.startsWith(restorePrefix)))
    rmSync(join(dataDir, left), { recursive: true, force: true });
  // On the same disk as the folder itself, which may be a disk of its own.
  const fresh = join(dataDir, `${restorePrefix}${process.pid}`);
  try {
    const manifest = await unpackBackup(file, fresh);
    skipSegments(join(fresh, 'spool'), manifest.last_segment);
    if (!isEmpty) {
      const aside = putContentAside(dataDir, new Date().toISOString().replace(/[:.]/g, '-'));
      call.err.line(`What was there is in ${aside}.`);
    }
    takeContent(fresh, dataDir);
    call.err.line(`${dataDir} is as it was on ${manifest.host} at ${manifest.created_at} (Phosor ${manifest.phosor}).`);
    if (audit.dir !== null && relative(dataDir, audit.dir).startsWith('..')) {
      call.err.line(
        `The audit trail of the backup is in ${join(dataDir, 'audit')}. Move it to ${audit.dir} before Phosor starts.`,
      );
    }
    if (!manifest.has_keys) {
      call.err.line('The backup holds no keys: everybody logs in anew, and PHOSOR_ENCRYPTION_KEY has to be given.');
    }
    return 0;
  } catch (error) {
    rmSync(isNew ? dataDir : fresh, { recursive: true, force: true });
    if (error instanceof BackupError) throw new CommandError(error.message);
    throw error;
  }
}
