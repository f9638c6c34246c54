import { accessSync, chmodSync, constants, mkdirSync, readdirSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';

/** What Phosor itself keeps in its data folder; others may keep theirs beside it (`lost+found`). */
const ownFiles = /^(?:state\.sqlite(?:-wal|-shm)?|.+\.key|correlation\.ndjson|phosor\.(?:lock|held))$/;
const ownFolders = /^(?:audit|cache|decoys|events|intel|replays|spool|threats|uploads)$/;
/** Those whose files are opened again at each start. */
const deepFolders = /^(?:audit|events|spool)$/;

/**
 * Makes the data folder and closes it to others.
 *
 * @param access throws where a path does not have the rights (`fs.constants`) for this process
 * @throws a sentence that names the first thing in it that this user cannot read and write, and what to do: a start with another
 * user's files would fail later, or take events and keep none
 */
export function openFolder(dataDir: string, access: (path: string, rights: number) => void = accessSync): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw refused(dataDir, dataDir, error);
  }
  try {
    chmodSync(dataDir, 0o700);
  } catch (error) {
    // A volume that belongs to root and is given to this process by its group: what is made in it is 0600 all the same.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM' && (error as NodeJS.ErrnoException).code !== 'EROFS')
      throw error;
  }
  const { R_OK, W_OK, X_OK } = constants;
  const check = (path: string, rights: number): void => {
    try {
      access(path, rights);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw refused(path, dataDir, error);
    }
  };
  check(dataDir, R_OK | W_OK | X_OK);
  for (const entry of readdirSync(dataDir, { withFileTypes: true })) {
    const path = join(dataDir, entry.name);
    if (entry.isFile() && ownFiles.test(entry.name)) check(path, R_OK | W_OK);
    if (!entry.isDirectory() || !ownFolders.test(entry.name)) continue;
    check(path, R_OK | W_OK | X_OK);
    if (!deepFolders.test(entry.name)) continue;
    for (const file of readdirSync(path, { withFileTypes: true })) {
      if (file.isFile()) check(join(path, file.name), R_OK | W_OK);
    }
  }
}

function refused(path: string, dataDir: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EROFS') {
    return new Error(
      `${path} cannot be written: its file system is mounted read-only. Mount it writable, or choose another folder with --data-dir or PHOSOR_DATA_DIR.`,
      { cause: error },
    );
  }
  if (code !== 'EACCES' && code !== 'EPERM') return error;
  const { uid, username } = user();
  const there = statSync(path, { throwIfNoEntry: false }) ?? statSync(dirname(path), { throwIfNoEntry: false });
  const owner = there === undefined ? '' : ` (it belongs to user ${there.uid})`;
  return new Error(
    `${path} cannot be read and written by ${username}${owner}. Give the folder to who runs Phosor: ` +
      `sudo chown -R ${uid} ${dataDir} (or start Phosor as the user who did before). Nothing was changed.`,
    { cause: error },
  );
}

/** A container's user may have no name. */
function user(): { uid: number; username: string } {
  try {
    return userInfo();
  } catch {
    const uid = process.getuid?.() ?? -1;
    return { uid, username: `user ${uid}` };
  }
}
