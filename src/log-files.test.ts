import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { findLogFiles, type LogFile, readLineBlocks } from './log-files.ts';
import { maxRecordBytes } from './model/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'phosor-log-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function written(name: string, bytes: Buffer): Promise<LogFile> {
  writeFileSync(join(folder, name), bytes);
  const [file] = await findLogFiles([join(folder, name)]);
  if (file === undefined) throw new Error(`${name} is not there`);
  return file;
}

/* A file of a few kilobytes that becomes a thousand times as much: no block is larger than a record, whatever is inside. */
describe('decompression bombs', () => {
  const bytes = 8 * 1024 * 1024;
  test.each([
    ['zeros.log.gz', gzipSync, 0],
    ['zeros.log.zst', zstdCompressSync, 0],
    ['lines.log.gz', gzipSync, 10],
    ['lines.log.zst', zstdCompressSync, 10],
  ] as const)('%s is read in small blocks', { timeout: 120_000 }, async (name, pack, byte) => {
    const packed = pack(Buffer.alloc(bytes, byte));
    expect(packed.length).toBeLessThan(bytes / 500);
    let read = 0;
    let largest = 0;
    let most = 0;
    for await (const { lines, offsets } of readLineBlocks(await written(name, packed))) {
      const length = lines.reduce((sum, line) => sum + line.length, 0) + (byte === 10 ? lines.length : 0);
      expect(offsets[0]).toBe(read);
      read += length;
      largest = Math.max(largest, length);
      most = Math.max(most, lines.length);
    }
    expect(read).toBe(bytes);
    expect(largest).toBeLessThan(2 * maxRecordBytes);
    expect(most).toBeLessThanOrEqual(2 * 64 * 1024);
  });

  test('who stops reading unpacks no more', async () => {
    const file = await written('stopped.log.gz', gzipSync(Buffer.alloc(bytes, 10)));
    let blocks = 0;
    for await (const _ of readLineBlocks(file)) {
      blocks += 1;
      if (blocks === 3) break;
    }
    expect(blocks).toBe(3);
  });

  test('a packed file inside a packed file stays packed', async () => {
    const file = await written('twice.log.gz', gzipSync(gzipSync('inside\n')));
    const lines: string[] = [];
    for await (const block of readLineBlocks(file)) lines.push(...block.lines);
    expect(lines.join('\n')).not.toContain('inside');
  });

  test.each([
    ['cut.log.gz', gzipSync(Buffer.alloc(100_000, 'line\n')).subarray(0, 60)],
    ['cut.log.zst', zstdCompressSync(Buffer.alloc(100_000, 'line\n')).subarray(0, 20)],
    ['none.log.gz', Buffer.from('this is not packed\n')],
  ])('%s fails, and does not wait for ever', async (name, content) => {
    const file = await written(name, content);
    const read = async (): Promise<void> => {
      for await (const _ of readLineBlocks(file));
    };
    await expect(read()).rejects.toThrow();
  });
});
