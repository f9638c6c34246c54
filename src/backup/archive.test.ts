import { createHash, randomBytes } from 'node:crypto';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canMount, mountSmallDisk } from '../store/small-disk.test-suite.ts';
import { BackupError, packBackup, unpackBackup } from './archive.ts';
import { dataFiles } from './data-files.ts';

type Entry = Partial<Header> & { name: string };

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'phosor-backup-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const about = { phosor: '1.2.3', created_at: '2026-11-22T00:00:00Z', host: 'h', last_segment: 41, has_keys: true };

/** A data folder with something of everything. */
function dataFolder(): string {
  const data = join(folder, 'data');
  for (const name of ['events/000001.duckdb', 'spool/000000002.ndjson', 'audit/audit.jsonl', 'mappings/own.yml'])
    write(join(data, name), `content of ${name}`);
  for (const name of [
    'session.key',
    'encryption.key',
    'phosor.lock',
    'cache/rules.json',
    'events/tmp/x',
    'state.sqlite-wal',
  ])
    write(join(data, name), 'not always');
  write(join(data, 'state.sqlite'), '');
  return data;
}

function write(path: string, text: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
}

describe('a backup', () => {
  test('comes back byte for byte, readable by its owner only', async () => {
    const data = dataFolder();
    const file = join(folder, 'b.tar.zst');
    await packBackup(file, dataFiles(data, true), about);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const manifest = await unpackBackup(file, join(folder, 'back'));
    expect(manifest).toMatchObject({ ...about, format: 'phosor-backup', version: 1 });
    const names = dataFiles(join(folder, 'back'), true).map(({ name }) => name);
    expect(names).toEqual([
      'audit/audit.jsonl',
      'encryption.key',
      'events/000001.duckdb',
      'mappings/own.yml',
      'session.key',
      'spool/000000002.ndjson',
      'state.sqlite',
    ]);
    expect(readFileSync(join(folder, 'back/events/000001.duckdb'), 'utf8')).toBe('content of events/000001.duckdb');
    expect(statSync(join(folder, 'back/state.sqlite'))).toMatchObject({ size: 0 });
  });

  test('leaves the keys out where that is wanted', () => {
    const names = dataFiles(dataFolder(), false).map(({ name }) => name);
    expect(names).toContain('state.sqlite');
    expect(names.filter((name) => name.endsWith('.key'))).toEqual([]);
  });

  test('never overwrites a file', async () => {
    const file = join(folder, 'b.tar.zst');
    writeFileSync(file, 'mine');
    await expect(packBackup(file, dataFiles(dataFolder(), true), about)).rejects.toThrow('EEXIST');
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  test.skipIf(!canMount)('says which disk is full', async () => {
    const disk = mountSmallDisk('256k');
    try {
      const data = dataFolder();
      for (const name of ['events/000002.duckdb', 'events/000003.duckdb'])
        writeFileSync(join(data, name), randomBytes(600_000));
      const file = join(disk.folder, 'b.tar.zst');
      await expect(packBackup(file, dataFiles(data, true), about)).rejects.toThrow(
        `${file} cannot be written (ENOSPC: no space left on device, write). Free space there`,
      );
    } finally {
      disk.unmount();
    }
  });

  test.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 40)],
    [
      'with a changed byte',
      (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => (i === bytes.length >> 1 ? byte ^ 1 : byte))),
    ],
    ['that is something else', () => Buffer.from('hello')],
    ['that is empty', () => Buffer.alloc(0)],
  ])('%s is refused with a sentence', async (_, change) => {
    const file = join(folder, 'b.tar.zst');
    await packBackup(file, dataFiles(dataFolder(), true), about);
    writeFileSync(file, change(readFileSync(file)));
    await expect(unpackBackup(file, join(folder, 'back'))).rejects.toThrow(BackupError);
  });
});

describe('a hostile archive', () => {
  const manifest = { ...about, format: 'phosor-backup', version: 1, bytes: 100 };

  async function archive(entries: readonly [Entry, string][]): Promise<string> {
    const file = join(folder, 'evil.tar.zst');
    const tar = pack();
    for (const [header, body] of entries) {
      if (header.type === 'symlink') tar.entry(header);
      else tar.entry(header, body);
    }
    tar.finalize();
    await pipeline(tar, createZstdCompress(), createWriteStream(file));
    return file;
  }
  const first: [Entry, string] = [{ name: 'manifest.json' }, JSON.stringify(manifest)];

  test.each([
    ['../outside', 'cannot belong'],
    ['/etc/cron.d/evil', 'cannot belong'],
    ['events/../../outside', 'cannot belong'],
    ['a\\b', 'cannot belong'],
    ['events//x', 'cannot belong'],
  ])('a file named %j is refused', async (name, sentence) => {
    const file = await archive([first, [{ name }, 'x']]);
    await expect(unpackBackup(file, join(folder, 'back'))).rejects.toThrow(sentence);
    expect(existsSync(join(folder, 'outside'))).toBe(false);
  });

  test('links are refused', async () => {
    const file = await archive([first, [{ name: 'events', type: 'symlink', linkname: '/etc' }, '']]);
    await expect(unpackBackup(file, join(folder, 'back'))).rejects.toThrow('cannot belong');
  });

  test('more than the manifest says is refused', async () => {
    const file = await archive([first, [{ name: 'bomb' }, 'x'.repeat(101)]]);
    await expect(unpackBackup(file, join(folder, 'back'))).rejects.toThrow('more than it says');
  });

  test('one that says it holds more than fits on the disk is refused before anything is unpacked', async () => {
    const huge = JSON.stringify({ ...manifest, bytes: 2 ** 52 });
    const file = await archive([
      [{ name: 'manifest.json' }, huge],
      [{ name: 'x' }, 'x'],
    ]);
    await expect(unpackBackup(file, join(folder, 'back'))).rejects.toThrow('MB are free in');
    expect(readdirSync(join(folder, 'back'))).toEqual([]);
  });

  test.each([{ bytes: undefined }, { bytes: '5' }, { bytes: -1 }, { last_segment: 'x' }, { host: 5 }])(
    'a manifest with %j is damaged, and limits nothing',
    async (change) => {
      const file = await archive([
        [{ name: 'manifest.json' }, JSON.stringify({ ...manifest, ...change })],
        [{ name: 'x' }, 'x'],
      ]);
      await expect(unpackBackup(file, join(folder, 'back'))).rejects.toThrow('manifest of the backup is damaged');
    },
  );

  test('what it says of itself is no command for a terminal', async () => {
    const sum = createHash('sha256').update('x').digest('hex');
    const text = JSON.stringify({ ...manifest, host: 'web1\u001b]0;x\u0007' });
    const file = await archive([
      [{ name: 'manifest.json' }, text],
      [{ name: 'x' }, 'x'],
      [{ name: 'SHA256SUMS' }, `${sum}  x\n`],
    ]);
    expect((await unpackBackup(file, join(folder, 'back'))).host).toBe('web1?]0;x?');
  });

  test('a file without a checksum, a wrong checksum and a newer version are refused', async () => {
    const sum = 'a'.repeat(64);
    await expect(
      unpackBackup(await archive([first, [{ name: 'x' }, 'x'], [{ name: 'SHA256SUMS' }, '']]), join(folder, 'b1')),
    ).rejects.toThrow('has no checksum');
    await expect(
      unpackBackup(
        await archive([first, [{ name: 'x' }, 'x'], [{ name: 'SHA256SUMS' }, `${sum}  x\n`]]),
        join(folder, 'b2'),
      ),
    ).rejects.toThrow('is wrong');
    const newer: [Entry, string] = [{ name: 'manifest.json' }, JSON.stringify({ ...manifest, version: 2 })];
    await expect(unpackBackup(await archive([newer]), join(folder, 'b3'))).rejects.toThrow('newer Phosor');
  });
});
