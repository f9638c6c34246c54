import type { MessagePort, Worker } from 'node:worker_threads';
import type { IngestCommand, IngestReport } from '../ingest/contract.ts';
import type { Log } from '../serve/contract.ts';
import type { limitedSenderTeller } from './limited-senders.ts';
import type { MemoryPlan } from './memory.ts';
import { serverThread } from './server-thread.ts';
import type { Sources } from './source-control.ts';

const statsEveryMs = 1000;

/** `main`'s side of the ingest worker. */
export interface IngestThread {
  worker: Worker;
  tell(command: IngestCommand): void;
  /** Who hears what ingest reports. */
  listen(to: { sources: Sources; tellLimited: ReturnType<typeof limitedSenderTeller>; log: Log }): void;
  /**
   * Opens what is configured, and asks for figures once a second from then on.
   *
   * @returns why listeners that Phosor cannot do without could not be opened
   */
  start(command: Omit<Extract<IngestCommand, { type: 'start' }>, 'type'>): Promise<string[]>;
  /** Resolves when the pipeline has taken everything that had arrived. */
  stop(): Promise<void>;
}

/**
 * @param pipelinePort the end at which chunks leave
 * @param chunks how many of them may be on their way
 */
export function startIngestThread(pipelinePort: MessagePort, chunks: MemoryPlan['chunks']): IngestThread {
  const worker = serverThread('ingest/worker', { pipelinePort, chunks }, [pipelinePort]);
  const tell = (command: IngestCommand): void => worker.postMessage(command);
  const stopped = Promise.withResolvers<void>();
  let statsTimer: NodeJS.Timeout | undefined;

  return {
    worker,
    tell,
    listen({ sources, tellLimited, log }) {
      worker.on('message', (report: IngestReport) => {
        sources.note(report);
        if (report.type === 'failed' && !report.fatal) log('warn', report.message);
        if (report.type === 'limited') tellLimited(report);
        if (report.type === 'stopped') stopped.resolve();
      });
    },
    async start(command) {
      const answered = failuresOf(worker);
      tell({ type: 'start', ...command });
      const failures = await answered;
      statsTimer = setInterval(() => tell({ type: 'stats' }), statsEveryMs);
      return failures;
    },
    stop() {
      clearInterval(statsTimer);
      tell({ type: 'stop' });
      return stopped.promise;
    },
  };
}

/** Resolves when everything that is configured is open, or was tried. */
function failuresOf(worker: Worker): Promise<string[]> {
  const failures: string[] = [];
  return new Promise((resolve) => {
    const look = (report: IngestReport): void => {
      if (report.type === 'failed' && report.fatal) failures.push(report.message);
      if (report.type !== 'started') return;
      worker.off('message', look);
      resolve(failures);
    };
    worker.on('message', look);
  });
}
