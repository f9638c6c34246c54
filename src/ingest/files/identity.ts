import { hash } from 'node:crypto';
import { readSync } from 'node:fs';

/**
 * A file's identity: device, inode and a hash of its first bytes, up to 256 of those that exist when it is first read:
 * `<dev>:<ino>:<length>-<hash>`, and `~<n>` where the same file held these bytes before and was emptied since.
 *
 * The length is part of the key, so a file that was short when first seen keeps its identity while it grows: later on
 * only that many bytes are compared. Inodes are reused at once by most file systems; the hash tells the files apart.
 */
export interface FileKey {
  /** `<dev>:<ino>` */
  inode: string;
  length: number;
  hash: string;
  generation: number;
}

export const fingerprintBytes = 256;

export function inodeOf(stat: { dev: number; ino: number }): string {
  return `${stat.dev}:${stat.ino}`;
}

export function formatKey(key: FileKey): string {
  const generation = key.generation > 0 ? `~${key.generation}` : '';
  return `${key.inode}:${key.length}-${key.hash}${generation}`;
}

/** Null for anything that is no file's key, such as the markers of waiting sources. */
export function parseKey(text: string): FileKey | null {
  const match = /^(\d+:\d+):(\d+)-([0-9a-f]*)(?:~(\d+))?$/.exec(text);
  const [, inode, length, digest, generation] = match ?? [];
  if (inode === undefined || digest === undefined) return null;
  return { inode, length: Number(length), hash: digest, generation: Number(generation ?? 0) };
}

/** The identity of a file with these first bytes. */
export function keyOf(inode: string, head: Uint8Array): FileKey {
  return { inode, length: head.length, hash: digest(head), generation: 0 };
}

export function matchesHead(key: FileKey, head: Uint8Array): boolean {
  return key.length <= head.length && digest(head.subarray(0, key.length)) === key.hash;
}

function digest(bytes: Uint8Array): string {
  return bytes.length === 0 ? '' : hash('sha256', bytes, 'hex').slice(0, 16);
}

/** The first bytes of an open file, as many as there are up to 256. */
export function readHead(fd: number): Buffer {
  const head = Buffer.alloc(fingerprintBytes);
  return head.subarray(0, readSync(fd, head, 0, fingerprintBytes, 0));
}
