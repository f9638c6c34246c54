import { curly, quoted } from '../bytes.ts';
import { listTime, modeString, namesFrom } from '../disk/long-name.ts';
import { type Call, type CommandTable, getopt, type Options } from '../run/call.ts';
import { compareNames } from '../run/pattern.ts';
import type { FileStat } from '../types.ts';
import { human } from './inputs.ts';

interface Entry {
  name: string;
  path: string;
  stat: FileStat;
}

/** Names as `ls` shows them on a terminal: quoted where a shell would need it. */
const shownName = (call: Call, name: string): string =>
  call.shell.descriptors.get(1)?.output?.isTerminal && /[^A-Za-z0-9_.,:=+@%/\x80-\xff^~-]/.test(name)
    ? quoted(name)
    : name;

const marks: Partial<Record<FileStat['kind'], string>> = { directory: '/', symlink: '@', fifo: '|', socket: '=' };

async function ls(call: Call): Promise<number> {
  const options = getopt(call, 'aAlhdRtrSs1iFnogpCxmUcufvXkqQbHLNBGTZ:w:D', {
    all: 'a',
    'almost-all': 'A',
    'human-readable': 'h',
    directory: 'd',
    recursive: 'R',
    reverse: 'r',
    color: 'Y',
    'color=': 'Y',
    inode: 'i',
    size: 's',
    'numeric-uid-gid': 'n',
    classify: 'F',
    'full-time': 'E',
    'group-directories-first': 'J',
    'sort=': 'M',
    'time-style=': 'K',
  });
  if (!options) return 2;
  const names = options.rest.length > 0 ? options.rest : ['.'];
  let status = 0;
  const files: Entry[] = [];
  const folders: Entry[] = [];
  for (const name of [...names].sort(compareNames)) {
    const path = call.path(name);
    const link = call.disk.lstat(path, call.actor);
    const follows = !options.has('l') && !options.has('d') && !options.has('F');
    const stat =
      link.ok && link.value.kind === 'symlink' && (follows || name.endsWith('/'))
        ? call.disk.stat(path, call.actor)
        : link;
    if (!stat.ok) {
      status = call.isBusybox
        ? call.fail(`${name}: ${stat.error.message}`)
        : call.fail(`cannot access ${quoted(name)}: ${stat.error.message}`, 2);
      continue;
    }
    const isFolder =
      stat.value.kind === 'directory' ||
      (link.ok && link.value.kind === 'symlink' && !options.has('l') && isFolderLink(call, path));
    (isFolder && !options.has('d') ? folders : files).push({ name, path, stat: stat.value });
  }
  if (files.length > 0) show(call, options, sorted(files, options), false);
  let isFirst = files.length === 0;
  const showFolder = async (entry: Entry, isTitled: boolean): Promise<void> => {
    await call.machine.step();
    const children = call.disk.readdir(entry.path, call.actor);
    if (!children.ok) {
      status = call.fail(`cannot open directory ${quoted(entry.name)}: ${children.error.message}`, 2);
      return;
    }
    if (isTitled) call.out(`${isFirst ? '' : '\n'}${entry.name}:\n`);
    isFirst = false;
    const entries: Entry[] = [];
    for (const name of children.value) {
      if (name.startsWith('.') && !options.has('a') && !options.has('A') && !options.has('f')) continue;
      const stat = call.disk.lstat(`${entry.path}/${name}`, call.actor);
      if (stat.ok) entries.push({ name, path: `${entry.path}/${name}`, stat: stat.value });
    }
    const all = sorted(entries, options);
    if (options.has('a') || options.has('f')) {
      const own = call.disk.stat(entry.path);
      const parent = call.disk.stat(`${entry.path}/..`);
      if (own.ok && parent.ok)
        all.unshift(
          { name: '.', path: entry.path, stat: own.value },
          { name: '..', path: `${entry.path}/..`, stat: parent.value },
        );
    }
    show(call, options, all, true);
    if (options.has('R'))
      for (const child of all)
        if (child.stat.kind === 'directory' && !/^\.{1,2}$/.test(child.name))
          await showFolder({ ...child, name: `${entry.name.replace(/\/$/, '')}/${child.name}` }, true);
  };
  for (const entry of folders) await showFolder(entry, names.length > 1 || options.has('R'));
  return status;
}

const isFolderLink = (call: Call, path: string): boolean => {
  const stat = call.disk.stat(path, call.actor);
  return stat.ok && stat.value.kind === 'directory';
};

function sorted(entries: Entry[], options: Options): Entry[] {
  if (options.has('U') || options.has('f')) return entries;
  const list = [...entries].sort((a, b) => {
    if (options.has('t')) return b.stat.modifiedAt - a.stat.modifiedAt || compareNames(a.name, b.name);
    if (options.has('S')) return b.stat.size - a.stat.size || compareNames(a.name, b.name);
    return compareNames(a.name, b.name);
  });
  if (options.has('J')) list.sort((a, b) => Number(b.stat.kind === 'directory') - Number(a.stat.kind === 'directory'));
  return options.has('r') ? list.reverse() : list;
}

const blocks = (stat: FileStat): number =>
  stat.kind === 'directory' ? (stat.size > 0 ? 4 : 0) : stat.kind === 'file' ? Math.ceil(stat.size / 4096) * 4 : 0;

function show(call: Call, options: Options, entries: readonly Entry[], isFolder: boolean): void {
  const isLong = options.has('l') || options.has('n') || options.has('g') || options.has('o') || options.has('E');
  if (isFolder && (isLong || options.has('s'))) {
    // Folders in memory take no blocks.
    const total = entries.reduce(
      (sum, { stat, path }) =>
        sum + (stat.kind === 'directory' && /^\/(?:dev|run|proc|sys)(?:\/|$)/.test(path) ? 0 : blocks(stat)),
      0,
    );
    call.out(`total ${options.has('h') ? human(total * 1024) : total}\n`);
  }
  const mark = ({ stat }: Entry): string =>
    options.has('F')
      ? (marks[stat.kind] ?? (stat.kind === 'file' && (stat.mode & 0o111) !== 0 ? '*' : ''))
      : options.has('p') && stat.kind === 'directory'
        ? '/'
        : '';
  if (!isLong) {
    const lead = (entry: Entry): string =>
      `${options.has('i') ? `${entry.stat.inode} ` : ''}${options.has('s') ? `${blocks(entry.stat)} ` : ''}`;
    const texts = entries.map((entry) => `${lead(entry)}${shownName(call, entry.name)}${mark(entry)}`);
    const isWide =
      (call.shell.descriptors.get(1)?.output?.isTerminal || options.has('C')) && !options.has('1') && !options.has('m');
    if (options.has('m')) call.out(texts.length > 0 ? `${texts.join(', ')}\n` : '');
    else call.out(isWide ? columns(texts, call.machine.columns) : texts.map((text) => `${text}\n`).join(''));
    return;
  }
  const users = namesFrom(call.disk, '/etc/passwd');
  const groups = namesFrom(call.disk, '/etc/group');
  const rows = entries.map((entry) => {
    const { stat } = entry;
    const node =
      stat.kind === 'character' || stat.kind === 'block' ? (call.disk.find(entry.path, false).device ?? '1, 1') : null;
    return {
      entry,
      inode: options.has('i') ? `${stat.inode} ` : '',
      blocks: options.has('s') ? `${blocks(stat)} ` : '',
      links: String(stat.links),
      user: options.has('g') ? null : options.has('n') ? String(stat.uid) : (users.get(stat.uid) ?? String(stat.uid)),
      group:
        options.has('o') || options.has('G')
          ? null
          : options.has('n')
            ? String(stat.gid)
            : (groups.get(stat.gid) ?? String(stat.gid)),
      size: node ?? (options.has('h') ? human(stat.size) : String(stat.size)),
      time: options.has('E')
        ? `${new Date(stat.modifiedAt)
            .toISOString()
            .replace('T', ' ')
            .replace(/\.(\d{3})Z/, '.$1000000')} +0000`
        : listTime(stat.modifiedAt, call.now),
    };
  });
  const width = (pick: (row: (typeof rows)[number]) => string | null): number =>
    Math.max(0, ...rows.map((row) => pick(row)?.length ?? 0));
  const [links, user, group, size, inode] = [
    width((row) => row.links),
    width((row) => row.user),
    width((row) => row.group),
    width((row) => row.size),
    width((row) => row.inode),
  ];
  call.out(
    rows
      .map((row) => {
        const { stat } = row.entry;
        const arrow = stat.kind === 'symlink' ? ` -> ${stat.target}` : mark(row.entry);
        return `${row.inode.padStart(inode)}${row.blocks}${modeString(stat)} ${row.links.padStart(links)} ${row.user === null ? '' : `${row.user.padEnd(user)} `}${row.group === null ? '' : `${row.group.padEnd(group)} `}${row.size.padStart(size)} ${row.time} ${shownName(call, row.entry.name)}${arrow}\n`;
      })
      .join(''),
  );
}

/** Names in columns, down first, as on a terminal. */
function columns(names: readonly string[], width: number): string {
  if (names.length === 0) return '';
  for (let rows = 1; rows <= names.length; rows++) {
    const widths: number[] = [];
    for (let at = 0; at < names.length; at += rows)
      widths.push(Math.max(...names.slice(at, at + rows).map((name) => name.length)) + 2);
    if (widths.reduce((sum, each) => sum + each, -2) <= width || rows === names.length)
      return Array.from(
        { length: rows },
        (_, row) =>
          `${widths.map((each, column) => (names[column * rows + row] ?? '').padEnd((column + 1) * rows + row < names.length ? each : 0)).join('')}\n`,
      ).join('');
  }
  return '';
}

function stat(call: Call): number {
  const options = getopt(call, 'c:Lft', {
    'format=': 'c',
    'printf=': 'P',
    dereference: 'L',
    'file-system': 'f',
    terse: 't',
  });
  if (!options) return 1;
  if (options.rest.length === 0) return call.fail(`missing operand\nTry '${call.name} --help' for more information.`);
  const users = namesFrom(call.disk, '/etc/passwd');
  const groups = namesFrom(call.disk, '/etc/group');
  const kindNames = {
    file: 'regular file',
    directory: 'directory',
    symlink: 'symbolic link',
    character: 'character special file',
    block: 'block special file',
    fifo: 'fifo',
    socket: 'socket',
  } as const;
  let status = 0;
  for (const name of options.rest) {
    const found = options.has('L')
      ? call.disk.stat(call.path(name), call.actor)
      : call.disk.lstat(call.path(name), call.actor);
    if (!found.ok) {
      status = call.fail(`cannot statx ${quoted(name)}: ${found.error.message}`);
      continue;
    }
    const { value } = found;
    const kind = value.kind === 'file' && value.size === 0 ? 'regular empty file' : kindNames[value.kind];
    const time = `${new Date(value.modifiedAt)
      .toISOString()
      .replace('T', ' ')
      .replace(/\.(\d{3})Z/, '.$1000000')} +0000`;
    const user = users.get(value.uid) ?? 'UNKNOWN';
    const group = groups.get(value.gid) ?? 'UNKNOWN';
    const octal = (value.mode & 0o7777).toString(8);
    const format = options.get('c') ?? options.get('P');
    if (format !== undefined) {
      const fields: Record<string, string> = {
        a: octal,
        A: modeString(value),
        U: user,
        G: group,
        u: String(value.uid),
        g: String(value.gid),
        n: name,
        N: quoted(name),
        s: String(value.size),
        F: kind,
        i: String(value.inode),
        h: String(value.links),
        Y: String(Math.floor(value.modifiedAt / 1000)),
        y: time,
        X: String(Math.floor(value.modifiedAt / 1000)),
        x: time,
        Z: String(Math.floor(value.modifiedAt / 1000)),
        z: time,
        W: '0',
        w: '-',
        b: String(blocks(value) * 2),
        B: '512',
        o: '4096',
        f: value.mode.toString(16),
        d: '65025',
        D: 'fe01',
        m: '/',
      };
      call.out(
        `${format.replace(/%([a-zA-Z])/g, (whole, letter: string) => fields[letter] ?? whole)}${options.has('P') ? '' : '\n'}`,
      );
      continue;
    }
    call.out(
      `  File: ${name}${value.kind === 'symlink' ? ` -> ${value.target}` : ''}\n  Size: ${String(value.size).padEnd(15)}\tBlocks: ${String(blocks(value) * 2).padEnd(10)} IO Block: 4096   ${kind}\nDevice: 254,1\tInode: ${String(value.inode).padEnd(11)} Links: ${value.links}\nAccess: (${octal.padStart(4, '0')}/${modeString(value)})  Uid: (${String(value.uid).padStart(5)}/${user.padStart(8)})   Gid: (${String(value.gid).padStart(5)}/${group.padStart(8)})\nAccess: ${time}\nModify: ${time}\nChange: ${time}\n Birth: -\n`,
    );
  }
  return status;
}

function readlink(call: Call): number {
  const options = getopt(call, 'femnqsvz', { canonicalize: 'f', 'canonicalize-existing': 'e', 'no-newline': 'n' });
  if (!options) return 1;
  if (options.rest.length === 0) return call.fail(`missing operand\nTry '${call.name} --help' for more information.`);
  let status = 0;
  for (const name of options.rest) {
    const isFull = options.has('f') || options.has('e') || options.has('m');
    const result = isFull ? canonical(call, name) : call.disk.readlink(call.path(name), call.actor);
    if (!result.ok) status = 1;
    else call.out(`${result.value}${options.has('n') ? '' : '\n'}`);
  }
  return status;
}

/** The path without links; a missing last part is allowed. */
function canonical(call: Call, name: string): ReturnType<Call['disk']['readlink']> {
  const path = call.path(name);
  const found = call.disk.realpath(path, call.actor);
  if (found.ok) return found;
  const at = path.replace(/\/+$/, '').lastIndexOf('/');
  const parent = call.disk.realpath(path.slice(0, at) || '/', call.actor);
  return parent.ok ? { ok: true, value: `${parent.value === '/' ? '' : parent.value}/${path.slice(at + 1)}` } : parent;
}

function realpath(call: Call): number {
  const options = getopt(call, 'emsqLPz');
  if (!options) return 1;
  if (options.rest.length === 0) return call.fail(`missing operand\nTry '${call.name} --help' for more information.`);
  let status = 0;
  for (const name of options.rest) {
    const result = options.has('e') ? call.disk.realpath(call.path(name), call.actor) : canonical(call, name);
    if (result.ok) call.out(`${result.value}\n`);
    else status = call.fail(`${name}: ${result.error.message}`);
  }
  return status;
}

function basename(call: Call): number {
  const options = getopt(call, 'as:z', { multiple: 'a', 'suffix=': 's' });
  if (!options) return 1;
  if (options.rest.length === 0) return call.fail(`missing operand\nTry '${call.name} --help' for more information.`);
  const suffix = options.get('s') ?? (options.has('a') ? '' : (options.rest[1] ?? ''));
  if (!options.has('a') && !options.has('s') && options.rest.length > 2)
    return call.fail(
      `extra operand ${curly(options.rest[2] as string)}\nTry '${call.name} --help' for more information.`,
    );
  for (const name of options.has('a') || options.has('s') ? options.rest : options.rest.slice(0, 1)) {
    const base = name.replace(/\/+$/, '').split('/').at(-1) || (name.startsWith('/') ? '/' : '');
    call.out(`${suffix !== '' && base !== suffix && base.endsWith(suffix) ? base.slice(0, -suffix.length) : base}\n`);
  }
  return 0;
}

function dirname(call: Call): number {
  if (call.args.length === 0) return call.fail(`missing operand\nTry '${call.name} --help' for more information.`);
  for (const name of call.args) {
    const bare = name.replace(/\/+$/, '');
    const at = bare.lastIndexOf('/');
    call.out(
      `${at > 0 ? bare.slice(0, at).replace(/\/+$/, '') || '/' : at === 0 || (bare === '' && name !== '') ? '/' : '.'}\n`,
    );
  }
  return 0;
}

export const listCommands: CommandTable = { ls, dir: ls, vdir: ls, stat, readlink, realpath, basename, dirname };
