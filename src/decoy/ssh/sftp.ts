import type { Attributes, SftpChannel } from 'ssh2';
import type { DecoyHost, UploadSink, Visit } from '../contract.ts';
import { fromPath, toPath } from '../host/shell-text.ts';
import type { FileError, FileStat, FileSystem } from '../shell/types.ts';
import type { Machine } from './machine.ts';

interface SftpContext {
  machine: Machine;
  host: DecoyHost;
  visit: Visit;
  fs: FileSystem;
  user: string;
}

/** Version 3 of the protocol: draft-ietf-secsh-filexfer-02. */
const status = { ok: 0, eof: 1, noSuchFile: 2, denied: 3, failure: 4, badMessage: 5, unsupported: 8 } as const;
const flags = { read: 1, write: 2, append: 4, create: 8, truncate: 16, exclusive: 32 } as const;

const codeOf = ({ code }: FileError): number => {
  if (code === 'ENOENT' || code === 'ENOTDIR') return status.noSuchFile;
  return code === 'EACCES' || code === 'EPERM' ? status.denied : status.failure;
};

const attributesOf = ({ mode, uid, gid, size, modifiedAt }: FileStat): Attributes => {
  const seconds = Math.floor(modifiedAt / 1000);
  return { mode, uid, gid, size, atime: seconds, mtime: seconds };
};

interface OpenFile {
  kind: 'file';
  path: string;
  flags: number;
  mode: number;
  /** What was there when it was opened for reading. */
  content: Uint8Array | null;
  /** What the client writes: captured whole, and kept on the imitated disk up to a limit. */
  upload: UploadSink | null;
  /** Where each piece belongs. */
  written: { at: number; data: Buffer }[];
  kept: number;
  position: number;
  isInOrder: boolean;
  /** Something was written that the disk has not got yet. */
  isStale: boolean;
}

interface OpenFolder {
  kind: 'folder';
  path: string;
  names: readonly string[];
  at: number;
}

const maxHandles = 100;
const readLimit = 32_768;
const namesAtATime = 50;
const diskLimit = 1024 * 1024;

/** Serves SFTP from the imitated disk, and captures what is sent. */
export function serveSftp(sftp: SftpChannel, context: SftpContext): void {
  const { fs, visit, machine, user } = context;
  const handles = new Map<number, OpenFile | OpenFolder>();
  let lastHandle = 0;
  const home = machine.persona.users.find(({ name }) => name === user)?.home ?? '/root';

  const full = (path: string): string => {
    const text = path === '' ? home : path.startsWith('/') ? path : `${home}/${path}`;
    const parts: string[] = [];
    for (const part of toPath(text).split('/')) {
      if (part === '..') parts.pop();
      else if (part !== '' && part !== '.') parts.push(part);
    }
    return `/${parts.join('/')}`;
  };
  const open = (id: number, what: OpenFile | OpenFolder): void => {
    if (handles.size >= maxHandles) {
      sftp.status(id, status.failure);
      return;
    }
    lastHandle += 1;
    handles.set(lastHandle, what);
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(lastHandle);
    sftp.handle(id, handle);
  };
  const numberOf = (handle: Buffer): number => (handle.length === 4 ? handle.readUInt32BE(0) : -1);
  const fileOf = (handle: Buffer): OpenFile | null => {
    const found = handles.get(numberOf(handle));
    return found?.kind === 'file' ? found : null;
  };
  const done = (id: number, result: { ok: true } | { ok: false; error: FileError }): void => {
    if (result.ok) sftp.status(id, status.ok);
    else sftp.status(id, codeOf(result.error), result.error.message);
  };
  /** What somebody does to files without sending any is a command, too. */
  const tell = (command: string): boolean => {
    visit.report({
      event_type: 'decoy.command',
      message: `${visit.address} asked by SFTP: ${command}`,
      user,
      fields: { command, mode: 'sftp' },
    });
    if (visit.countCommand()) return true;
    visit.end('too many commands');
    return false;
  };

  /** Puts what came so far onto the imitated disk, each piece where it belongs. */
  const settle = (file: OpenFile): void => {
    if (file.upload === null || !file.isStale) return;
    file.isStale = false;
    const size = file.written.reduce((end, { at, data }) => Math.max(end, at + data.length), 0);
    const content = Buffer.alloc(size);
    for (const { at, data } of file.written) content.set(data, at);
    // What is appended is appended once.
    const append = (file.flags & flags.append) !== 0;
    if (append) file.written = [];
    fs.write(file.path, content, { mode: file.mode, append });
  };

  sftp.on('error', () => {});
  // The library leaves the channel open when the client is done, and scp waits for its end and its exit status.
  sftp.on('end', () => {
    for (const each of handles.values()) if (each.kind === 'file') each.upload?.abort();
    handles.clear();
    if (sftp.outgoing.state === 'open') sftp._protocol.exitStatus(sftp.outgoing.id, 0);
    sftp.end();
  });

  sftp.on('REALPATH', (id, path) => {
    const real = fs.realpath(full(path));
    const name = fromPath(real.ok ? real.value : full(path));
    sftp.name(id, [{ filename: name, longname: name, attrs: {} }]);
  });
  const stat = (follow: boolean) => (id: number, path: string) => {
    const found = follow ? fs.stat(full(path)) : fs.lstat(full(path));
    if (found.ok) sftp.attrs(id, attributesOf(found.value));
    else sftp.status(id, codeOf(found.error), found.error.message);
  };
  sftp.on('STAT', stat(true));
  sftp.on('LSTAT', stat(false));
  sftp.on('FSTAT', (id, handle) => {
    const file = fileOf(handle);
    if (file !== null) settle(file);
    const found = file === null ? null : fs.stat(file.path);
    if (found?.ok) sftp.attrs(id, attributesOf(found.value));
    else sftp.status(id, status.failure);
  });
  sftp.on('OPENDIR', (id, path) => {
    const at = full(path);
    const names = fs.readdir(at);
    if (!names.ok) {
      sftp.status(id, codeOf(names.error), names.error.message);
      return;
    }
    if (tell(`ls ${fromPath(at)}`)) open(id, { kind: 'folder', path: at, names: ['.', '..', ...names.value], at: 0 });
  });
  sftp.on('READDIR', (id, handle) => {
    const folder = handles.get(numberOf(handle));
    if (folder?.kind !== 'folder' || folder.at >= folder.names.length) {
      sftp.status(id, status.eof);
      return;
    }
    const names = folder.names.slice(folder.at, folder.at + namesAtATime);
    folder.at += names.length;
    const entries = names.flatMap((name) => {
      const found = fs.lstat(`${folder.path === '/' ? '' : folder.path}/${name}`);
      if (!found.ok) return [];
      const longname = fromPath(fs.longName(name, found.value));
      return [{ filename: fromPath(name), longname, attrs: attributesOf(found.value) }];
    });
    visit.countOutput(entries.reduce((sum, { longname }) => sum + longname.length + 40, 0));
    sftp.name(id, entries);
  });
  sftp.on('OPEN', (id, path, wanted, attributes) => {
    const at = full(path);
    const mode = (attributes.mode ?? 0o644) & 0o7777;
    const isWriting = (wanted & flags.write) !== 0;
    const found = fs.stat(at);
    if (!found.ok && !(isWriting && (wanted & flags.create) !== 0)) {
      sftp.status(id, codeOf(found.error), found.error.message);
      return;
    }
    if (found.ok && (found.value.kind === 'directory' || (wanted & flags.exclusive) !== 0)) {
      sftp.status(id, status.failure);
      return;
    }
    if (isWriting) {
      const append = (wanted & flags.truncate) === 0 && found.ok;
      const made = fs.write(at, new Uint8Array(), { mode, append });
      if (!made.ok && made.error.code !== 'ENOSPC') {
        sftp.status(id, codeOf(made.error), made.error.message);
        return;
      }
    }
    const content = isWriting ? null : fs.read(at);
    // What is written over stays around it; what is appended stays by itself.
    const before = isWriting && (wanted & (flags.truncate | flags.append)) === 0 ? fs.read(at) : null;
    if (content !== null && !content.ok) {
      sftp.status(id, codeOf(content.error), content.error.message);
      return;
    }
    if (!tell(`${isWriting ? 'put' : 'get'} ${fromPath(at)}`)) return;
    open(id, {
      kind: 'file',
      path: at,
      flags: wanted,
      mode,
      content: content?.value ?? null,
      upload: isWriting ? visit.upload(fromPath(at), 'sftp') : null,
      written: before?.ok ? [{ at: 0, data: Buffer.from(before.value) }] : [],
      kept: 0,
      position: 0,
      isInOrder: true,
      isStale: isWriting,
    });
  });
  sftp.on('READ', (id, handle, offset, length) => {
    const content = fileOf(handle)?.content;
    if (content === null || content === undefined) {
      sftp.status(id, status.failure);
      return;
    }
    if (offset >= content.length) {
      sftp.status(id, status.eof);
      return;
    }
    const part = Buffer.from(content.subarray(offset, offset + Math.min(length, readLimit)));
    if (visit.countOutput(part.length)) sftp.data(id, part);
    else visit.end('too much output');
  });
  sftp.on('WRITE', (id, handle, offset, data) => {
    const file = fileOf(handle);
    if (file?.upload === null || file === null) {
      sftp.status(id, status.failure);
      return;
    }
    // Clients send in order; one that jumps about is taken as it comes, and that is said.
    if (offset !== file.position && (file.flags & flags.append) === 0) file.isInOrder = false;
    file.position = offset + data.length;
    file.upload.write(data);
    const last = file.written.at(-1);
    const at = (file.flags & flags.append) === 0 ? offset : last === undefined ? 0 : last.at + last.data.length;
    if (file.kept < diskLimit && at + data.length <= diskLimit * 2) {
      file.written.push({ at, data: Buffer.from(data) });
      // A piece of one byte takes more than that.
      file.kept += data.length + 64;
      file.isStale = true;
    }
    sftp.status(id, status.ok);
  });
  sftp.on('CLOSE', (id, handle) => {
    const file = fileOf(handle);
    handles.delete(numberOf(handle));
    if (file?.upload) {
      settle(file);
      file.upload.end({ mode: file.mode.toString(8), ...(!file.isInOrder && { out_of_order: true }) });
    }
    sftp.status(id, status.ok);
  });
  sftp.on('REMOVE', (id, path) => void (tell(`rm ${path}`) && done(id, fs.unlink(full(path)))));
  sftp.on('RMDIR', (id, path) => void (tell(`rmdir ${path}`) && done(id, fs.rmdir(full(path)))));
  sftp.on('MKDIR', (id, path, { mode }) => {
    if (tell(`mkdir ${path}`)) done(id, fs.mkdir(full(path), (mode ?? 0o755) & 0o7777));
  });
  sftp.on('RENAME', (id, from, to) => {
    if (tell(`mv ${from} ${to}`)) done(id, fs.rename(full(from), full(to)));
  });
  sftp.on('SYMLINK', (id, target, link) => {
    if (tell(`ln -s ${target} ${link}`)) done(id, fs.symlink(toPath(target), full(link)));
  });
  sftp.on('READLINK', (id, path) => {
    const target = fs.readlink(full(path));
    if (!target.ok) sftp.status(id, codeOf(target.error), target.error.message);
    else sftp.name(id, [{ filename: fromPath(target.value), longname: fromPath(target.value), attrs: {} }]);
  });
  const setAttributes = (id: number, path: string, attributes: Attributes): void => {
    const { mode, uid, gid, mtime } = attributes;
    if (mode !== undefined) {
      const changed = fs.chmod(path, mode & 0o7777);
      if (!changed.ok) {
        done(id, changed);
        return;
      }
    }
    if (uid !== undefined && gid !== undefined) fs.chown(path, uid, gid);
    if (mtime !== undefined) fs.utimes(path, mtime * 1000);
    sftp.status(id, status.ok);
  };
  sftp.on('SETSTAT', (id, path, attributes) => {
    if (attributes.mode === undefined || tell(`chmod ${(attributes.mode & 0o7777).toString(8)} ${path}`))
      setAttributes(id, full(path), attributes);
  });
  sftp.on('FSETSTAT', (id, handle, attributes) => {
    const file = fileOf(handle);
    if (file === null) sftp.status(id, status.failure);
    else {
      // The file takes its final content when it is closed.
      if (attributes.mode !== undefined) file.mode = attributes.mode & 0o7777;
      setAttributes(id, file.path, attributes);
    }
  });
  sftp.on('EXTENDED', (id) => sftp.status(id, status.unsupported));
}
