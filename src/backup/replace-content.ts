import { chownSync, lchownSync, mkdirSync, readdirSync, renameSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { asidePrefix, restorePrefix } from './data-files.ts';

type Move = (from: string, to: string) => void;
const stateFile = 'state.sqlite';

/** What a data folder holds, besides what a disk of its own has at its root and what a restore leaves in it. */
export const contentOf = (dataDir: string): string[] =>
  readdirSync(dataDir).filter(
    (name) => name !== 'lost+found' && !name.startsWith(asidePrefix) && !name.startsWith(restorePrefix),
  );

/**
 * Moves what a data folder holds out of it, whole or not at all: into a folder beside it; where the data folder is the root of a
 * disk or a volume (a container's), into a folder inside it. The folder itself stays: such a root can be neither renamed nor removed.
 *
 * @param stamp ends the name of the folder
 * @returns the folder
 */
export function putContentAside(dataDir: string, stamp: string, move: Move = renameSync): string {
  const name = `${asidePrefix}${stamp}`;
  try {
    return moveInto(dataDir, `${dataDir}.${name}`, move);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EXDEV', 'EACCES', 'EPERM', 'EROFS', 'EBUSY'].includes(code)) throw error;
    return moveInto(dataDir, join(dataDir, name), move);
  }
}

function moveInto(dataDir: string, aside: string, move: Move): string {
  const { uid, gid } = statSync(dataDir);
  mkdirSync(aside, { mode: 0o700 });
  const moved: string[] = [];
  try {
    if (process.getuid?.() === 0) chownSync(aside, uid, gid);
    for (const name of contentOf(dataDir)) {
      move(join(dataDir, name), join(aside, name));
      moved.push(name);
    }
  } catch (error) {
    for (const name of moved) move(join(aside, name), join(dataDir, name));
    rmdirSync(aside);
    throw error;
  }
  return aside;
}

/**
 * Moves what was unpacked up into the data folder around it. The state comes last: without it nothing starts on the rest, should
 * this be cut off. What root restores belongs to the owner of the folder.
 */
export function takeContent(fresh: string, dataDir: string): void {
  if (process.getuid?.() === 0) {
    const { uid, gid } = statSync(dataDir);
    for (const entry of readdirSync(fresh, { recursive: true, encoding: 'utf8' }))
      lchownSync(join(fresh, entry), uid, gid);
  }
  const names = readdirSync(fresh).sort((a, b) => Number(a === stateFile) - Number(b === stateFile));
  for (const name of names) renameSync(join(fresh, name), join(dataDir, name));
  rmdirSync(fresh);
}
