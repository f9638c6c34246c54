import fs from 'node:fs';
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { SpoolAppend, SpoolCommand, SpoolOptions, SpoolRelease, SpoolReport } from '../contract.ts';
import { Spool } from './spool.ts';

/*
 * The spool's thread. The pipeline posts SpoolAppend on a port of its own; main commands and is reported to. What has
 * queued up on the ports is appended before one sync serves it all.
 */

const parent = parentPort;
if (parent === null) throw new Error('spool/worker.ts is the entry of a worker thread');

const options = workerData as SpoolOptions;
fs.mkdirSync(options.folder, { recursive: true, mode: 0o700 });

const ports: MessagePort[] = [];
const spool = new Spool(options, (report: SpoolReport) => parent.postMessage(report));
let timer: NodeJS.Timeout | undefined;

function take(port: MessagePort, message: SpoolAppend): void {
  const { buffer, bytes, rows, batch, positions, acks } = message;
  spool.append({ batch, bytes: new Uint8Array(buffer, 0, bytes), rows, positions, acks });
  const release: SpoolRelease = { type: 'release', buffer };
  port.postMessage(release, [buffer]);
}

function drain(): void {
  for (const port of ports) {
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      take(port, next.message as SpoolAppend);
    }
  }
}

function afterWork(): void {
  if (spool.wantsSync) spool.sync();
  clearTimeout(timer);
  const next = spool.nextTick();
  if (next === null) return;
  timer = setTimeout(
    () => {
      spool.tick();
      afterWork();
    },
    Math.max(1, Math.ceil(next - performance.now())),
  );
}

parent.on('message', (command: SpoolCommand) => {
  if (command.type === 'connect') {
    const { port } = command;
    ports.push(port);
    port.on('message', (message: SpoolAppend) => {
      take(port, message);
      drain();
      afterWork();
    });
    return;
  }
  drain();
  if (command.type === 'seal') {
    const upToSegment = spool.seal();
    parent.postMessage({ type: 'seal_done', request: command.request ?? 0, upToSegment } satisfies SpoolReport);
  } else if (command.type === 'delete') {
    spool.delete(command.ids);
  } else {
    clearTimeout(timer);
    spool.close();
    for (const port of ports) port.close();
    parent.postMessage({ type: 'stopped' } satisfies SpoolReport);
    parent.close();
    return;
  }
  afterWork();
});

spool.reportState();
