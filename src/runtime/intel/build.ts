import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { addressWords, readAddress } from '../../enrich/address.ts';
import type { IntelFeed, IntelTables } from '../../enrich/contract.ts';
import { type ListCount, readList } from '../../enrich/intel/list.ts';
import { IntelBuilder } from '../../enrich/intel/tables.ts';

/** Networks of all lists together; some 36 MB of them. Lists behind that are cut, and say so. */
const mostNetworks = 1_000_000;
/** A larger file is no list of addresses that anybody can mean. */
const mostBytes = 64 * 1024 * 1024;

/** What is to be built. */
export interface BuildOrder {
  lists: readonly { feed: IntelFeed; path: string }[];
  /** Folder whose files are lists of their own, named after them. */
  folder: { path: string; category: string; level: IntelFeed['level'] } | null;
  /** Addresses and networks that never match. */
  allowed: readonly string[];
}

export interface BuiltList {
  feed: IntelFeed;
  /** Null: it could not be read. */
  count: ListCount | null;
  /** What went wrong, in a sentence; null: nothing. */
  problem: string | null;
  fromFolder: boolean;
  /** Of its file. Epoch ms; null: it cannot be read. */
  modified_at: number | null;
  bytes: number | null;
}

export interface BuildReport {
  tables: IntelTables;
  lists: BuiltList[];
  ms: number;
}

const listFile = /\.(?:txt|csv|json|netset|ipset|list)$/i;

/** Reads lists and builds what addresses are looked up in, in memory that threads share. It takes a second per million. */
export function buildTables(order: BuildOrder): BuildReport {
  const began = performance.now();
  const lists: { feed: IntelFeed; path: string; fromFolder: boolean }[] = [
    ...order.lists.map((list) => ({ ...list, fromFolder: false })),
    ...filesOf(order.folder),
  ];
  const builder = new IntelBuilder();
  const built = lists.map(({ feed, path, fromFolder }): BuiltList => {
    let bytes: number | null = null;
    let modified_at: number | null = null;
    try {
      const { size, mtimeMs } = statSync(path);
      [bytes, modified_at] = [size, Math.round(mtimeMs)];
      if (size > mostBytes) throw new Error(`it has ${size} bytes, and a list may have ${mostBytes}`);
      let left = 0;
      const count = readList(readFileSync(path, 'latin1'), (kind, words, bits, label) => {
        if (builder.networks >= mostNetworks) left += 1;
        else builder.add(feed, kind, words, bits, label);
      });
      const problem =
        left === 0 ? null : `${left} of its entries were left out: all lists together may have ${mostNetworks}.`;
      return { feed, count: { ...count, entries: count.entries - left }, problem, fromFolder, modified_at, bytes };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { feed, count: null, problem: `The list cannot be read: ${why}.`, fromFolder, modified_at, bytes };
    }
  });
  const words = addressWords();
  for (const network of order.allowed) {
    const [address = '', length] = network.split('/');
    const kind = readAddress(address, words);
    if (kind !== 0) builder.allow(kind, words, length === undefined ? (kind === 4 ? 32 : 128) : Number(length));
  }
  const tables = builder.finish((bytes) => new SharedArrayBuffer(bytes));
  return { tables, lists: built, ms: performance.now() - began };
}

function filesOf(folder: BuildOrder['folder']): { feed: IntelFeed; path: string; fromFolder: true }[] {
  if (folder === null) return [];
  const { path, category, level } = folder;
  let names: string[] = [];
  try {
    names = readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isFile() && listFile.test(entry.name))
      .map(({ name }) => name)
      .sort();
  } catch {
    // No folder, no lists.
  }
  return names.map((name) => ({
    feed: { id: `file:${name}`, category, level },
    path: join(path, name),
    fromFolder: true as const,
  }));
}
