/** The thread that reads packets: of a running tcpdump or dumpcap, or of a file. Main never sees a packet. */
import type { ChildProcess } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { digest } from '../../packet-file.ts';
import { recordLine } from '../../wire/records.ts';
import { Wire } from '../../wire/wire.ts';
import { explainEnd, HelperVoice, isDumpcap, startHelper } from './helper.ts';
import type { CaptureCommand, CaptureJob, CaptureReport, FileJob } from './messages.ts';
import { pictureOf } from './picture.ts';

const main = parentPort as NonNullable<typeof parentPort>;
const job = workerData as CaptureJob | FileJob;
const tell = (report: CaptureReport): void => main.postMessage(report);

const batchLines = 500;
const batchEveryMs = 200;
/** Batches that may be on their way: what is more is counted and lost live, and waited for with files. */
const maxBatches = job.kind === 'live' ? 32 : 4;

let lines: string[] = [];
let numbered = 0;
let onTheWay = 0;
let notTaken = 0;
let bytesRead = 0;
let roomFor: (() => void) | null = null;

const wire = new Wire({
  digest,
  flows: job.flows,
  tell: (record) => {
    if (job.kind === 'live' && lines.length >= batchLines * maxBatches) notTaken += 1;
    else lines.push(recordLine(record));
  },
});

function hand(): void {
  while (lines.length > 0 && onTheWay < maxBatches) {
    const batch = lines.length <= batchLines ? lines : lines.slice(0, batchLines);
    lines = lines.length <= batchLines ? [] : lines.slice(batchLines);
    onTheWay += 1;
    tell({ type: 'lines', lines: batch, first: numbered });
    numbered += batch.length;
  }
}

let voice: HelperVoice | null = null;

function tellFigures(): void {
  const captured = wire.interfaceCounts[0];
  const received = voice?.received ?? captured?.received ?? null;
  const lost = voice?.lost ?? captured?.dropped ?? null;
  tell({ type: 'figures', counts: wire.counts(), received, lost, notTaken, bytesRead });
}

/** Waits until everything was taken, so that the end comes last. */
async function drain(): Promise<void> {
  hand();
  while (lines.length > 0 || onTheWay > 0) {
    await new Promise<void>((resolve) => {
      roomFor = resolve;
    });
    hand();
  }
}

let child: ChildProcess | null = null;

main.on('message', (command: CaptureCommand) => {
  switch (command.type) {
    case 'taken': {
      onTheWay -= 1;
      hand();
      const wake = roomFor;
      roomFor = null;
      wake?.();
      break;
    }
    case 'picture':
      tell({ type: 'picture', ticket: command.ticket, picture: pictureOf(wire, command.question) });
      break;
    case 'stop':
      if (child === null) main.close();
      else child.kill('SIGINT');
      break;
  }
});

if (job.kind === 'live') live(job);
else await readFile(job);

function live(capture: CaptureJob): void {
  const helper = startHelper(capture);
  const heard = new HelperVoice();
  child = helper;
  voice = heard;
  let isRunning = false;
  const began = (): void => {
    if (isRunning) return;
    isRunning = true;
    tell({ type: 'running', program: capture.program });
  };
  helper.stdout?.on('data', (chunk: Buffer) => {
    began();
    bytesRead += chunk.length;
    if (!wire.push(chunk)) helper.kill('SIGINT');
    if (lines.length >= batchLines) hand();
  });
  helper.stderr?.setEncoding('utf8').on('data', (text: string) => heard.hear(text));
  const timers = [
    setInterval(hand, batchEveryMs),
    setInterval(() => {
      wire.tick(Date.now());
      tellFigures();
    }, 1000),
    setInterval(() => {
      // tcpdump then says how much it has seen and lost; dumpcap says it at its end.
      if (isRunning && !isDumpcap(capture.program)) helper.kill('SIGUSR1');
    }, 2000),
  ];
  const over = (complaint: string): void => {
    for (const timer of timers) clearInterval(timer);
    wire.end();
    const { detail, hint, isFinal } = explainEnd(capture.program, wire.problem && isRunning ? wire.problem : complaint);
    void drain().then(() => {
      tellFigures();
      tell({ type: 'ended', detail, hint, isFinal });
      main.close();
    });
  };
  helper.on('error', (error) => over(error.message));
  helper.on('close', () => over(heard.complaint()));
}

async function readFile({ path }: FileJob): Promise<void> {
  const timer = setInterval(tellFigures, 500);
  let detail: string | null = null;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
      bytesRead += chunk.length;
      if (!wire.push(chunk)) break;
      if (lines.length > 0) await drain();
    }
    wire.end();
    detail = wire.problem;
  } catch (error) {
    detail = error instanceof Error ? error.message : String(error);
  }
  await drain();
  clearInterval(timer);
  tellFigures();
  tell({ type: 'ended', detail, hint: null, isFinal: true });
  main.close();
}
