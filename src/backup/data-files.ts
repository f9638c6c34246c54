import { type Dirent, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { PackedFile } from './archive.ts';

/** Begins the names of the folders in which a running Phosor makes ready what a backup takes. */
export const stagingPrefix = 'backup-staging-';
/** Begins the name of the folder into which a restore unpacks, inside the data folder. */
export const restorePrefix = '.restore-';
/** Begins the name of the folder that holds what was there before a restore. */
export const asidePrefix = 'before-restore-';
/** Files that only hold keys. */
const keyFiles = [/^session\.key$/, /^encryption[.-]/, /^tls\//];
/** Belongs to a running process, can be made again, or is a copy itself. */
const left = [
  /^phosor\.(lock|held|sock)$/,
  /^cache\//,
  /^events\/tmp\//,
  /\.backup-v\d+$/,
  /-(wal|shm|journal)$/,
  new RegExp(`^(?:${[stagingPrefix, restorePrefix, asidePrefix].join('|').replaceAll('.', '\\.')})`),
];

/** Every file of a data folder that belongs into a backup; a folder's own path and what follows no pattern above. */
export function dataFiles(folder: string, withKeys: boolean): PackedFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry: Dirent) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return { name: relative(folder, path).split(sep).join('/'), path };
    })
    .filter(({ name }) => !left.some((pattern) => pattern.test(name)))
    .filter(({ name }) => withKeys || !keyFiles.some((pattern) => pattern.test(name)))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
