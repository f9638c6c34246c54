import fs from 'node:fs';
import path from 'node:path';

/** The file system as the spool uses it. Tests pass one that fails. */
export interface SpoolFiles {
  /** Creates a file that must not exist yet, readable and writable by its owner only. */
  create(path: string): number;
  /** Writes all of `bytes` at `position`, or throws. */
  write(fd: number, bytes: Uint8Array, position: number): void;
  sync(fd: number): void;
  truncate(fd: number, size: number): void;
  close(fd: number): void;
  remove(path: string): void;
  /** Makes a created, renamed or removed name durable. */
  syncFolder(path: string): void;
}

export const nodeFiles: SpoolFiles = {
  create: (file) => fs.openSync(file, 'wx+', 0o600),
  write(fd, bytes, position) {
    let done = 0;
    while (done < bytes.length) done += fs.writeSync(fd, bytes, done, bytes.length - done, position + done);
  },
  sync: (fd) => fs.fsyncSync(fd),
  truncate: (fd, size) => fs.ftruncateSync(fd, size),
  close: (fd) => fs.closeSync(fd),
  remove: (file) => fs.rmSync(file, { force: true }),
  syncFolder(folder) {
    const fd = fs.openSync(folder, 'r');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  },
};

export function segmentPath(folder: string, id: number): string {
  return path.join(folder, `${String(id).padStart(9, '0')}.ndjson`);
}

/** Whether `bytes` can be written and synced there: a probe file is made and removed again. */
export function hasSpace(files: SpoolFiles, folder: string, bytes: number): boolean {
  const file = path.join(folder, 'probe');
  try {
    files.remove(file);
    const fd = files.create(file);
    try {
      files.write(fd, new Uint8Array(bytes), 0);
      files.sync(fd);
    } finally {
      files.close(fd);
      files.remove(file);
    }
    return true;
  } catch {
    return false;
  }
}
