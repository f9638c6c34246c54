/** A disk that is full while rows are written into a slice: the engine closes the slice, and it is attached anew. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { canMount, mountSmallDisk } from '../../small-disk.test-suite.ts';
import { event, writeSegment } from '../conformance.test-suite.ts';
import { openDuckdbStore } from './store.ts';

test.skipIf(!canMount)(
  'once there is room again everything is stored once and read, without a restart',
  async () => {
    const { folder: disk, unmount } = mountSmallDisk('24m');
    const apart = fs.mkdtempSync(path.join(os.tmpdir(), 'phosor-segments-'));
    try {
      const store = await openDuckdbStore({
        folder: path.join(disk, 'events'),
        maxBytes: 6_000_000,
        isLimited: false,
        memoryLimitMb: 128,
      });
      const segments = Array.from({ length: 12 }, (_, n) =>
        writeSegment(
          apart,
          n + 1,
          Array.from({ length: 1000 }, (_, i) =>
            event(n * 1000 + i, { raw: `line ${n * 1000 + i} ${(n * 1000 + i).toString(36).repeat(100)}` }),
          ),
        ),
      );
      await store.load(segments.slice(0, 1));
      const pieces: string[] = [];
      try {
        for (;;) {
          const piece = path.join(disk, `filler${pieces.length}`);
          pieces.push(piece);
          fs.writeFileSync(piece, Buffer.alloc(256 * 1024));
        }
      } catch {
        // Full.
      }
      // Room for the slice's log, and at some point too little for the slice.
      let failure = '';
      for (const segment of segments) {
        do {
          failure = await store.load([segment]).then(() => '', String);
          if (failure.includes('No space left') && !failure.includes('invalidated')) fs.rmSync(pieces.pop() ?? '');
        } while (failure !== '' && !failure.includes('invalidated'));
        if (failure !== '') break;
      }
      expect(failure).toContain('has been invalidated');
      for (const piece of pieces) fs.rmSync(piece, { force: true });

      // What the store's loop does: it tries again.
      await expect
        .poll(() => store.load(segments).then(() => 'loaded', String), { timeout: 20_000, interval: 100 })
        .toBe('loaded');
      expect(await store.count({})).toBe(12_000);
      const { events } = await store.page({}, 1, null);
      expect(events[0]?.raw).toContain('line 11999 ');
      await store.close();
    } finally {
      unmount();
      fs.rmSync(apart, { recursive: true, force: true });
    }
  },
  60_000,
);
