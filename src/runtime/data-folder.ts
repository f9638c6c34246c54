import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Name of the socket in the data folder. */
export const socketName = 'phosor.sock';

/**
 * Makes the data folder this process's own.
 *
 * @returns how to give it back. Throws a sentence where a living process holds it.
 */
export function lockDataFolder(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  chmodSync(dataDir, 0o700);
  const file = join(dataDir, 'phosor.lock');
  if (existsSync(file)) {
    const pid = Number(readFileSync(file, 'utf8'));
    if (Number.isInteger(pid) && pid > 0 && pid !== process.pid && isPhosor(pid)) {
      throw new Error(
        `Another Phosor (process ${pid}) uses the data folder ${dataDir}. ` +
          'Stop it, or choose another folder with --data-dir or PHOSOR_DATA_DIR.',
      );
    }
  }
  writeFileSync(file, String(process.pid), { mode: 0o600 });
  return () => rmSync(file, { force: true });
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

/** The key that signs sessions: the configured one, else one that is generated once and kept 0600. */
export function sessionKey(dataDir: string, configured: string | null): Uint8Array {
  if (configured !== null) return createHash('sha256').update(configured).digest();
  const file = join(dataDir, 'session.key');
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 });
  return Buffer.from(readFileSync(file, 'utf8').trim(), 'hex');
}
