import { createHash, randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Log } from '../serve/contract.ts';
import { openFolder } from './folder-rights.ts';

/** Name of the socket in the data folder. */
export const socketName = 'phosor.sock';

/**
 * Makes the data folder this process's own. The file `phosor.lock` tells people and the command line which process has it; what
 * holds is a lock of the kernel on `phosor.held` beside it, which ends with the process, is taken by one of two that start at once,
 * and is seen from another container, where the process number says nothing.
 *
 * @returns how to give it back, once. Throws a sentence where a living process holds it.
 */
export function lockDataFolder(dataDir: string): () => void {
  openFolder(dataDir);
  const file = join(dataDir, 'phosor.lock');
  if (existsSync(file)) {
    const pid = Number(readFileSync(file, 'utf8'));
    if (Number.isInteger(pid) && pid > 0 && pid !== process.pid && isPhosor(pid))
      throw heldBy(`process ${pid}`, dataDir);
  }
  const release = hold(dataDir);
  try {
    writeFileSync(file, String(process.pid), { mode: 0o600 });
  } catch (error) {
    release();
    throw error;
  }
  let isHeld = true;
  return () => {
    // The next who asks may have it by now.
    if (!isHeld) return;
    isHeld = false;
    rmSync(file, { force: true });
    release();
  };
}

const heldBy = (who: string, dataDir: string): Error =>
  new Error(
    `Another Phosor (${who}) uses the data folder ${dataDir}. ` +
      'Stop it, or choose another folder with --data-dir or PHOSOR_DATA_DIR.',
  );

/** An empty SQLite file whose exclusive lock is held. It stays: if it were removed, two could each hold one of that name. */
function hold(dataDir: string): () => void {
  const file = join(dataDir, 'phosor.held');
  if (!existsSync(file)) {
    writeFileSync(file, '', { mode: 0o600, flag: 'a' });
    const { uid, gid } = statSync(dataDir);
    // A command that root runs must not leave what keeps the service out.
    if (process.getuid?.() === 0) chownSync(file, uid, gid);
  }
  const database = new DatabaseSync(file);
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (/locked/.test(String(error))) throw heldBy('perhaps in another container', dataDir);
    throw error;
  }
  return () => database.close();
}

/**
 * A process number may have been given to something else since: only a living Node process counts. In a container numbers are
 * few and come again after a crash: the launcher of this process, or a thread of it, may have that of the one before.
 */
function isPhosor(pid: number): boolean {
  if (pid === process.ppid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  try {
    const leader = /^Tgid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    if (leader !== undefined && Number(leader) !== pid) return false;
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('node');
  } catch {
    return true;
  }
}

/**
 * The key that signs sessions: the configured one, else one that is generated once and kept 0600. One that is not whole (a full
 * disk, a power cut at the first start) is replaced: with few bytes anybody could sign sessions.
 */
export function sessionKey(dataDir: string, configured: string | null, log: Log): Uint8Array {
  if (configured !== null) return createHash('sha256').update(configured).digest();
  const file = join(dataDir, 'session.key');
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
  if (kept !== null && /^[0-9a-f]{64}$/i.test(kept)) return Buffer.from(kept, 'hex');
  const made = randomBytes(32);
  writeFileSync(`${file}.new`, made.toString('hex'), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  if (kept !== null) log('error', `${file} was damaged and is made anew. All sessions have ended: log in again.`);
  return made;
}
