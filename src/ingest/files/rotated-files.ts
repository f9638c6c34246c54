import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { inodeOf } from './identity.ts';

export interface RotatedFile {
  file: string;
  inode: string;
  size: number;
  /** When it was created, epoch ms. Unlike its other times a late write does not move it. */
  bornMs: number;
}

/**
 * What a rotation leaves beside a log, oldest first: `auth.log.1`, `auth.log-20261121`, `app-20261121.log`; not the
 * compressed ones.
 */
export function rotatedFiles(log: string): RotatedFile[] {
  const folder = path.dirname(log);
  const base = path.basename(log);
  const { name: stem, ext } = path.parse(base);
  const isSuffix = (text: string) => /^[.\-_]\d[\d.\-_T:]*$/.test(text);
  const found: (RotatedFile & { writtenMs: number })[] = [];
  for (const entry of readFolder(folder)) {
    const isRotated =
      (entry.startsWith(base) && isSuffix(entry.slice(base.length))) ||
      (entry.startsWith(stem) && entry.endsWith(ext) && isSuffix(entry.slice(stem.length, entry.length - ext.length)));
    if (!isRotated) continue;
    const file = path.join(folder, entry);
    try {
      const stat = statSync(file);
      const { size, birthtimeMs: bornMs, mtimeMs: writtenMs } = stat;
      found.push({ file, inode: inodeOf(stat), size, bornMs, writtenMs });
    } catch {
      // renamed or removed since the folder was read
    }
  }
  // File systems count in ticks of some milliseconds: within one, the later written is the later.
  return found.sort((a, b) => a.bornMs - b.bornMs || a.writtenMs - b.writtenMs);
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
