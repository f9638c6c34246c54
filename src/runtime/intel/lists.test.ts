import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { IntelLookup } from '../../enrich/intel/tables.ts';
import { openSqliteState } from '../../store/state/sqlite/state.ts';
import { buildTables } from './build.ts';
import { IntelLists } from './lists.ts';

let dataDir = '';
let server: Server;
let url = '';
let status = 200;
let text = '203.0.113.9\n';
let requests = 0;
let changes = 0;
const clock = { now: Date.UTC(2026, 10, 20, 10) };
const state = openSqliteState(':memory:');
let lists: IntelLists;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'phosor-lists-'));
  [status, text, requests, changes] = [200, '203.0.113.9\n', 0, 0];
  server = createServer((_, reply) => {
    requests += 1;
    reply.writeHead(status).end(text);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/list`;
  lists = new IntelLists({
    state,
    dataDir,
    now: () => clock.now,
    log: () => undefined,
    allowPrivate: () => true,
    onChange: () => {
      changes += 1;
    },
  });
});
afterEach(() => {
  lists.stop();
  server.close();
  for (const { id } of state.intel.lists()) state.intel.removeList(id);
  rmSync(dataDir, { recursive: true, force: true });
});

const own = { name: 'Test', category: 'c2', level: 'malicious' as const, everyHours: 1 };
const find = (address: string) => new IntelLookup(buildTables({ ...lists.order(), allowed: [] }).tables).find(address);

test('a fetched list matches; what fails leaves the last good copy, and waits longer each time', async () => {
  const { id } = lists.add({ ...own, url });
  await vi.waitFor(() => expect(lists.views().find((list) => list.id === id)?.fetched_at).toBe(clock.now));
  expect(find('203.0.113.9')).toMatchObject({ feeds: [id], categories: ['c2'], matched: '203.0.113.9' });
  expect(changes).toBe(1);

  status = 503;
  for (const minutes of [5, 10, 20, 40, 60, 60]) {
    const failed = await lists.fetchNow(id);
    expect(failed.error).toContain('503');
    expect(failed.next_at).toBe(clock.now + minutes * 60_000);
  }
  expect(find('203.0.113.9')).not.toBeNull();

  [status, text] = [200, '<!DOCTYPE html><html>we moved</html>'];
  expect(id).toMatch(/^test-[0-9a-f]{4}$/);
  for (const [answer, error] of [
    [text, 'web page'],
    [' \n', 'an empty file'],
    ['{"error": "rate limit"}', 'a message instead'],
  ] as const) {
    text = answer;
    expect((await lists.fetchNow(id)).error).toContain(error);
    expect(find('203.0.113.9')).not.toBeNull();
  }

  text = '198.51.100.0/24\n';
  expect(await lists.fetchNow(id)).toMatchObject({ error: null, next_at: clock.now + 3_600_000 });
  expect(find('203.0.113.9')).toBeNull();
  expect(find('198.51.100.77')).toMatchObject({ matched: '198.51.100.0/24' });
});

test('off is off: nothing is fetched and nothing matches; removed is gone from the disk', async () => {
  lists.begin();
  expect(requests).toBe(0);
  const { id } = lists.add({ ...own, url });
  await vi.waitFor(() => expect(lists.views().find((list) => list.id === id)?.fetched_at).not.toBeNull());
  lists.change(id, { enabled: false });
  expect(find('203.0.113.9')).toBeNull();
  await expect(lists.fetchNow(id)).rejects.toThrow('is off');
  lists.change(id, { enabled: true, level: 'suspicious' });
  expect(find('203.0.113.9')?.level).toBe('suspicious');
  expect(requests).toBe(1);
  expect(lists.remove(id)).toBe(true);
  expect(readdirSync(join(dataDir, 'intel/lists'))).toEqual([]);
  expect(() => lists.remove('feodo')).toThrow('switch it off');
});

test('uploaded lists and files of the folder', async () => {
  const { id } = await lists.upload(null, own, '203.0.113.0/24\n');
  writeFileSync(join(dataDir, 'intel', 'mine.txt'), '203.0.113.9\n198.51.100.7\n');
  writeFileSync(join(dataDir, 'intel', 'notes.md'), '198.51.100.8\n');
  expect(find('203.0.113.9')).toEqual({
    matched: '203.0.113.9',
    feeds: [id, 'file:mine.txt'],
    categories: ['c2', 'own'],
    labels: [],
    level: 'malicious',
  });
  expect(find('198.51.100.8')).toBeNull();
  const built = buildTables({ ...lists.order(), allowed: ['203.0.113.0/28'] });
  lists.note(built.lists);
  expect(lists.views().map(({ id: each, entries }) => [each, entries])).toContainEqual(['file:mine.txt', 2]);
  // Allowed goes before listed.
  expect(new IntelLookup(built.tables).find('203.0.113.9')).toBeNull();
  expect(new IntelLookup(built.tables).find('203.0.113.99')).not.toBeNull();
  await lists.upload(id, own, '198.51.100.0/24\n');
  expect(find('203.0.113.77')).toBeNull();
});
