import type { FilePosition } from '../../model/index.ts';
import { type FileKey, formatKey, matchesHead, parseKey } from './identity.ts';

/** What is known of how far each file was read: what the last run left, and what this one has read since. */
export interface Positions {
  /** The best match for an open file with this inode and these first bytes, or null: never seen. */
  find(inode: string, head: Uint8Array): { key: FileKey; offset: number } | null;
  /** Whether a source with this path or pattern was ever watched. */
  knowsPath(path: string): boolean;
  /** Inodes of the files that were read under this path, and how far. */
  offsetsOf(path: string): Map<string, number>;
  set(key: string, path: string, offset: number): void;
  has(key: string): boolean;
}

/** Key of the marker that says that a path or pattern is watched although nothing was read there yet. */
export function waitingKey(path: string): string {
  return `waiting:${path}`;
}

interface Entry {
  key: FileKey | null;
  position: FilePosition;
}

export function createPositions(initial: readonly FilePosition[]): Positions {
  const byKey = new Map<string, Entry>();
  const byInode = new Map<string, Set<Entry>>();
  const byPath = new Map<string, Set<Entry>>();

  function set(key: string, path: string, offset: number): void {
    const known = byKey.get(key);
    if (known !== undefined) {
      known.position.offset = offset;
      if (known.position.path !== path) {
        removeFrom(byPath, known.position.path, known);
        known.position.path = path;
        addTo(byPath, path, known);
      }
      return;
    }
    const entry: Entry = { key: parseKey(key), position: { key, path, offset } };
    byKey.set(key, entry);
    addTo(byPath, path, entry);
    if (entry.key !== null) addTo(byInode, entry.key.inode, entry);
  }

  for (const { key, path, offset } of initial) set(key, path, offset);

  return {
    set,
    has: (key) => byKey.has(key),
    knowsPath: (path) => byPath.has(path),

    find(inode, head) {
      let best: { key: FileKey; offset: number } | null = null;
      for (const { key, position } of byInode.get(inode) ?? []) {
        if (key === null || !matchesHead(key, head)) continue;
        const isBetter =
          best === null ||
          key.length > best.key.length ||
          (key.length === best.key.length && key.generation > best.key.generation);
        if (isBetter) best = { key, offset: position.offset };
      }
      return best;
    },

    offsetsOf(path) {
      const entries = [...(byPath.get(path) ?? [])];
      return new Map(
        entries.flatMap(({ key, position }) => (key === null ? [] : [[key.inode, position.offset] as const])),
      );
    },
  };
}

/** The key of a file that begins anew: one that no earlier content of the same inode and first bytes had. */
export function freshKey(positions: Positions, key: FileKey): FileKey {
  const fresh = { ...key };
  while (positions.has(formatKey(fresh))) fresh.generation += 1;
  return fresh;
}

function addTo(map: Map<string, Set<Entry>>, key: string, entry: Entry): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([entry]));
  else set.add(entry);
}

function removeFrom(map: Map<string, Set<Entry>>, key: string, entry: Entry): void {
  const set = map.get(key);
  set?.delete(entry);
  if (set?.size === 0) map.delete(key);
}
