import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type ChunkPoolOptions, createChunkPool } from './chunks.ts';
import type { ChunkRelease, IngestCommand, IngestReport } from './contract.ts';
import { createIngest } from './ingest.ts';

/*
 * The ingest thread. `workerData.pipelinePort` carries ChunkMessages out and ChunkReleases back; `parentPort` carries
 * IngestCommands in and IngestReports out. It must never block for 50 ms: the kernel's UDP buffer holds no more.
 */

if (parentPort === null) throw new Error('src/ingest/worker.ts runs as a worker thread only; start it from main.ts.');
const main = parentPort;
const { pipelinePort, chunks } = workerData as {
  pipelinePort: MessagePort;
  chunks?: Pick<ChunkPoolOptions, 'buffers' | 'overflowBuffers'>;
};

const pool = createChunkPool({
  ...chunks,
  post: (message, transfer) => pipelinePort.postMessage(message, transfer),
});
pipelinePort.on('message', (message: ChunkRelease) => {
  if (message.type === 'release') pool.release(message.buffer);
});

const ingest = createIngest({ pool, report: (report: IngestReport) => main.postMessage(report) });
main.on('message', async (command: IngestCommand) => {
  await ingest.command(command);
  if (command.type === 'stop') {
    // With both ports closed nothing keeps the thread alive: it ends by itself.
    pipelinePort.close();
    main.close();
  }
});
