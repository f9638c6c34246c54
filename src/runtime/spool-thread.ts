import type { MessagePort, Worker } from 'node:worker_threads';
import type { IngestCommand } from '../ingest/contract.ts';
import type { Log } from '../serve/contract.ts';
import type { SpoolCommand, SpoolReport } from '../store/contract.ts';
import type { recoverSpool } from '../store/spool/recover.ts';
import type { PipelineClient } from './pipeline-client.ts';
import { serverThread } from './server-thread.ts';
import type { StoreLoop } from './store-loop.ts';

/** `main`'s side of the spool worker. */
export interface SpoolThread {
  worker: Worker;
  /** Asks the spool to close its open segment. */
  seal(request: number): void;
  /** Deletes segments. */
  remove(ids: readonly number[]): void;
  /** Who hears what the spool reports. */
  listen(to: {
    pipeline: PipelineClient;
    loop: StoreLoop;
    tellIngest: (command: IngestCommand) => void;
    log: Log;
  }): void;
  /** Resolves when everything it was handed is on the disk. */
  stop(): Promise<void>;
}

/** @param pipelinePort the end at which the pipeline's appends arrive */
export function startSpoolThread(options: {
  folder: string;
  /** Bytes that the store has not taken yet before the spool is full. */
  maxPendingBytes: number;
  recovered: ReturnType<typeof recoverSpool>;
  pipelinePort: MessagePort;
}): SpoolThread {
  const { folder, maxPendingBytes, recovered, pipelinePort } = options;
  const worker = serverThread('store/spool/worker', {
    folder,
    maxPendingBytes,
    nextSegment: recovered.nextSegment,
    lastBatch: recovered.lastBatch,
    pending: recovered.segments.map(({ id, bytes }) => ({ id, bytes })),
    positions: recovered.positions,
  });
  const tell = (command: SpoolCommand, transfer: unknown[] = []): void =>
    worker.postMessage(command, transfer as never[]);
  tell({ type: 'connect', port: pipelinePort }, [pipelinePort]);
  const stopped = Promise.withResolvers<void>();

  return {
    worker,
    seal: (request) => tell({ type: 'seal', request }),
    remove: (ids) => tell({ type: 'delete', ids }),
    listen({ pipeline, loop, tellIngest, log }) {
      worker.on('message', (report: SpoolReport) => {
        switch (report.type) {
          case 'synced':
            pipeline.synced(report);
            break;
          case 'rejected':
            pipeline.refused(report.acks);
            break;
          case 'sealed':
            loop.sealed(report);
            break;
          case 'seal_done':
            loop.sealDone(report.request, report.upToSegment);
            break;
          case 'state':
            if (report.state !== pipeline.stats().spool.state) {
              log(report.state === 'full' ? 'error' : 'info', report.reason ?? 'Events are stored again.');
              tellIngest({ type: 'spool', state: report.state });
            }
            pipeline.spoolState(report);
            break;
          case 'stopped':
            stopped.resolve();
            break;
        }
      });
    },
    stop() {
      tell({ type: 'stop' });
      return stopped.promise;
    },
  };
}
