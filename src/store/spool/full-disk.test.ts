import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { canMount, mountSmallDisk } from '../small-disk.test-suite.ts';
import { nodeFiles, type SpoolFiles } from './files.ts';
import { acknowledged, batchOf, idsOf, logFile, newFolder, open, rows, storedIds } from './scene.test-suite.ts';

/** A disk on which the named calls fail while `error` is set. A failing write leaves half of its bytes behind. */
function failing(...calls: ('write' | 'sync' | 'create' | 'truncate')[]): SpoolFiles & { error: string | null } {
  const disk = {
    ...nodeFiles,
    error: null as string | null,
    write(fd: number, bytes: Uint8Array, position: number) {
      if (disk.error !== null && calls.includes('write'))
        nodeFiles.write(fd, bytes.subarray(0, bytes.length >> 1), position);
      fail('write');
      nodeFiles.write(fd, bytes, position);
    },
    sync(fd: number) {
      fail('sync');
      nodeFiles.sync(fd);
    },
    create(file: string) {
      fail('create');
      return nodeFiles.create(file);
    },
    truncate(fd: number, size: number) {
      fail('truncate');
      nodeFiles.truncate(fd, size);
    },
  };
  const fail = (call: 'write' | 'sync' | 'create' | 'truncate'): void => {
    if (disk.error !== null && calls.includes(call)) throw Object.assign(new Error(disk.error), { code: disk.error });
  };
  return disk;
}

describe.each([
  ['a write', 'ENOSPC', failing('write', 'create')],
  ['a sync', 'EIO', failing('sync')],
  ['a sync and the cut after it', 'EIO', failing('sync', 'truncate', 'write')],
  ['a new file', 'ENOSPC', failing('create')],
])('%s fails', (_, code, disk) => {
  test('senders are refused, nothing of theirs appears; everything else is written once the disk works again', async () => {
    disk.error = null;
    const folder = newFolder();
    const { spool, of, pass } = open(folder, disk);
    const before = rows(2, 'webhook');
    spool.append(batchOf(1, before, acknowledged(1, before)));
    spool.sync();
    spool.seal();

    disk.error = code;
    const [web, file, udp] = [rows(2, 'webhook'), rows(2, 'file'), rows(1)];
    spool.append(
      batchOf(2, [...web, ...file, ...udp], { ...acknowledged(2, web), positions: [{ ...logFile, offset: 7 }] }),
    );
    spool.sync();
    expect(of('rejected')).toMatchObject([{ acks: [2] }]);
    expect(of('state').at(-1)).toMatchObject({ state: 'full' });
    expect(of('state').at(-1)?.reason).toContain(code === 'ENOSPC' ? 'No space is left' : 'cannot be written (EIO)');
    const later = rows(1, 'webhook');
    spool.append(batchOf(3, later, acknowledged(3, later)));
    expect(of('rejected').at(-1)?.acks).toEqual([3]);
    pass(1000);
    expect(of('state').at(-1)).toMatchObject({ state: 'full' });
    // A crash now: what was acknowledged is there, what was refused is not, and the file is read again.
    const copy = newFolder();
    fs.cpSync(folder, copy, { recursive: true });
    const left = await storedIds(copy);
    expect(left.slice(0, 2)).toEqual(idsOf(before));

    disk.error = null;
    pass(1000);
    expect(of('state').at(-1)).toMatchObject({ state: 'ok', reason: null, droppedRows: 0 });
    const after = rows(1, 'webhook');
    spool.append(batchOf(4, after, acknowledged(4, after)));
    spool.sync();
    expect(of('synced').at(-1)?.acks).toMatchObject([{ ack: 4 }]);
    spool.seal();
    expect(await storedIds(folder)).toEqual([...idsOf(before), ...idsOf(file), ...idsOf(udp), ...idsOf(after)]);
    const sealed = of('sealed');
    expect(sealed.reduce((sum, segment) => sum + segment.rows, 0)).toBe(6);
    for (const segment of sealed) expect(fs.statSync(segment.path).size).toBe(segment.bytes);
  });
});

test('while it lasts, rows of files are held without limit and others are given up and counted', () => {
  const disk = failing('write', 'create');
  const { spool, of, pass } = open(newFolder(), disk);
  disk.error = 'ENOSPC';
  const udp = batchOf(1, rows(4000));
  const needed = Math.ceil((32 * 1024 * 1024) / udp.bytes.length);
  for (let batch = 1; batch <= needed; batch += 1) spool.append({ ...udp, batch });
  spool.append(batchOf(needed + 1, [...rows(3), ...rows(2, 'file')]));
  disk.error = null;
  pass(1000);
  expect(of('state').at(-1)).toMatchObject({ state: 'ok', droppedRows: 3 });
  spool.seal();
  expect(of('sealed').reduce((sum, segment) => sum + segment.rows, 0)).toBe(needed * 4000 + 2);
});

test.skipIf(!canMount)('a real file system of 6 MiB runs full; deleting what was stored is the way out', async () => {
  const disk = mountSmallDisk('6m');
  try {
    const { folder } = disk;
    const { spool, of, pass } = open(folder);
    spool.append(batchOf(1, rows(1)));
    spool.seal();
    spool.delete([1]);
    spool.append(batchOf(2, rows(1)));
    spool.seal();
    spool.delete([2]);
    let batch = 2;
    const answered: string[] = [];
    while (of('rejected').length === 0) {
      batch += 1;
      const some = rows(500, 'webhook');
      spool.append(batchOf(batch, some, acknowledged(batch, some)));
      spool.sync();
      spool.seal();
      if (of('rejected').length === 0) answered.push(...idsOf(some));
      expect(batch).toBeLessThan(100);
    }
    expect(of('state').at(-1)).toMatchObject({ state: 'full' });
    expect(await storedIds(folder)).toEqual(answered);
    fs.writeFileSync(path.join(folder, 'filler'), Buffer.alloc(0));
    spool.delete(of('sealed').map(({ id }) => id));
    pass(1000);
    expect(of('state').at(-1)).toMatchObject({ state: 'ok' });
    const again = rows(500, 'webhook');
    spool.append(batchOf(batch + 1, again, acknowledged(batch + 1, again)));
    spool.sync();
    expect(of('synced').at(-1)?.acks[0]?.ack).toBe(batch + 1);
    spool.close();
  } finally {
    disk.unmount();
  }
});
