import { parentPort, workerData } from 'node:worker_threads';
import type { PdfDocument } from './document.ts';
import { renderPdf } from './render.ts';

/** Prints one document and ends. */
const bytes = await renderPdf(workerData as PdfDocument);
const whole = new Uint8Array(bytes);
parentPort?.postMessage(whole, [whole.buffer]);
