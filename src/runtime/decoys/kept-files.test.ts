/** What visitors leave, on a real disk. */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { limits } from '../../decoy/host/limits.ts';
import { KeptFiles } from './kept-files.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});

function store(maxBytes = 1_000_000, folder = fs.mkdtempSync(join(tmpdir(), 'phosor-kept-'))) {
  folders.push(folder);
  let time = Date.now();
  const gone: string[] = [];
  const failures: string[] = [];
  const files = new KeptFiles({
    folder,
    maxBytes: () => maxBytes,
    now: () => ++time,
    onGone: (sha256) => gone.push(sha256),
    onFailure: (message) => failures.push(message),
  });
  let upload = 0;
  const put = (content: Buffer, visit = 'ab'.repeat(8)): string => {
    upload += 1;
    files.add(upload, visit, content);
    const kept = files.finish(upload, visit);
    if (kept === null) throw new Error('It was not kept.');
    return kept.sha256;
  };
  return { files, folder, gone, failures, put };
}
const block = (letter: string, length = 1000): Buffer => Buffer.alloc(length, letter);
const onDisk = (folder: string): number =>
  fs.readdirSync(folder).reduce((sum, name) => sum + fs.statSync(join(folder, name)).size, 0);

test('a file lies inert under the hash of what is kept', async () => {
  const { files, folder, put } = store();
  const content = Buffer.from('#!/bin/sh\nrm -rf /\n');
  const sha256 = put(content);
  expect(sha256).toBe(createHash('sha256').update(content).digest('hex'));
  expect(fs.readdirSync(folder)).toEqual([`${sha256}.bin`]);
  expect(fs.statSync(join(folder, `${sha256}.bin`)).mode & 0o777).toBe(0o600);
  expect(await files.read({ sha256 })).toEqual(content);
  expect(put(content)).toBe(sha256);
  expect(files.bytes).toBe(content.length);
  expect(await files.read({ sha256: '0'.repeat(64) })).toBeNull();
});

test('when it is full, what was not touched for longest goes, files and recordings alike', async () => {
  const { files, folder, put, gone } = store(3500);
  const a = put(block('a'));
  const visit = 'cd'.repeat(8);
  expect(files.record(visit, 1, `${'r'.repeat(999)}\n`)).toBe(true);
  const b = put(block('b'));
  // Looking at it and leaving it again are touches.
  expect(await files.read({ sha256: a })).toHaveLength(1000);
  const c = put(block('c'));
  expect(gone).toEqual([]);
  expect(await files.read({ visit, recording: 1 })).toBeNull();
  put(block('b'));
  const d = put(block('d'));
  expect(gone).toEqual([a]);
  put(block('e'));
  expect(gone).toEqual([a, c]);
  expect(await files.read({ sha256: b })).toHaveLength(1000);
  expect(await files.read({ sha256: d })).toHaveLength(1000);
  expect(files.bytes).toBe(3000);
  expect(onDisk(folder)).toBe(3000);
});

test('a recording whose beginning had to go does not go on without it', async () => {
  const { files, put } = store(2500);
  const visit = 'cd'.repeat(8);
  files.record(visit, 1, '{"version":2}\n');
  put(block('a'));
  put(block('b'));
  put(block('c'));
  expect(files.record(visit, 1, '[1,"o","x"]\n')).toBe(false);
  expect(await files.read({ visit, recording: 1 })).toBeNull();
  // Another one of the same visit begins as ever; and what a visit lost is forgotten with it.
  expect(files.record(visit, 2, '{"version":2}\n')).toBe(true);
  files.forget(visit);
  expect(files.record(visit, 1, '{"version":2}\n')).toBe(true);
});

test('the next start knows sizes and order, and throws away what never arrived', async () => {
  const first = store(3500);
  const a = first.put(block('a'));
  const b = first.put(block('b'));
  const c = first.put(block('c'));
  const old = new Date(Date.now() - 1_000_000);
  fs.utimesSync(join(first.folder, `${b}.bin`), old, old);
  first.files.add(99, 'ab'.repeat(8), block('x'));
  expect(fs.existsSync(join(first.folder, '99.part'))).toBe(true);

  const second = store(3500, first.folder);
  expect(second.files.bytes).toBe(3000);
  expect(fs.existsSync(join(first.folder, '99.part'))).toBe(false);
  second.put(block('d'));
  expect(second.gone).toEqual([b]);
  expect(await second.files.read({ sha256: a })).not.toBeNull();
  expect(await second.files.read({ sha256: c })).not.toBeNull();
});

test('the decoys are not believed: size of a file, of a recording, and whose it is', () => {
  const { files, folder, put } = store(100_000_000);
  const visit = 'ab'.repeat(8);
  const piece = block('x', 1024 * 1024);
  for (let i = 0; i < 12; i += 1) files.add(1, visit, piece);
  expect(files.finish(1, 'ef'.repeat(8))).toBeNull();
  expect(files.finish(1, visit)?.bytes).toBe(limits.uploadBytes);
  const line = `${'y'.repeat(300_000)}\n`;
  let kept = 0;
  while (kept < 100 && files.record(visit, 1, line)) kept += 1;
  expect(kept * line.length).toBeLessThanOrEqual(limits.recordingBytes * 2);
  expect(files.record('../../../../etc', 1, line)).toBe(false);
  put(Buffer.alloc(0));
  expect(onDisk(folder)).toBe(files.bytes);
});

test('a disk that takes nothing is said, and what was begun goes', () => {
  const { files, folder, failures } = store();
  const visit = 'ab'.repeat(8);
  files.add(1, visit, block('x'));
  fs.rmSync(folder, { recursive: true });
  expect(files.finish(1, visit)).toBeNull();
  files.add(2, visit, block('y'));
  expect(files.finish(2, visit)).toBeNull();
  expect(files.record(visit, 1, 'z\n')).toBe(false);
  expect(failures).toHaveLength(3);
  expect(failures[0]).toContain('ENOENT');
  expect(files.bytes).toBe(0);
});
