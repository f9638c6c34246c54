import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Event, LogRecord, SourceInfo } from '../model/index.ts';
import { eventId } from '../model/index.ts';
import { parseRecord } from '../parse/index.ts';
import type { EventStore } from '../store/contract.ts';
import { openDuckdbStore } from '../store/events/duckdb/store.ts';
import { encodeRow } from '../store/events/row.ts';
import { testTime } from './fakes.test-suite.ts';

/** A real event store in a folder of its own, for routes whose answer is the store's. */
export interface TestHistory {
  store: EventStore;
  /** Parses lines as those of a source, a second apart from `testTime` on, and stores them. */
  add(lines: readonly string[], origin?: Partial<SourceInfo>): Promise<Event[]>;
  put(events: readonly Event[]): Promise<void>;
  close(): Promise<void>;
}

export async function openHistory(): Promise<TestHistory> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'phosor-history-'));
  const store = await openDuckdbStore({
    folder: path.join(folder, 'events'),
    maxBytes: 256 * 1024 * 1024,
    memoryLimitMb: 128,
  });
  let segments = 0;
  let records = 0;
  const put = async (events: readonly Event[]): Promise<void> => {
    segments += 1;
    const file = path.join(folder, `${segments}.ndjson`);
    fs.writeFileSync(file, events.map(encodeRow).join(''));
    await store.load([{ id: segments, path: file }]);
  };
  return {
    store,
    put,
    async add(lines, origin) {
      const events = lines.map((body) => {
        records += 1;
        const received_at = testTime + records * 1000;
        const record: LogRecord = {
          seq: records,
          origin: {
            source: 'file_auth.log',
            source_type: 'file',
            peer: null,
            hint: null,
            identity: '',
            ...origin,
          },
          received_at,
          body,
          position: records,
        };
        const event = parseRecord(record, { zoneMinutesAt: () => 0, year: null, live: true });
        event.id = eventId(event.time, records, records * 7919, 1);
        return event;
      });
      await put(events);
      return events;
    },
    async close() {
      await store.close();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
