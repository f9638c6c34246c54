import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { memoryPlan } from './memory.ts';

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const source = (path: string): URL => new URL(`../${path}${extension}`, import.meta.url);

/** The launcher's small young generation is for this thread; each worker has a limit of its own (0: the flag is not set). */
setFlagsFromString('--max-semi-space-size=0');
const { youngMb, heapGrowthPercent } = memoryPlan(0);
setFlagsFromString(`--heap-growing-percent=${heapGrowthPercent}`);

/** A thread that lives as long as the server. @param entry its file, from `src`, without the ending */
export const serverThread = (entry: string, workerData: unknown, transferList: readonly unknown[] = []): Worker =>
  new Worker(source(entry), {
    workerData,
    transferList: transferList as never[],
    resourceLimits: { maxYoungGenerationSizeMb: youngMb },
    execArgv: ['--import', source('runtime/rest/thread').href],
  });
