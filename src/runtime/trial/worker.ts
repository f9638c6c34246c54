import { createHash } from 'node:crypto';
import { getHeapStatistics } from 'node:v8';
import { parentPort } from 'node:worker_threads';
import { setMappings, setPlaceholders } from '../../detect/index.ts';
import type { RuleDoc } from '../../model/index.ts';
import { RefusedError } from '../../serve/contract.ts';
import { type TrialOrder, type TrialReport, trialJobs } from './jobs.ts';

/* Tries big rules in a thread of its own, one after the other. Who started it ends it. */

const parent = parentPort;
if (parent === null) throw new Error('runtime/trial/worker.ts is the entry of a worker thread');

/** Rules that are the same as before are the same objects: what was compiled of them is found again. */
const docs = new Map<string, RuleDoc>();
const mostDocs = 10_000;

function known(doc: RuleDoc): RuleDoc {
  // When it was written changes nothing.
  const { created_at: _, updated_at: __, ...said } = doc;
  const key = createHash('sha256').update(JSON.stringify(said)).digest('base64');
  let same = docs.get(key);
  if (same === undefined) {
    if (docs.size >= mostDocs) docs.clear();
    docs.set(key, doc);
    same = doc;
  }
  return same;
}

const isDoc = (value: unknown): value is RuleDoc =>
  typeof value === 'object' && value !== null && 'config' in value && 'severity' in value;
const interned = (value: unknown): unknown =>
  isDoc(value) ? known(value) : Array.isArray(value) && value.every(isDoc) ? value.map(known) : value;

let contextKey = '';

async function obey({ id, kind, input, context }: TrialOrder): Promise<TrialReport> {
  const key = JSON.stringify(context);
  if (key !== contextKey) {
    contextKey = key;
    setMappings(context.mappings);
    setPlaceholders(context.placeholders);
  }
  try {
    const job = trialJobs[kind] as (...input: unknown[]) => unknown;
    const answer = await job(...input.map(interned));
    return { id, type: 'done', answer, heapBytes: getHeapStatistics().used_heap_size };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { id, type: 'failed', detail, refused: error instanceof RefusedError };
  }
}

let last: Promise<unknown> = Promise.resolve();
parent.on('message', (order: TrialOrder) => {
  last = last.then(async () => parent.postMessage(await obey(order)));
});
