import type { FileStat, FileSystem } from '../types.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const letters = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  character: 'c',
  block: 'b',
  fifo: 'p',
  socket: 's',
} as const;

/** `drwxr-xr-x` and the like. */
export function modeString(stat: FileStat): string {
  const { mode } = stat;
  const bits = (shift: number, special: number, set: string): string => {
    const part = (mode >> shift) & 7;
    const run = (part & 1) !== 0;
    const last = (mode & special) !== 0 ? (run ? set : set.toUpperCase()) : run ? 'x' : '-';
    return `${(part & 4) !== 0 ? 'r' : '-'}${(part & 2) !== 0 ? 'w' : '-'}${last}`;
  };
  return `${letters[stat.kind]}${bits(6, 0o4000, 's')}${bits(3, 0o2000, 's')}${bits(0, 0o1000, 't')}`;
}

/** The date as `ls -l` writes it: the time of day for the last half year, else the year. */
export function listTime(at: number, now: number): string {
  const date = new Date(at);
  const lead = `${months[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)}`;
  const isRecent = at <= now + 1000 && at > now - 15_778_476_000;
  const two = (value: number): string => String(value).padStart(2, '0');
  return isRecent
    ? `${lead} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`
    : `${lead}  ${date.getUTCFullYear()}`;
}

/** Names of accounts and groups, as far as `/etc` tells them now. */
export function namesFrom(disk: FileSystem, file: '/etc/passwd' | '/etc/group'): Map<number, string> {
  const found = new Map<number, string>();
  const content = disk.read(file);
  if (!content.ok) return found;
  let line = '';
  for (const byte of content.value) {
    if (byte !== 10) {
      line += String.fromCharCode(byte);
      continue;
    }
    const [name, , id] = line.split(':');
    if (name && id && !found.has(Number(id))) found.set(Number(id), name);
    line = '';
  }
  return found;
}

/** One line of a directory list, as SFTP servers and FTP servers send it. */
export function longLine(name: string, stat: FileStat, disk: FileSystem, now: number): string {
  const user = namesFrom(disk, '/etc/passwd').get(stat.uid) ?? String(stat.uid);
  const group = namesFrom(disk, '/etc/group').get(stat.gid) ?? String(stat.gid);
  return `${modeString(stat)} ${String(stat.links).padStart(4)} ${user.padEnd(8)} ${group.padEnd(8)} ${String(stat.size).padStart(8)} ${listTime(stat.modifiedAt, now)} ${name}`;
}
