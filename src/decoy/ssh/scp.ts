import type { ServerChannel } from 'ssh2';
import type { UploadSink, Visit } from '../contract.ts';
import { fromPath, toPath } from '../host/shell-text.ts';
import type { FileSystem } from '../shell/types.ts';
import type { Machine } from './machine.ts';

export interface ScpCommand {
  /** `sink`: the client sends; `source`: it wants files. */
  role: 'sink' | 'source';
  recursive: boolean;
  paths: readonly string[];
}

/** Whether a command is the far side of an old `scp`, and of which kind. */
export function readScpCommand(command: string): ScpCommand | null {
  const words = [...command.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|((?:[^\s"'\\]|\\.)+)/g)].map(
    ([, double, single, plain]) => single ?? (double ?? plain ?? '').replace(/\\(.)/g, '$1'),
  );
  if (words.length < 3 || !/^(?:\/usr\/bin\/)?scp$/.test(words[0] ?? '')) return null;
  // A shell has more to do here.
  if (/[;&|<>`$\n]/.test(command)) return null;
  const flags = words.slice(1).filter((word) => /^-[a-z]+$/i.test(word));
  const letters = flags.join('');
  if (!/[tf]/.test(letters)) return null;
  return {
    role: letters.includes('t') ? 'sink' : 'source',
    recursive: letters.includes('r'),
    paths: words.slice(1).filter((word) => !word.startsWith('-')),
  };
}

interface ScpContext {
  machine: Machine;
  visit: Visit;
  fs: FileSystem;
  user: string;
}

const lineLimit = 8192;
/** Of a file's content that the imitated disk keeps; the rest is in what was captured. */
const diskLimit = 1024 * 1024;
const maxDepth = 64;

const resolve = (context: ScpContext, path: string): string => {
  const home = context.machine.persona.users.find(({ name }) => name === context.user)?.home ?? '/root';
  const full = path.startsWith('/') ? path : `${home}/${path.replace(/^~\/?/, '')}`;
  const parts: string[] = [];
  for (const part of toPath(full).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
};

export function serveScp(channel: ServerChannel, command: ScpCommand, context: ScpContext): void {
  channel.on('error', () => {});
  const finish = (code: number): void => {
    channel.exit(code);
    channel.end();
  };
  if (command.role === 'sink') sink(channel, command, context, finish);
  else void source(channel, command, context, finish);
}

interface Incoming {
  path: string;
  mode: number;
  size: number;
  left: number;
  upload: UploadSink;
  content: Buffer[];
  kept: number;
}

/** Takes files: `C0644 12 name`, then 12 bytes and a zero byte; `D0755 0 name` … `E` around a folder. */
function sink(channel: ServerChannel, command: ScpCommand, context: ScpContext, finish: (code: number) => void): void {
  const { fs, visit } = context;
  const target = resolve(context, command.paths.at(-1) ?? '.');
  const found = fs.stat(target);
  let folders: string[] = found.ok && found.value.kind === 'directory' ? [target] : [];
  let bytes: Buffer = Buffer.alloc(0);
  let file: Incoming | null = null;
  let failed = false;
  const ok = (): void => void channel.write(Buffer.from([0]));
  const refuse = (message: string): void => {
    failed = true;
    channel.write(Buffer.concat([Buffer.from([1]), Buffer.from(`scp: ${message}\n`)]));
  };

  const begin = (line: string): void => {
    if (/^T\d+ \d+ \d+ \d+$/.test(line)) {
      ok();
      return;
    }
    if (line === 'E') {
      if (folders.length > 1) folders.pop();
      ok();
      return;
    }
    const read = /^([CD])([0-7]{4}) (\d{1,15}) (.{1,1024})$/s.exec(line);
    const [, kind, mode = '0644', size = '0', name = ''] = read ?? [];
    if (read === null || name.includes('/') || name === '..' || name === '.') {
      refuse(`protocol error: ${read === null ? 'expected control record' : `unexpected filename: ${name}`}`);
      finish(1);
      return;
    }
    const folder = folders.at(-1);
    const path = folder === undefined ? target : `${folder === '/' ? '' : folder}/${name}`;
    if (kind === 'D') {
      if (!command.recursive || folders.length > maxDepth) {
        refuse('protocol error: received directory without -r');
        finish(1);
        return;
      }
      fs.mkdir(path, Number.parseInt(mode, 8));
      folders = [...folders, path];
      ok();
      return;
    }
    const probe = fs.write(path, new Uint8Array(), { mode: Number.parseInt(mode, 8) });
    if (!probe.ok && probe.error.code !== 'ENOSPC') {
      refuse(`${fromPath(path)}: ${probe.error.message}`);
      return;
    }
    file = {
      path,
      mode: Number.parseInt(mode, 8),
      size: Number(size),
      left: Number(size),
      upload: visit.upload(fromPath(path), 'scp'),
      content: [],
      kept: 0,
    };
    ok();
  };

  const take = (): boolean => {
    if (file === null) {
      const end = bytes.indexOf(10);
      if (end < 0) {
        if (bytes.length > lineLimit) finish(1);
        return false;
      }
      // Paths are bytes here, as in the shell.
      const line = bytes.toString('latin1', 0, end);
      bytes = bytes.subarray(end + 1);
      begin(line);
      return bytes.length > 0;
    }
    const part = bytes.subarray(0, file.left);
    bytes = bytes.subarray(part.length);
    file.left -= part.length;
    file.upload.write(part);
    if (file.kept < diskLimit) {
      file.content.push(Buffer.from(part));
      file.kept += part.length;
    }
    // A zero byte ends the content; another one says that the client met an error.
    if (file.left > 0 || bytes.length === 0) return false;
    const isWhole = bytes[0] === 0;
    bytes = bytes.subarray(1);
    const { path, mode, upload, content } = file;
    file = null;
    if (isWhole) upload.end({ mode: mode.toString(8) });
    else upload.abort();
    fs.write(path, Buffer.concat(content), { mode });
    ok();
    return bytes.length > 0;
  };

  channel.on('data', (data: Buffer) => {
    bytes = bytes.length === 0 ? data : Buffer.concat([bytes, data]);
    while (take());
  });
  channel.on('end', () => {
    file?.upload.abort();
    finish(failed ? 1 : 0);
  });
  ok();
}

/** Gives files of the imitated disk. */
async function source(
  channel: ServerChannel,
  command: ScpCommand,
  context: ScpContext,
  finish: (code: number) => void,
): Promise<void> {
  const { fs, visit } = context;
  const answers: number[] = [];
  let wake: (() => void) | null = null;
  let isOver = false;
  channel.on('data', (data: Buffer) => {
    for (const byte of data.subarray(0, 64)) answers.push(byte);
    wake?.();
  });
  channel.on('end', () => {
    isOver = true;
    wake?.();
  });
  channel.on('close', () => {
    isOver = true;
    wake?.();
  });
  const answered = async (): Promise<boolean> => {
    while (answers.length === 0 && !isOver) {
      await new Promise<void>((resolved) => {
        wake = resolved;
      });
    }
    return answers.shift() === 0;
  };
  const send = (data: Buffer): boolean => {
    if (!visit.countOutput(data.length)) {
      visit.end('too much output');
      return false;
    }
    channel.write(data);
    return true;
  };
  let code = 0;
  const complain = (message: string): void => {
    code = 1;
    send(Buffer.concat([Buffer.from([1]), Buffer.from(`scp: ${message}\n`)]));
  };
  const give = async (path: string, depth: number): Promise<boolean> => {
    const name = path.slice(path.lastIndexOf('/') + 1) || '/';
    const found = fs.stat(path);
    if (!found.ok) {
      complain(`${fromPath(path)}: ${found.error.message}`);
      return true;
    }
    const { mode, kind } = found.value;
    const bits = (mode & 0o7777).toString(8).padStart(4, '0');
    if (kind === 'directory') {
      if (!command.recursive || depth > maxDepth) {
        complain(`${fromPath(path)}: not a regular file`);
        return true;
      }
      if (!send(Buffer.from(`D${bits} 0 ${name}\n`, 'latin1')) || !(await answered())) return false;
      const names = fs.readdir(path);
      for (const each of names.ok ? names.value : []) if (!(await give(`${path}/${each}`, depth + 1))) return false;
      return send(Buffer.from('E\n')) && (await answered());
    }
    const content = fs.read(path);
    if (!content.ok) {
      complain(`${fromPath(path)}: ${content.error.message}`);
      return true;
    }
    if (!send(Buffer.from(`C${bits} ${content.value.length} ${name}\n`, 'latin1')) || !(await answered())) return false;
    if (!send(Buffer.concat([content.value, Buffer.from([0])]))) return false;
    return answered();
  };
  if (await answered()) for (const path of command.paths) if (!(await give(resolve(context, path), 0))) break;
  if (!isOver) finish(code);
}
