import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectEventStore } from '../../client.ts';
import type { EventPage } from '../../contract.ts';
import { event, eventStoreConformance, start, writeSegment } from '../conformance.test-suite.ts';
import { Engine } from './engine.ts';
import { openDuckdbStore } from './store.ts';

const options = { maxBytes: 450_000_000, memoryLimitMb: 96 };

describe('in this thread', () => {
  eventStoreConformance((folder) => openDuckdbStore({ ...options, folder }));
});

describe('slices', () => {
  let folder = '';
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'phosor-slices-'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));
  const files = () => fs.readdirSync(folder).filter((name) => name.endsWith('.duckdb'));
  const many = (from: number, count: number) => Array.from({ length: count }, (_, i) => event(from + i));

  test('a full slice is sealed, pages cross slices, the oldest is dropped first and its file is gone', async () => {
    const store = await openDuckdbStore({ folder, maxBytes: 1_500_000, isLimited: false, memoryLimitMb: 96 });
    for (let i = 0; i < 6; i += 1) await store.load([writeSegment(folder, i + 1, many(i * 2000, 2000))]);
    expect(files().length).toBeGreaterThan(1);
    const page = await store.page({}, 12_000, null);
    expect(page.events.map(({ id }) => id)).toEqual(
      many(0, 12_000)
        .reverse()
        .map(({ id }) => id),
    );
    const before = await store.info();
    const { droppedSlices } = await store.retain(before.bytes - 1, null);
    expect(droppedSlices).toBe(1);
    expect(files()).not.toContain('000001.duckdb');
    const after = await store.info();
    expect(after.oldest).toBeGreaterThan(start);
    expect(await store.count({})).toBe(after.rows);
    await store.close();
  });

  test('a load keeps to the size by itself, and what is younger than the oldest event is all there', async () => {
    const maxBytes = 3_000_000;
    const store = await openDuckdbStore({ folder, maxBytes, memoryLimitMb: 96 });
    const text = (i: number) => createHash('sha512').update(String(i)).digest('base64').repeat(3);
    let worst = 0;
    for (let i = 0; i < 15; i += 1) {
      const rows = many(i * 2000, 2000).map((one, k) => ({ ...one, raw: text(i * 2000 + k), message: '' }));
      const segment = writeSegment(folder, i + 1, rows);
      await store.load([segment]);
      fs.rmSync(segment.path);
      const sizes = fs.readdirSync(folder).filter((name) => name.includes('.duckdb'));
      worst = Math.max(
        worst,
        sizes.reduce((sum, name) => sum + fs.statSync(path.join(folder, name)).size, 0),
      );
    }
    expect(worst).toBeLessThan(maxBytes * 1.2);
    const { rows, oldest, droppedRows } = await store.info();
    expect(droppedRows).toBeGreaterThan(2000);
    expect(rows + droppedRows).toBe(30_000);
    expect(oldest).toBe(event(droppedRows).time);
    await store.retain(null, null);
    await store.load([writeSegment(folder, 99, many(50_000, 40_000))]);
    expect((await store.info()).droppedRows).toBe(droppedRows);
    await store.close();
  });

  test('everything is there after a restart', async () => {
    let store = await openDuckdbStore({ ...options, folder });
    await store.load([writeSegment(folder, 1, many(0, 1000))]);
    const before = await store.info();
    await store.close();
    store = await openDuckdbStore({ ...options, folder });
    expect(await store.info()).toMatchObject({ rows: before.rows, oldest: before.oldest, newest: before.newest });
    await store.close();
  });

  test('the limit of size holds behind a restart as before it', async () => {
    const small = { folder, maxBytes: 1_500_000, isLimited: false, memoryLimitMb: 96 };
    let store = await openDuckdbStore(small);
    for (let i = 0; i < 4; i += 1) await store.load([writeSegment(folder, i + 1, many(i * 2000, 2000))]);
    await store.close();
    store = await openDuckdbStore(small);
    const sizes = files().map((name) => fs.statSync(path.join(folder, name)).size);
    const { bytes } = await store.info();
    expect(bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
    expect((await store.retain(bytes - 1, null)).droppedSlices).toBe(1);
    await store.close();
  });

  test('a damaged file is put aside and told; the others answer, and what comes is stored', async () => {
    const small = { folder, maxBytes: 1_500_000, isLimited: false, memoryLimitMb: 96 };
    const first = await openDuckdbStore(small);
    for (let i = 0; i < 4; i += 1) await first.load([writeSegment(folder, i + 1, many(i * 2000, 2000))]);
    await first.close();
    const names = files();
    const [oldest = '', second = ''] = names;
    const newest = names.at(-1) ?? '';
    fs.truncateSync(path.join(folder, oldest), 20_000);
    fs.writeFileSync(path.join(folder, second), 'x'.repeat(20_000));
    fs.writeFileSync(path.join(folder, newest), '');
    let store = await openDuckdbStore(small);
    const { rows, damaged } = await store.info();
    expect(damaged).toEqual([expect.stringContaining(oldest), expect.stringContaining(second)]);
    expect(fs.readdirSync(path.join(folder, 'damaged'))).toEqual([oldest, second]);
    expect(rows).toBeGreaterThan(1000);
    expect(rows).toBeLessThan(8000);
    expect((await store.page({}, 10_000, null)).events).toHaveLength(rows);
    expect(await store.load([writeSegment(folder, 9, many(9000, 5))])).toMatchObject({ rows: 5 });
    await store.close();
    // Neither is the number of what was put aside given again, nor is it told twice.
    for (const name of files()) fs.writeFileSync(path.join(folder, name), 'not a database'.repeat(1000));
    store = await openDuckdbStore(small);
    expect((await store.info()).rows).toBe(0);
    await store.load([writeSegment(folder, 10, many(0, 5))]);
    expect(names).not.toContain(files()[0]);
    await store.close();
    store = await openDuckdbStore(small);
    expect(await store.info()).toMatchObject({ rows: 5, damaged: [] });
    await store.close();
  });

  test('a damaged log is put aside alone: what was in its file before stays', async () => {
    const copy = path.join(folder, 'copy');
    const store = await openDuckdbStore({ ...options, folder });
    await store.load([writeSegment(folder, 1, many(0, 2000))]);
    await store.retain(1, null).catch(() => undefined);
    await store.load([writeSegment(folder, 2, many(3000, 500))]);
    const name = files().at(-1) ?? '';
    fs.mkdirSync(copy);
    // As a kill leaves it: the log beside its file.
    for (const each of [name, `${name}.wal`]) fs.copyFileSync(path.join(folder, each), path.join(copy, each));
    await store.close();
    const log = path.join(copy, `${name}.wal`);
    const bytes = fs.readFileSync(log);
    const middle = Math.floor(bytes.length / 2);
    bytes.fill(0x5a, middle, middle + 200);
    fs.writeFileSync(log, bytes);
    const again = await openDuckdbStore({ ...options, folder: copy });
    expect((await again.info()).damaged).toEqual([expect.stringContaining('.duckdb.wal cannot be read')]);
    expect(fs.readFileSync(path.join(copy, 'damaged', `${name}.wal`))).toEqual(bytes);
    expect(await again.load([writeSegment(folder, 3, many(0, 5))])).toMatchObject({ rows: 5 });
    await again.close();
  });

  test('refused lines lie in quarantine, as they were', async () => {
    const store = await openDuckdbStore({ ...options, folder });
    await store.load([writeSegment(folder, 9, many(0, 10), '{"id":"broken"}\n')]);
    expect(fs.readFileSync(path.join(folder, 'quarantine', '000000009.ndjson'), 'utf8')).toBe('{"id":"broken"}\n');
    expect(fs.readdirSync(folder).filter((name) => name.startsWith('clean') || name.startsWith('attempt'))).toEqual([]);
    await store.close();
  });

  test('what DuckDB spills goes into the data folder, and what a killed run left there is removed', async () => {
    fs.mkdirSync(path.join(folder, 'tmp'));
    fs.writeFileSync(path.join(folder, 'tmp', 'duckdb_temp_storage-0.tmp'), 'left');
    const store = await openDuckdbStore({ ...options, folder });
    expect(fs.existsSync(path.join(folder, 'tmp', 'duckdb_temp_storage-0.tmp'))).toBe(false);
    await store.close();

    const engine = await Engine.open({ memoryLimitMb: 32, threads: 1, temporary: path.join(folder, 'tmp') });
    expect(await engine.read("SELECT current_setting('temp_directory') AS folder")).toEqual([
      { folder: path.join(folder, 'tmp') },
    ]);
    // More than the memory holds has to be sorted: the rest is on disk meanwhile.
    const sorted = engine.read(
      'SELECT sum(n) AS sum FROM (SELECT n, repeat(n::VARCHAR, 20) AS text FROM range(400000) r(n) ORDER BY text LIMIT 300000)',
    );
    let spilled: string[] = [];
    const watching = setInterval(() => {
      if (fs.existsSync(path.join(folder, 'tmp'))) spilled = [...spilled, ...fs.readdirSync(path.join(folder, 'tmp'))];
    }, 1);
    await sorted;
    clearInterval(watching);
    expect(spilled.length).toBeGreaterThan(0);
    engine.close();
    expect(fs.existsSync(path.join(process.cwd(), '.tmp'))).toBe(false);
  });

  test('50,000 wide rows fit into the memory limit', async () => {
    const store = await openDuckdbStore({ ...options, memoryLimitMb: 64, folder });
    const wide = many(0, 50_000).map((one, i) => ({ ...one, fields: { path: `/${i}/${'x'.repeat(300)}`, n: i } }));
    expect(await store.load([writeSegment(folder, 1, wide)])).toMatchObject({ rows: 50_000, quarantined: 0 });
    await store.close();
  });

  test('lines of a mebibyte fit into it, and are there after a restart', { timeout: 240_000 }, async () => {
    const small = { ...options, maxBytes: 1_000_000_000, memoryLimitMb: 96, folder };
    const long = createHash('shake256', { outputLength: 750_000 }).update('').digest('base64');
    const store = await openDuckdbStore(small);
    const segments = [1, 2, 3, 4, 5].map((id) =>
      writeSegment(
        folder,
        id,
        many(id * 100, 45).map((one, i) => ({
          ...one,
          raw: `${id}.${i} ${long}`,
          message: '',
          // As a line of JSON has it.
          ...(i === 44 && { message: `${long}.`, fields: { long } }),
        })),
      ),
    );
    expect(await store.load(segments)).toMatchObject({ rows: 225, quarantined: 0 });
    await store.close();
    const again = await openDuckdbStore(small);
    expect((await again.info()).rows).toBe(225);
    // A page of many is cut, and says so; one of them is whole.
    const { events } = await again.page({}, 210, null);
    expect(events).toHaveLength(210);
    for (const { id, raw, message, fields } of events) {
      expect(Math.max(raw.length, message.length, JSON.stringify(fields).length)).toBeLessThan(66_000);
      expect(raw).toContain(`GET /api/events/${id} has them all)`);
    }
    expect(events.filter(({ message }) => message.includes('(cut: the event has'))).toHaveLength(5);
    const json = events.filter(({ fields }) => String(fields.left_out).includes('(cut: the event has'));
    expect(json).toHaveLength(5);
    const [one] = await again.byIds([json[0]?.id ?? '']);
    expect(one).toMatchObject({ message: `${long}.`, fields: { long } });
    expect(one?.raw.endsWith(long)).toBe(true);
    expect((await again.pageAt({}, { offset: 100, limit: 100, order: 'newest' })).events).toHaveLength(100);
    expect(await again.count({ text: long.slice(5000, 5100) })).toBe(225);
    // Exports take them whole, fewer at a time.
    const ids: string[] = [];
    let after: string | null = null;
    do {
      const page: EventPage = await again.page({}, 60, after, 'newest', true);
      for (const { id, raw } of page.events) if (raw.endsWith(long)) ids.push(id);
      expect(page.events.length).toBeLessThan(20);
      after = page.next;
    } while (after !== null);
    expect(new Set(ids).size).toBe(225);
    expect(await again.exportParquet({}, path.join(folder, 'all.parquet'))).toBe(225);
    await again.close();
  });

  test('a slice of a newer schema is refused with a sentence', async () => {
    const store = await openDuckdbStore({ ...options, folder });
    await store.close();
    const instance = await DuckDBInstance.create(path.join(folder, '000001.duckdb'));
    const connection = await instance.connect();
    await connection.run('UPDATE schema_version SET version = 99');
    connection.closeSync();
    instance.closeSync();
    await expect(openDuckdbStore({ ...options, folder })).rejects.toThrow(/newer Phosor \(schema 99/);
  });

  test('a slice whose creation was interrupted is put right', async () => {
    const instance = await DuckDBInstance.create(path.join(folder, '000001.duckdb'));
    instance.closeSync();
    const store = await openDuckdbStore({ ...options, folder });
    expect(await store.load([writeSegment(folder, 1, many(0, 5))])).toMatchObject({ rows: 5 });
    await store.close();
  });
});

describe('in its worker', () => {
  test('answers over the thread, errors keep their sentence, close ends it', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'phosor-worker-'));
    const worker = new Worker(new URL('../../worker.ts', import.meta.url), { workerData: { ...options, folder } });
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    const store = connectEventStore(worker);
    await store.load([writeSegment(folder, 1, [event(1)])]);
    expect((await store.page({}, 5, null)).events).toHaveLength(1);
    await expect(store.page({}, 5, 'nonsense')).rejects.toThrow('Start again from the first page');
    await store.close();
    expect(await exited).toBe(0);
    await expect(store.info()).rejects.toThrow('has ended');
    fs.rmSync(folder, { recursive: true, force: true });
  });
});
