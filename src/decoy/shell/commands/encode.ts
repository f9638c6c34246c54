import { type Call, type CommandTable, getopt } from '../run/call.ts';
import { type DigestName, digest } from './digest.ts';
import { contents, sized } from './inputs.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 of a byte string. */
function base64Encode(text: string): string {
  let result = '';
  for (let at = 0; at < text.length; at += 3) {
    const chunk = (text.charCodeAt(at) << 16) | ((text.charCodeAt(at + 1) || 0) << 8) | (text.charCodeAt(at + 2) || 0);
    const left = text.length - at;
    result += `${alphabet[chunk >> 18]}${alphabet[(chunk >> 12) & 63]}${left > 1 ? alphabet[(chunk >> 6) & 63] : '='}${left > 2 ? alphabet[chunk & 63] : '='}`;
  }
  return result;
}

/** What decodes, and whether all of it did. */
function base64Decode(text: string): { bytes: string; isValid: boolean } {
  let bytes = '';
  let bits = 0;
  let count = 0;
  const clean = text.replaceAll('\n', '');
  for (const character of clean) {
    if (character === '=') break;
    const value = alphabet.indexOf(character);
    if (value < 0) return { bytes, isValid: false };
    bits = (bits << 6) | value;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes += String.fromCharCode((bits >> count) & 255);
      bits &= (1 << count) - 1;
    }
  }
  return { bytes, isValid: clean.replace(/=+$/, '').length % 4 !== 1 && clean.length % 4 === 0 };
}

async function base64(call: Call): Promise<number> {
  const options = getopt(call, 'dDiw:', { decode: 'd', 'ignore-garbage': 'i', 'wrap=': 'w' });
  if (!options) return 1;
  const files = await contents(call, options.rest.slice(0, 1));
  if (files.failed) return 1;
  let text = files[0]?.text ?? '';
  if (options.has('d') || options.has('D')) {
    if (options.has('i')) text = text.replace(/[^A-Za-z0-9+/=]/g, '');
    const { bytes, isValid } = base64Decode(text);
    call.out(bytes);
    return isValid ? 0 : call.fail('invalid input');
  }
  const width = Number(options.get('w') ?? 76);
  const encoded = base64Encode(text);
  call.out(width > 0 ? encoded.replace(new RegExp(`.{1,${Math.min(width, 60_000)}}`, 'g'), '$&\n') : encoded);
  return 0;
}

const sums: Readonly<Record<string, DigestName>> = {
  md5sum: 'md5',
  sha1sum: 'sha1',
  sha256sum: 'sha256',
  sha512sum: 'sha512',
};

async function checksum(call: Call): Promise<number> {
  const options = getopt(call, 'bctwz', { check: 'c', binary: 'b', text: 't', quiet: 'q', status: 's', tag: 'T' });
  if (!options) return 1;
  const name = sums[call.name.split('/').at(-1) as string] ?? 'md5';
  const files = await contents(call, options.rest);
  for (const file of files) {
    await call.machine.step(1 + file.text.length / 20_000);
    call.out(`${digest(name, file.text)} ${options.has('b') ? '*' : ' '}${file.name}\n`);
  }
  return files.failed ? 1 : 0;
}

const octal = (value: number, width: number): string => value.toString(8).padStart(width, '0');
const named: Readonly<Record<number, string>> = {
  0: '\\0',
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
};

function odUnits(type: string, chunk: string): string {
  const bytes = [...chunk].map((each) => each.charCodeAt(0));
  if (type === 'c')
    return bytes
      .map((byte) =>
        (named[byte] ?? (byte > 31 && byte < 127 ? String.fromCharCode(byte) : octal(byte, 3))).padStart(4),
      )
      .join('');
  const match = /^([xodua])(\d*|[CSIL])$/.exec(type);
  const size =
    match?.[2] === 'C'
      ? 1
      : match?.[2] === 'S'
        ? 2
        : match?.[2] === 'L'
          ? 8
          : Number(match?.[2] || (match?.[1] === 'a' ? 1 : 4)) || 4;
  const kind = match?.[1] ?? 'o';
  let line = '';
  for (let at = 0; at < bytes.length; at += size) {
    let value = 0n;
    for (let place = Math.min(size, bytes.length - at) - 1; place >= 0; place--)
      value = (value << 8n) | BigInt(bytes[at + place] as number);
    const width =
      kind === 'x' ? size * 2 : kind === 'o' ? Math.ceil((size * 8) / 3) : ({ 1: 3, 2: 5, 4: 10, 8: 20 }[size] ?? 10);
    const digits =
      kind === 'x'
        ? value.toString(16).padStart(width, '0')
        : kind === 'o'
          ? value.toString(8).padStart(width, '0')
          : (kind === 'd' ? BigInt.asIntN(size * 8, value) : value).toString();
    line += kind === 'x' || kind === 'o' ? ` ${digits}` : digits.padStart(kind === 'd' ? width + 2 : width + 1);
  }
  return line;
}

async function od(call: Call): Promise<number> {
  const options = getopt(call, 'A:t:N:j:w:vxcbdoasi', {
    'address-radix=': 'A',
    'format=': 't',
    'read-bytes=': 'N',
    'skip-bytes=': 'j',
    'width=': 'w',
    'output-duplicates': 'v',
  });
  if (!options) return 1;
  const files = await contents(call, options.rest);
  const skip = sized(options.get('j') ?? '0') ?? 0;
  const count = sized(options.get('N') ?? '') ?? Number.POSITIVE_INFINITY;
  const text = files
    .map((file) => file.text)
    .join('')
    .slice(skip, count === Number.POSITIVE_INFINITY ? undefined : skip + count);
  const types = options.all('t').flatMap((type) => type.match(/[xodua](?:\d+|[CSIL])?|c/g) ?? []);
  for (const [letter, type] of Object.entries({ x: 'x2', c: 'c', b: 'o1', d: 'u2', o: 'o2', s: 'd2', i: 'd4', a: 'a' }))
    if (options.has(letter)) types.push(type);
  if (types.length === 0) types.push('o2');
  const width = Math.max(1, Number(options.get('w') ?? 16) || 32);
  const radix = options.get('A') ?? 'o';
  const address = (at: number): string =>
    radix === 'n'
      ? ''
      : radix === 'x'
        ? at.toString(16).padStart(6, '0')
        : radix === 'd'
          ? String(at).padStart(7, '0')
          : octal(at, 7);
  let last = '';
  let isRepeating = false;
  for (let at = 0; at < text.length; at += width) {
    const chunk = text.slice(at, at + width);
    if (chunk === last && !options.has('v') && at + width < text.length) {
      if (!isRepeating) call.out('*\n');
      isRepeating = true;
      continue;
    }
    isRepeating = false;
    last = chunk;
    for (const [row, type] of types.entries())
      call.out(`${row === 0 ? address(skip + at) : ' '.repeat(address(0).length)}${odUnits(type, chunk)}\n`);
    await call.machine.step();
  }
  if (radix !== 'n') call.out(`${address(skip + text.length)}\n`);
  return files.failed ? 1 : 0;
}

const printable = (chunk: string): string => chunk.replace(/[^ -~]/g, '.');
const hexByte = (character: string): string => character.charCodeAt(0).toString(16).padStart(2, '0');

async function hexdump(call: Call): Promise<number> {
  const options = getopt(call, 'Cvn:s:e:xbcd');
  if (!options) return 1;
  const files = await contents(call, options.rest);
  const skip = sized(options.get('s') ?? '0') ?? 0;
  const count = sized(options.get('n') ?? '');
  const text = files
    .map((file) => file.text)
    .join('')
    .slice(skip, count === null ? undefined : skip + count);
  if (options.has('e')) {
    call.out([...text].map(hexByte).join(''));
    return 0;
  }
  const canonical = options.has('C') || call.name.endsWith('hd');
  let last = '';
  let isRepeating = false;
  for (let at = 0; at < text.length; at += 16) {
    const chunk = text.slice(at, at + 16);
    if (chunk === last && !options.has('v') && at + 16 < text.length) {
      if (!isRepeating) call.out('*\n');
      isRepeating = true;
      continue;
    }
    isRepeating = false;
    last = chunk;
    const address = (skip + at).toString(16).padStart(canonical ? 8 : 7, '0');
    if (canonical) {
      const bytes = [...chunk].map(hexByte);
      call.out(
        `${address}  ${`${bytes.slice(0, 8).join(' ').padEnd(23)}  ${bytes.slice(8).join(' ').padEnd(23)}`}  |${printable(chunk)}|\n`,
      );
    } else
      call.out(
        `${address} ${(chunk.match(/[\s\S]{1,2}/g) ?? []).map((pair) => `${hexByte(pair[1] ?? '\0')}${hexByte(pair[0] as string)}`).join(' ')}\n`,
      );
    await call.machine.step();
  }
  if (text !== '') call.out(`${(skip + text.length).toString(16).padStart(canonical ? 8 : 7, '0')}\n`);
  return files.failed ? 1 : 0;
}

async function xxd(call: Call): Promise<number> {
  const options = getopt(call, 'rpl:s:c:g:ubia');
  if (!options) return 1;
  const files = await contents(call, options.rest.slice(0, 1));
  if (files.failed) return 2;
  const text = (files[0]?.text ?? '').slice(0, sized(options.get('l') ?? '') ?? undefined);
  if (options.has('r')) {
    const hex = options.has('p')
      ? text.replace(/[^0-9a-fA-F]/g, '')
      : text
          .split('\n')
          .map((line) => /^[0-9a-f]+: ?((?:[0-9a-f]{2,4} ?)+) /i.exec(`${line} `)?.[1] ?? '')
          .join('')
          .replaceAll(' ', '');
    call.out((hex.match(/../g) ?? []).map((pair) => String.fromCharCode(Number.parseInt(pair, 16))).join(''));
    return 0;
  }
  const width = Number(options.get('c') ?? (options.has('p') ? 30 : 16)) || 16;
  for (let at = 0; at < text.length; at += width) {
    const chunk = text.slice(at, at + width);
    const hex = [...chunk].map((each) => (options.has('u') ? hexByte(each).toUpperCase() : hexByte(each))).join('');
    if (options.has('p')) call.out(`${hex}\n`);
    else
      call.out(
        `${at.toString(16).padStart(8, '0')}: ${(hex.match(/.{1,4}/g) ?? []).join(' ').padEnd(Math.ceil(width * 2.5) - 1)}  ${printable(chunk)}\n`,
      );
    await call.machine.step();
  }
  return 0;
}

async function strings(call: Call): Promise<number> {
  const files = await contents(
    call,
    call.args.filter((arg) => !arg.startsWith('-')),
  );
  for (const { text } of files) call.out((text.match(/[ -~\t]{4,}/g) ?? []).map((each) => `${each}\n`).join(''));
  return files.failed ? 1 : 0;
}

export const encodeCommands: CommandTable = {
  base64,
  md5sum: checksum,
  'md5sum.textutils': checksum,
  sha1sum: checksum,
  sha256sum: checksum,
  sha512sum: checksum,
  od,
  hexdump,
  hd: hexdump,
  xxd,
  strings,
};
