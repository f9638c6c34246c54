import type { Actor, FileSystem } from '../shell/types.ts';
import { listDirectory } from './listing.ts';

/** What commands about files know and change. Paths are byte strings. */
export interface FileCommands {
  files: FileSystem;
  readonly writable: boolean;
  as: Actor;
  home: string;
  cwd: string;
  umask: number;
  renameFrom: string | null;
  now: () => number;
}

/** The absolute path of a name that the client gave, `~` and `..` resolved. */
export function resolve(state: Pick<FileCommands, 'home' | 'cwd'>, name: string): string {
  const told = name === '~' || name.startsWith('~/') ? state.home + name.slice(1) : name;
  const parts: string[] = [];
  for (const part of (told.startsWith('/') ? told : `${state.cwd}/${told}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

const writing = new Set(['DELE', 'MKD', 'XMKD', 'RMD', 'XRMD', 'RNFR', 'RNTO', 'SITE']);

/** The answer to a command that needs the imitated disk and no data connection; null where the command is none. */
export function answerFile(name: string, argument: string, state: FileCommands): string | null {
  if (writing.has(name) && !state.writable) return '550 Permission denied.\r\n';
  const { files, as } = state;
  const path = resolve(state, argument);
  switch (name) {
    case 'PWD':
    case 'XPWD':
      return `257 "${state.cwd.replaceAll('"', '""')}" is the current directory\r\n`;
    case 'CWD':
    case 'XCWD':
      return changeFolder(state, argument === '' ? null : path);
    case 'CDUP':
    case 'XCUP':
      return changeFolder(state, resolve(state, '..'));
    case 'SIZE': {
      const stat = argument === '' ? null : files.stat(path, as);
      if (stat?.ok && stat.value.kind === 'file') return `213 ${stat.value.size}\r\n`;
      return '550 Could not get file size.\r\n';
    }
    case 'MDTM':
      return fileTime(state, argument);
    case 'STAT': {
      const list = listDirectory({
        files,
        as,
        resolve: (given) => resolve(state, given),
        argument,
        isLong: true,
        now: state.now(),
      });
      return `213-Status follows:\r\n${list ?? ''}213 End of status\r\n`;
    }
    case 'DELE':
      return argument !== '' && files.unlink(path, as).ok
        ? '250 Delete operation successful.\r\n'
        : '550 Delete operation failed.\r\n';
    case 'MKD':
    case 'XMKD':
      return argument !== '' && files.mkdir(path, 0o777 & ~state.umask, as).ok
        ? `257 "${path.replaceAll('"', '""')}" created\r\n`
        : '550 Create directory operation failed.\r\n';
    case 'RMD':
    case 'XRMD':
      return argument !== '' && files.rmdir(path, as).ok
        ? '250 Remove directory operation successful.\r\n'
        : '550 Remove directory operation failed.\r\n';
    case 'RNFR':
      state.renameFrom = argument !== '' && files.stat(path, as).ok ? path : null;
      return state.renameFrom === null ? '550 RNFR command failed.\r\n' : '350 Ready for RNTO.\r\n';
    case 'RNTO': {
      const from = state.renameFrom;
      if (from === null) return '503 RNFR required first.\r\n';
      state.renameFrom = null;
      return argument !== '' && files.rename(from, path, as).ok
        ? '250 Rename successful.\r\n'
        : '550 Rename failed.\r\n';
    }
    case 'SITE':
      return site(state, argument);
    default:
      return null;
  }
}

function changeFolder(state: FileCommands, path: string | null): string {
  if (path === null || !state.files.readdir(path, state.as).ok) return '550 Failed to change directory.\r\n';
  const real = state.files.realpath(path, state.as);
  state.cwd = real.ok ? real.value : path;
  return '250 Directory successfully changed.\r\n';
}

/** MDTM asks for a time, or sets one: `MDTM 20261122101500 name`. */
function fileTime(state: FileCommands, argument: string): string {
  const { files, as } = state;
  const set = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)? (.+)$/s.exec(argument);
  if (set !== null) {
    const [year, month, day, hour, minute, second] = set.slice(1, 7).map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const path = resolve(state, set[7] ?? '');
    const stat = files.stat(path, as);
    const isSet =
      state.writable &&
      stat.ok &&
      stat.value.kind === 'file' &&
      files.utimes(path, Date.UTC(year, month - 1, day, hour, minute, second), as).ok;
    return isSet ? '213 File modification time set.\r\n' : '550 Could not set file modification time.\r\n';
  }
  const stat = argument === '' ? null : files.stat(resolve(state, argument), as);
  if (!stat?.ok || stat.value.kind !== 'file') return '550 Could not get file modification time.\r\n';
  return `213 ${new Date(stat.value.modifiedAt).toISOString().replace(/\D/g, '').slice(0, 14)}\r\n`;
}

function site(state: FileCommands, argument: string): string {
  const space = argument.indexOf(' ');
  const rest = space < 0 ? '' : argument.slice(space + 1);
  switch ((space < 0 ? argument : argument.slice(0, space)).toUpperCase()) {
    case 'HELP':
      return '214 CHMOD UMASK HELP\r\n';
    case 'UMASK':
      if (rest === '') return `200 Your current UMASK is ${octalText(state.umask)}\r\n`;
      state.umask = octal(rest) & 0o777;
      return `200 UMASK set to ${octalText(state.umask)}\r\n`;
    case 'CHMOD': {
      const found = /^(\S+) (.+)$/s.exec(rest);
      if (found === null) return '500 SITE CHMOD needs 2 arguments.\r\n';
      const [, mode = '', name = ''] = found;
      return state.files.chmod(resolve(state, name), octal(mode) & 0o777, state.as).ok
        ? '200 SITE CHMOD command ok.\r\n'
        : '550 SITE CHMOD command failed.\r\n';
    }
    default:
      return '500 Unknown SITE command.\r\n';
  }
}

const octal = (text: string): number => Number.parseInt(/^[0-7]{1,11}/.exec(text)?.[0] ?? '0', 8);
const octalText = (value: number): string => (value === 0 ? '0' : `0${value.toString(8)}`);
