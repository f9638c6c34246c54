import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Event, LogRecord } from '../../src/model/index.ts';
import type { ParseContext } from '../../src/parse/contract.ts';
import { parseRecord } from '../../src/parse/index.ts';

/** One row of a corpus of real lines with the right answers. They belong to their projects and stay outside the repository. */
export interface Row {
  id: string;
  logtype: string;
  input: string[];
  expect: Record<string, unknown>;
}

const folder = join(import.meta.dirname, '../../../shared/corpora');

/** Fails, and does not skip, where the corpora are absent: this run is about nothing else. */
export function rowsOf(name: string): Row[] {
  const path = join(folder, `${name}.jsonl`);
  if (!existsSync(path)) {
    throw new Error(
      `${name}.jsonl is not in ../shared/corpora beside the checkout: get the corpora, or run npm test instead.`,
    );
  }
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}

const context: ParseContext = { zoneMinutesAt: () => 0, year: null, live: false };

export function parseLine(body: string, receivedAt = Date.UTC(2026, 10, 21, 15)): Event {
  const record: LogRecord = {
    seq: 0,
    origin: { source: 'file_corpus', source_type: 'file', peer: null, hint: null, identity: '' },
    received_at: receivedAt,
    body,
    position: -1,
  };
  return parseRecord(record, context);
}

/** A share in words: `132 of 135 (97.8 %)`. */
export function share(hits: number, total: number): string {
  return `${hits} of ${total} (${((100 * hits) / Math.max(1, total)).toFixed(1)} %)`;
}

/** An address as Phosor writes it: IPv4-mapped ones as IPv4, lower case. */
export function normalAddress(text: string): string {
  return text.replace(/^::ffff:/i, '').toLowerCase();
}

export function isAddress(text: unknown): text is string {
  return typeof text === 'string' && /^(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f]*:[\da-f:.]*)$/i.test(text);
}

/** Prints what a reader of the run wants to see, beside the assertions. */
export function report(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
