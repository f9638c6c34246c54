/** A plain disk in memory: no permissions, no links, and at most {@link mostBytes} of contents and {@link mostNames} names. */
import type { FileError, FileResult, FileStat, FileSystem } from '../shell/types.ts';

const fail = (code: FileError['code']): { ok: false; error: FileError } => ({
  ok: false,
  error: { code, message: code },
});
const done = { ok: true, value: undefined } as const;

const mostBytes = 32 * 1024 * 1024;
const mostNames = 5000;

export function memoryFiles(now: number): FileSystem {
  interface Node {
    folder: boolean;
    content: Uint8Array;
    at: number;
    mode: number;
  }
  const nodes = new Map<string, Node>([['/', { folder: true, content: new Uint8Array(), at: now, mode: 0o755 }]]);
  let bytes = 0;
  const parent = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
  const under = (path: string): string[] =>
    [...nodes.keys()]
      .filter((each) => each !== '/' && parent(each) === path)
      .map((each) => each.slice(each.lastIndexOf('/') + 1));
  const stat = (path: string): FileResult<FileStat> => {
    const node = nodes.get(path);
    if (node === undefined) return fail('ENOENT');
    const folders = under(path).filter((name) => nodes.get(`${path === '/' ? '' : path}/${name}`)?.folder).length;
    return {
      ok: true,
      value: {
        kind: node.folder ? 'directory' : 'file',
        mode: node.mode,
        // Homes are their owners', what lies above is root's.
        uid: path.split('/').length > 2 ? 1234 : 0,
        gid: path.split('/').length > 2 ? 1234 : 0,
        // As tmpfs counts: 40 and 20 a name.
        size: node.folder ? 40 + 20 * under(path).length : node.content.length,
        modifiedAt: node.at,
        inode: 1,
        links: node.folder ? 2 + folders : 1,
        target: null,
      },
    };
  };
  const add = (path: string, folder: boolean, content: Uint8Array, mode: number): FileResult<void> => {
    if (!nodes.get(parent(path))?.folder) return fail('ENOENT');
    const change = content.length - (nodes.get(path)?.content.length ?? 0);
    if (bytes + change > mostBytes || nodes.size >= mostNames) return fail('ENOSPC');
    bytes += change;
    nodes.set(path, { folder, content, at: now, mode });
    return done;
  };
  return {
    stat,
    lstat: stat,
    readdir: (path) => (nodes.get(path)?.folder ? { ok: true, value: under(path).sort() } : fail('ENOTDIR')),
    read: (path) => {
      const node = nodes.get(path);
      return node === undefined || node.folder ? fail('ENOENT') : { ok: true, value: node.content };
    },
    write: (path, data, options) =>
      nodes.get(path)?.folder ? fail('EISDIR') : add(path, false, data, options?.mode ?? 0o644),
    mkdir: (path, mode) => (nodes.has(path) ? fail('EEXIST') : add(path, true, new Uint8Array(), mode ?? 0o755)),
    rmdir: (path) => {
      if (!nodes.get(path)?.folder) return fail('ENOTDIR');
      if (under(path).length > 0) return fail('ENOTEMPTY');
      nodes.delete(path);
      return done;
    },
    unlink: (path) => {
      const node = nodes.get(path);
      if (node === undefined || node.folder) return fail('ENOENT');
      bytes -= node.content.length;
      nodes.delete(path);
      return done;
    },
    rename: (from, to) => {
      const node = nodes.get(from);
      if (node === undefined || !nodes.get(parent(to))?.folder) return fail('ENOENT');
      nodes.delete(from);
      nodes.set(to, node);
      return done;
    },
    chmod: (path, mode) => {
      const node = nodes.get(path);
      if (node === undefined) return fail('ENOENT');
      node.mode = mode;
      return done;
    },
    chown: () => done,
    utimes: (path, at) => {
      const node = nodes.get(path);
      if (node === undefined) return fail('ENOENT');
      node.at = at;
      return done;
    },
    symlink: () => fail('EPERM'),
    readlink: () => fail('EINVAL'),
    realpath: (path) => (nodes.has(path) ? { ok: true, value: path } : fail('ENOENT')),
    longName: (name) => name,
    get usedBytes() {
      return bytes;
    },
  };
}
