/** A real file system of a few MiB, for tests of full disks. Root may mount it; elsewhere those tests skip. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Mounts an empty file system in memory. @param size as `mount` takes it: `6m` */
export function mountSmallDisk(size: string): { folder: string; unmount(): void } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'phosor-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'ignore' });
  return {
    folder,
    unmount() {
      execFileSync('umount', ['-l', folder]);
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const canMount = ((): boolean => {
  try {
    mountSmallDisk('64k').unmount();
    return true;
  } catch {
    return false;
  }
})();
