import { parentPort, workerData } from 'node:worker_threads';
import { type BuildOrder, buildTables } from './build.ts';

/* Builds the tables that addresses are looked up in, apart from everything that must not wait, and ends. */

if (parentPort === null) throw new Error('runtime/intel/worker.ts is the entry of a worker thread');
parentPort.postMessage(buildTables(workerData as BuildOrder));
