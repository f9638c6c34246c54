import fs from 'node:fs';
import path from 'node:path';
import type { Slices } from './slices.ts';

/** Puts all slices into a folder, as links where the file system has them. The newest is sealed for it. The caller holds the turn. */
export async function stageSlices(slices: Slices, folder: string): Promise<void> {
  if (slices.newest.rows > 0) await slices.seal();
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const slice of slices.list) {
    if (slice.sealed) linkOrCopy(slice.path, path.join(folder, path.basename(slice.path)));
  }
}

function linkOrCopy(from: string, to: string): void {
  try {
    fs.linkSync(from, to);
  } catch {
    fs.copyFileSync(from, to);
  }
}
