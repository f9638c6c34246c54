import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { EventFilter } from '../../store/contract.ts';
import type { Services } from '../contract.ts';
import { csvRow } from '../csv.ts';
import { logParts } from './read.ts';
import type { LogView } from './shapes.ts';

export const exportFormats = ['csv', 'json', 'ndjson', 'parquet'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export const exportTypes: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
};

const csvColumns = [
  'id',
  'timestamp',
  'source_ip',
  'destination_ip',
  'source_port',
  'destination_port',
  'protocol',
  'log_source',
  'event_type',
  'severity',
  'username',
  'raw_log',
  'severity_level',
] as const satisfies (keyof LogView)[];

/** All logs of a filter, newest first, a part at a time: no export is ever held as a whole. */
export function exportStream(
  services: Services,
  filter: EventFilter,
  format: Exclude<ExportFormat, 'parquet'>,
): Readable {
  const parts = logParts(services, filter);
  return Readable.from(format === 'csv' ? csv(parts) : format === 'json' ? json(parts) : ndjson(parts), {
    objectMode: false,
  });
}

async function* csv(parts: AsyncIterable<LogView[]>): AsyncGenerator<string> {
  yield csvRow(csvColumns);
  for await (const part of parts) yield part.map((log) => csvRow(csvColumns.map((name) => log[name]))).join('');
}

async function* ndjson(parts: AsyncIterable<LogView[]>): AsyncGenerator<string> {
  for await (const part of parts) yield part.map((log) => `${JSON.stringify(log)}\n`).join('');
}

async function* json(parts: AsyncIterable<LogView[]>): AsyncGenerator<string> {
  let isFirst = true;
  for await (const part of parts) {
    yield `${isFirst ? '[\n' : ',\n'}${part.map((log) => JSON.stringify(log)).join(',\n')}`;
    isFirst = false;
  }
  yield isFirst ? '[]\n' : '\n]\n';
}

/** Written to a temporary file by the store, which is removed once it was read, or once nobody reads on. */
export async function parquetStream(
  { events }: Services,
  filter: EventFilter,
): Promise<{ stream: Readable; rows: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'phosor-export-'));
  const remove = (): void => void rm(folder, { recursive: true, force: true });
  try {
    const file = join(folder, 'events.parquet');
    const rows = await events.exportParquet(filter, file);
    const stream = createReadStream(file);
    stream.once('close', remove);
    return { stream, rows };
  } catch (error) {
    remove();
    throw error;
  }
}
