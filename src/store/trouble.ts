/** SQLITE_READONLY, IOERR, FULL and CANTOPEN: the disk is to blame, and not what was asked. */
const codes = new Set([8, 10, 13, 14]);

/** Whether the state could not be written because of the disk. Nothing of the transaction was kept; it may succeed later. */
export function isDiskTrouble(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if ('errcode' in error && typeof error.errcode === 'number') return codes.has(error.errcode & 0xff);
  return 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT' || error.code === 'EROFS');
}

/** Writes what is good to have and holds up nobody: where the disk takes nothing it is left out. @returns whether it was written */
export function writeIfPossible(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!isDiskTrouble(error)) throw error;
    return false;
  }
}
