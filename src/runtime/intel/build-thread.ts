import { Worker } from 'node:worker_threads';
import { threadHeapMb } from '../memory.ts';
import { deathOf } from '../thread-death.ts';
import type { BuildOrder, BuildReport } from './build.ts';

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const memoryMb = 512;

/** Builds in a thread of its own. Rejects where that dies. */
export function buildAside(order: BuildOrder): Promise<BuildReport> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(`./worker${extension}`, import.meta.url), {
      workerData: order,
      resourceLimits: { maxOldGenerationSizeMb: threadHeapMb(memoryMb), maxYoungGenerationSizeMb: 16 },
    });
    worker.unref();
    worker.once('message', resolve);
    worker.once('error', (error) => reject(deathOf(error, 'The lists need too much memory. Switch off the largest.')));
    worker.once('exit', () => reject(new Error('The thread that reads lists ended without an answer.')));
  });
}
