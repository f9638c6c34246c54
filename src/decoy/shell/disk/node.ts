import type { FileError, FileStat, NodeKind } from '../types.ts';
import type { Disk } from './disk.ts';

/** Who a change of the tree belongs to: nodes of another owner are copied before they are changed. */
export type Owner = object;

/** A file, folder, link or device. Nodes of the common image are never changed. */
export interface Node {
  kind: NodeKind;
  /** Permission bits only. */
  mode: number;
  uid: number;
  gid: number;
  modifiedAt: number;
  inode: number;
  owner: Owner;
  children?: Map<string, Node>;
  target?: string;
  content?: string;
  /** A program of the image: its bytes are made when they are read. */
  program?: { name: string; size: number };
  /** Made at each reading (`/proc`, `/dev/zero`). */
  dynamic?: (disk: Disk) => string;
  /** Folder whose entries are made at each look (`/proc`). */
  entries?: (disk: Disk) => Map<string, Node>;
  /** `major, minor` of devices. */
  device?: string;
  /** What a write does: swallow it, or fail so. */
  onWrite?: 'swallow' | FileError['code'];
}

const kindBits: Readonly<Record<NodeKind, number>> = {
  fifo: 0o010000,
  character: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  file: 0o100000,
  symlink: 0o120000,
  socket: 0o140000,
};

const errorTexts: Readonly<Record<FileError['code'], string>> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  EEXIST: 'File exists',
  ENOTDIR: 'Not a directory',
  EISDIR: 'Is a directory',
  ENOTEMPTY: 'Directory not empty',
  EINVAL: 'Invalid argument',
  ELOOP: 'Too many levels of symbolic links',
  EROFS: 'Read-only file system',
  ENOSPC: 'No space left on device',
  EBUSY: 'Device or resource busy',
  ENAMETOOLONG: 'File name too long',
  EIO: 'Input/output error',
  ENXIO: 'No such device or address',
  ETXTBSY: 'Text file busy',
};

/** Carries an errno through the disk; every public call turns it into a result. */
export class DiskError extends Error {
  readonly code: FileError['code'];
  constructor(code: FileError['code']) {
    super(errorTexts[code]);
    this.code = code;
  }
}

/** What `stat` says of a node; `children` of folders, `target` of links. */
export function statOf(node: Node, children: ReadonlyMap<string, Node> | null, target: string | null): FileStat {
  let size = node.program?.size ?? node.content?.length ?? 0;
  if (children) size = node.entries ? 0 : 4096;
  else if (node.kind === 'symlink') size = node.dynamic ? 0 : (node.target ?? '').length;
  const folders = children ? [...children.values()].filter((child) => child.kind === 'directory').length : 0;
  return {
    kind: node.kind,
    mode: kindBits[node.kind] | node.mode,
    uid: node.uid,
    gid: node.gid,
    size,
    modifiedAt: node.modifiedAt,
    inode: node.inode,
    links: children ? 2 + folders : 1,
    target,
  };
}
