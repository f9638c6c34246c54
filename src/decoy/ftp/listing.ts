import type { FileStat, FileSystem } from '../shell/types.ts';

/*
 * Directory lists as vsftpd 3.0.3 writes them. Names are byte strings.
 */

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const halfAYear = 182 * 86_400_000;

/** `%b %d %H:%M`, or `%b %d  %Y` for what is older than 182 days or lies ahead. */
function listDate(modifiedAt: number, now: number): string {
  const date = new Date(modifiedAt);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${months[date.getUTCMonth()]} ${two(date.getUTCDate())}`;
  if (now - modifiedAt > halfAYear || modifiedAt > now) return `${day}  ${date.getUTCFullYear()}`;
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
}

const kinds = { file: '-', directory: 'd', symlink: 'l', character: 'c', block: 'b', fifo: 'p', socket: 's' } as const;

function permissions({ kind, mode }: FileStat): string {
  const bits = ['x', 'w', 'r'];
  let text = '';
  for (let bit = 8; bit >= 0; bit -= 1) text += (mode >> bit) & 1 ? bits[bit % 3] : '-';
  const special = (at: number, letter: string): void => {
    const shown = text[at] === 'x' ? letter : letter.toUpperCase();
    text = text.slice(0, at) + shown + text.slice(at + 1);
  };
  if (mode & 0o4000) special(2, 's');
  if (mode & 0o2000) special(5, 's');
  if (mode & 0o1000) special(8, 't');
  return kinds[kind] + text;
}

const longLine = (name: string, stat: FileStat, now: number): string =>
  `${permissions(stat)} ${String(stat.links).padStart(4)} ${String(stat.uid).padEnd(8)} ${String(stat.gid).padEnd(8)} ${String(
    stat.size,
  ).padStart(8)} ${listDate(stat.modifiedAt, now)} ${name}${stat.target === null ? '' : ` -> ${stat.target}`}`;

/** vsftpd's patterns: `*`, `?` and `{a,b}`. Linear but for the stars, of which each goes on from the last. */
function passes(name: string, pattern: string): boolean {
  return alternatives(pattern).some((one) => matches(name, one));
}

/** At most 64 of them. */
function alternatives(pattern: string): string[] {
  const found = /^([^{}]*)\{([^{}]*)\}(.*)$/s.exec(pattern);
  if (found === null) return [pattern];
  const [, before = '', inner = '', after = ''] = found;
  return inner
    .split(',', 64)
    .flatMap((one) => alternatives(after).map((rest) => before + one + rest))
    .slice(0, 64);
}

function matches(name: string, pattern: string): boolean {
  let at = 0;
  let star = -1;
  let retry = 0;
  let of = 0;
  while (at < name.length) {
    if (of < pattern.length && pattern[of] === '*') {
      star = of++;
      retry = at;
    } else if (of < pattern.length && (pattern[of] === '?' || pattern[of] === name[at])) {
      of += 1;
      at += 1;
    } else if (star >= 0) {
      of = star + 1;
      at = ++retry;
    } else return false;
  }
  while (pattern[of] === '*') of += 1;
  return of === pattern.length;
}

export interface ListRequest {
  files: FileSystem;
  as: { uid: number; gid: number };
  /** Absolute path of a name that the client gave. */
  resolve: (name: string) => string;
  /** What stands behind LIST, NLST or STAT. */
  argument: string;
  /** LIST and STAT. */
  isLong: boolean;
  now: number;
}

/** The lines with CR LF, or null where the folder cannot be opened. */
export function listDirectory({ files, as, resolve, argument, isLong, now }: ListRequest): string | null {
  let options = '';
  let filter = argument;
  if (argument.startsWith('-')) {
    const space = argument.indexOf(' ');
    options = space < 0 ? argument.slice(1) : argument.slice(1, space);
    filter = space < 0 ? '' : argument.slice(space + 1);
  }
  let folder = '.';
  if (filter !== '') {
    if (files.stat(resolve(filter), as).ok && files.readdir(resolve(filter), as).ok) {
      folder = filter;
      filter = '';
    } else if (filter.includes('/')) {
      const slash = filter.lastIndexOf('/');
      folder = filter.slice(0, slash) || '/';
      filter = filter.slice(slash + 1);
    }
  }
  const path = resolve(folder);
  const names = files.readdir(path, as);
  if (!names.ok) return null;
  const showsHidden = options.includes('a');
  const prefix = folder === '.' ? '' : folder.endsWith('/') ? folder : `${folder}/`;
  const rows: { name: string; stat: FileStat }[] = [];
  for (const name of showsHidden ? ['.', '..', ...names.value] : names.value) {
    if (name.startsWith('.') && !showsHidden && !filter.startsWith('.')) continue;
    if (filter !== '' && !passes(name, filter)) continue;
    const stat = files.lstat(name === '.' ? path : name === '..' ? resolve(`${folder}/..`) : `${path}/${name}`);
    if (stat.ok) rows.push({ name, stat: stat.value });
  }
  rows.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (options.includes('t')) rows.sort((a, b) => b.stat.modifiedAt - a.stat.modifiedAt);
  if (options.includes('r')) rows.reverse();
  const withDetails = isLong || options.includes('l');
  return rows
    .map(({ name, stat }) => {
      const mark = options.includes('F') && stat.kind === 'directory' ? '/' : '';
      return `${withDetails ? longLine(name, stat, now) : prefix + name}${mark}\r\n`;
    })
    .join('');
}
