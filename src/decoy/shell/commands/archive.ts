import { type Call, type CommandTable, getopt } from '../run/call.ts';

const magic = '\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03';

/** A gzip frame around bytes that stay as they are (stored blocks), which any gzip reads. */
function pack(text: string): string {
  let body = '';
  const chunks = text.match(/[\s\S]{1,65535}/g) ?? [''];
  for (const [at, chunk] of chunks.entries()) {
    const size = String.fromCharCode(chunk.length & 255, chunk.length >> 8);
    const inverse = String.fromCharCode(~chunk.length & 255, (~chunk.length >> 8) & 255);
    body += `${at === chunks.length - 1 ? '\x01' : '\0'}${size}${inverse}${chunk}`;
  }
  return `${magic}${body}${word(crc(text))}${word(text.length)}`;
}

const word = (value: number): string =>
  String.fromCharCode(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, (value >>> 24) & 255);

function crc(text: string): number {
  let sum = -1;
  for (let at = 0; at < text.length; at++) {
    sum ^= text.charCodeAt(at);
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (0xedb88320 & -(sum & 1));
  }
  return ~sum;
}

/** What `pack` packed; null for anything that was compressed elsewhere. */
function unpack(text: string): string | null {
  if (!text.startsWith('\x1f\x8b\x08')) return null;
  let at = 10;
  let result = '';
  for (;;) {
    const head = text.charCodeAt(at);
    if (Number.isNaN(head) || (head & 6) !== 0) return null;
    const size = text.charCodeAt(at + 1) + text.charCodeAt(at + 2) * 256;
    result += text.slice(at + 5, at + 5 + size);
    at += 5 + size;
    if ((head & 1) !== 0) return result;
  }
}

async function gzip(call: Call): Promise<number> {
  const base = call.name.split('/').at(-1) as string;
  const options = getopt(call, 'cdfkhlnNqrtvS123456789', {
    stdout: 'c',
    decompress: 'd',
    uncompress: 'd',
    force: 'f',
    keep: 'k',
  });
  if (!options) return 1;
  const isUnpack = options.has('d') || /gunzip|zcat|uncompress/.test(base);
  const toStdout = options.has('c') || base.endsWith('zcat');
  const names = options.rest.length > 0 ? options.rest : ['-'];
  let status = 0;
  for (const name of names) {
    const content = await call.read(name);
    if (!content.ok) {
      call.err(
        `${base === 'zcat' || base === 'gunzip' ? 'gzip' : call.name}: ${name}${isUnpack && !name.endsWith('.gz') ? '.gz' : ''}: ${content.error.message}\n`,
      );
      status = 1;
      continue;
    }
    await call.machine.step(1 + content.value.length / 20_000);
    const result = isUnpack ? unpack(content.value) : pack(content.value);
    if (result === null) {
      status = call.fail(
        `${name === '-' ? 'stdin' : name}: ${content.value.startsWith('\x1f\x8b') ? 'unexpected end of file' : 'not in gzip format'}`,
      );
      continue;
    }
    if (toStdout || name === '-') call.out(result);
    else {
      call.write(isUnpack ? name.replace(/\.gz$/, '') : `${name}.gz`, result);
      if (!options.has('k')) call.disk.unlink(call.path(name), call.actor);
    }
  }
  return status;
}

interface Member {
  name: string;
  mode: number;
  isFolder: boolean;
  content: string;
}

const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`;

function tarHeader({ name, mode, isFolder, content }: Member, now: number): string {
  const fields = `${name.slice(0, 99).padEnd(100, '\0')}${octal(mode & 0o7777, 8)}${octal(0, 8)}${octal(0, 8)}${octal(content.length, 12)}${octal(Math.floor(now / 1000), 12)}`;
  const rest = `${isFolder ? '5' : '0'}${'\0'.repeat(100)}ustar  \0${'root'.padEnd(32, '\0')}${'root'.padEnd(32, '\0')}${'\0'.repeat(183)}`;
  const sum = [...`${fields}        ${rest}`].reduce((total, each) => total + each.charCodeAt(0), 0);
  return `${fields}${sum.toString(8).padStart(6, '0')}\0 ${rest}`.padEnd(512, '\0');
}

function tarMembers(text: string): Member[] {
  const members: Member[] = [];
  for (let at = 0; at + 512 <= text.length && members.length < 5000; ) {
    const name = (text.slice(at, at + 100).split('\0')[0] as string).replace(/^(?:\.\.\/|\/)+/, '');
    if (name === '') break;
    const size = Number.parseInt(text.slice(at + 124, at + 136), 8) || 0;
    members.push({
      name,
      mode: Number.parseInt(text.slice(at + 100, at + 108), 8) || 0o644,
      isFolder: text[at + 156] === '5',
      content: text.slice(at + 512, at + 512 + size),
    });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return members;
}

async function tar(call: Call): Promise<number> {
  const args =
    call.args[0] !== undefined && !call.args[0].startsWith('-') && /^[cxtrvzjJfpkmO]+$/.test(call.args[0])
      ? [`-${call.args[0]}`, ...call.args.slice(1)]
      : call.args;
  const options = getopt(
    Object.create(call, { args: { value: args } }) as Call,
    'cxtrvzjJf:C:pkmOPhWT:X:',
    {
      create: 'c',
      extract: 'x',
      list: 't',
      verbose: 'v',
      gzip: 'z',
      'file=': 'f',
      'directory=': 'C',
      'strip-components=': 'S',
      'exclude=': 'E',
      'no-same-owner': 'o',
      'to-stdout': 'O',
      overwrite: 'k',
    },
    { help: `Try '${call.name} --help' or '${call.name} --usage' for more information.\n` },
  );
  if (!options) return 64;
  if (!['c', 'x', 't', 'r'].some(options.has))
    return call.fail(
      `You must specify one of the '-Acdtrux', '--delete' or '--test-label' options\nTry '${call.name} --help' or '${call.name} --usage' for more information.`,
      2,
    );
  const file = options.get('f') ?? '-';
  const folder = options.get('C');
  const place = (name: string): string => call.path(folder === undefined ? name : `${folder}/${name}`);
  if (options.has('c')) {
    if (options.rest.length === 0)
      return call.fail(
        `Cowardly refusing to create an empty archive\nTry '${call.name} --help' or '${call.name} --usage' for more information.`,
        2,
      );
    let archive = '';
    let status = 0;
    const add = async (name: string): Promise<void> => {
      await call.machine.step();
      const stat = call.disk.stat(place(name), call.actor);
      if (!stat.ok) {
        status = call.fail(`${name}: Cannot stat: ${stat.error.message}`, 2);
        return;
      }
      const isFolder = stat.value.kind === 'directory';
      const stored = name.replace(/^\/+/, '') + (isFolder && !name.endsWith('/') ? '/' : '');
      const content = isFolder || stat.value.kind !== 'file' ? '' : call.disk.text(place(name), { uid: 0, gid: 0 });
      archive += `${tarHeader({ name: stored, mode: stat.value.mode, isFolder, content }, stat.value.modifiedAt)}${content}${'\0'.repeat((512 - (content.length % 512)) % 512)}`;
      if (options.has('v')) call.out(`${stored}\n`);
      if (archive.length > 16 << 20) call.machine.limit('valueBytes');
      const names = isFolder ? call.disk.readdir(place(name), call.actor) : null;
      if (names?.ok) for (const child of names.value) await add(`${name.replace(/\/$/, '')}/${child}`);
    };
    for (const name of options.rest) await add(name);
    archive += '\0'.repeat(1024);
    archive = archive.padEnd(Math.ceil(archive.length / 10_240) * 10_240, '\0');
    if (status !== 0) call.fail('Exiting with failure status due to previous errors');
    const data = options.has('z') ? pack(archive) : archive;
    if (file === '-') call.out(data);
    else {
      const result = call.write(file, data);
      if (!result.ok)
        return call.fail(
          `${file}: Cannot open: ${result.error.message}\n${call.name}: Error is not recoverable: exiting now`,
          2,
        );
    }
    return status;
  }
  const content = await call.read(file);
  if (!content.ok)
    return call.fail(
      `${file}: Cannot open: ${content.error.message}\n${call.name}: Error is not recoverable: exiting now`,
      2,
    );
  const data = content.value.startsWith('\x1f\x8b') ? unpack(content.value) : content.value;
  if (data === null) {
    call.err('\ngzip: stdin: unexpected end of file\n');
    return call.fail('Child returned status 1\ntar: Error is not recoverable: exiting now', 2);
  }
  const members = tarMembers(data);
  if (members.length === 0)
    return call.fail(
      'This does not look like a tar archive\ntar: Exiting with failure status due to previous errors',
      2,
    );
  for (const member of members) {
    await call.machine.step();
    if (options.rest.length > 0 && !options.rest.some((name) => member.name.startsWith(name))) continue;
    if (options.has('t') || options.has('v')) call.out(`${member.name}\n`);
    if (options.has('t')) continue;
    if (member.isFolder) {
      await call.run(['mkdir', '-p', place(member.name)]);
      continue;
    }
    const at = member.name.lastIndexOf('/');
    if (at > 0) await call.run(['mkdir', '-p', place(member.name.slice(0, at))]);
    const result = call.write(place(member.name), member.content, { mode: member.mode & 0o777 });
    if (!result.ok)
      return call.fail(
        `${member.name}: Cannot open: ${result.error.message}\n${call.name}: Exiting with failure status due to previous errors`,
        2,
      );
  }
  return 0;
}

export const archiveCommands: CommandTable = { gzip, gunzip: gzip, zcat: gzip, uncompress: gzip, tar };
