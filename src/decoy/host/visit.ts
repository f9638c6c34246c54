import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import type { FieldValue } from '../../model/index.ts';
import type { DecoyRecord, TerminalRecorder, UploadSink, Visit } from '../contract.ts';
import { limits } from './limits.ts';
import type { FromChild, ToChild } from './messages.ts';
import { fitRecord } from './record.ts';
import { recordTerminal } from './recording.ts';

export type Send = (message: FromChild) => void;

export interface VisitTools {
  send: Send;
  now: () => number;
  /** Bytes that the main process has not taken yet. */
  unsentBytes: () => number;
  nextNumber: () => number;
}

/** Base64 grows by a third, and a message may hold 400,000 characters. */
const chunkBytes = 192 * 1024;

/** The child's side of one connection: counts, cuts, tells. */
export class OwnVisit implements Visit {
  readonly id: string;
  readonly address: string;
  readonly port: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly startedAt: number;
  readonly socket: Socket;
  readonly #abort = new AbortController();
  readonly #tools: VisitTools;
  #deadline: number;
  #lastHeardAt: number;
  #lastBytes = 0;
  #commands = 0;
  #outputBytes = 0;
  #cutRecords = 0;
  #uploads = 0;
  #recordings = 0;
  #reason: string | null = null;
  #isClosed = false;
  readonly #open = new Set<{ abort(): void }>();

  constructor(start: Extract<ToChild, { type: 'visit' }>, socket: Socket, tools: VisitTools) {
    this.id = start.id;
    this.address = start.address;
    this.port = start.port;
    this.localAddress = start.localAddress;
    this.localPort = start.localPort;
    this.startedAt = start.startedAt;
    this.socket = socket;
    this.#tools = tools;
    this.#deadline = start.startedAt + limits.beforeLoginMs;
    this.#lastHeardAt = start.startedAt;
    socket.setNoDelay(true);
    // A broken connection is the end of a visit, and that is told when it closes.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#reason ??= `connection failed (${error.code ?? 'unknown'})`;
    });
    socket.once('close', () => this.#close());
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  report(record: DecoyRecord): void {
    const { record: sent, cut } = fitRecord(record);
    if (cut) this.#cutRecords += 1;
    this.#tools.send({ type: 'record', visit: this.id, time: this.#tools.now(), record: sent });
  }

  describe(facts: Readonly<Record<string, string | number | boolean>>): void {
    const kept = Object.entries(facts).map(([name, value]) => [
      name,
      typeof value === 'string' ? value.toWellFormed().slice(0, 1024) : value,
    ]);
    this.#tools.send({ type: 'facts', visit: this.id, facts: Object.fromEntries(kept) });
  }

  authenticated(user: string): void {
    this.#deadline = this.startedAt + limits.sessionMs;
    this.describe({ user, logged_in: true });
  }

  countCommand(): boolean {
    this.#commands += 1;
    return this.#commands <= limits.commands;
  }

  countOutput(bytes: number): boolean {
    this.#outputBytes += bytes;
    return this.#outputBytes <= limits.outputBytes;
  }

  upload(name: string, via: string): UploadSink {
    const upload = this.#tools.nextNumber();
    const hash = createHash('sha256');
    this.#uploads += 1;
    const mayKeep = this.#uploads <= limits.uploads;
    let size = 0;
    let kept = 0;
    let waiting: Buffer[] = [];
    let waitingBytes = 0;
    let isOver = false;
    const flush = (): void => {
      if (waitingBytes === 0) return;
      const data = Buffer.concat(waiting, waitingBytes).toString('base64');
      this.#tools.send({ type: 'upload', upload, visit: this.id, data });
      waiting = [];
      waitingBytes = 0;
    };
    const finish = (complete: boolean, fields: Readonly<Record<string, FieldValue>> = {}) => {
      const result = { sha256: '', size, truncated: kept < size };
      if (isOver) return result;
      isOver = true;
      this.#open.delete(sink);
      flush();
      result.sha256 = hash.digest('hex');
      const shown = name.toWellFormed().slice(0, 1024);
      this.#tools.send({
        type: 'uploaded',
        upload,
        visit: this.id,
        name: shown,
        via,
        complete,
        fields: fitRecord({ event_type: 'decoy.upload', message: '', fields }).record.fields ?? {},
        ...result,
      });
      return result;
    };
    const sink = {
      write: (chunk: Uint8Array): boolean => {
        if (isOver) return false;
        hash.update(chunk);
        size += chunk.length;
        const room = mayKeep && this.#tools.unsentBytes() < limits.unsentBytes ? limits.uploadBytes - kept : 0;
        // Once something is missing, what comes after it would not be the file.
        if (kept < size - chunk.length || room <= 0) return false;
        for (let at = 0; at < Math.min(chunk.length, room); at += chunkBytes) {
          const part = Buffer.from(chunk.subarray(at, Math.min(at + chunkBytes, room)));
          kept += part.length;
          waiting.push(part);
          waitingBytes += part.length;
          if (waitingBytes >= chunkBytes / 2) flush();
        }
        return kept === size;
      },
      end: (fields?: Readonly<Record<string, FieldValue>>) => finish(true, fields),
      abort: () => void finish(false),
    };
    this.#open.add(sink);
    return sink;
  }

  recordTerminal(size: { columns: number; rows: number; term: string; title: string }): TerminalRecorder {
    this.#recordings += 1;
    const { recorder, close } = recordTerminal({
      ...size,
      visit: this.id,
      recording: this.#recordings,
      isKept: this.#recordings <= limits.recordings,
      now: this.#tools.now,
      send: this.#tools.send,
      isFull: () => this.#tools.unsentBytes() > limits.unsentBytes,
      onEnd: () => this.#open.delete(handle),
    });
    const handle = { abort: close };
    this.#open.add(handle);
    return recorder;
  }

  end(reason: string): void {
    this.#reason ??= reason;
    this.socket.destroySoon();
    // A client that does not read must not hold the connection.
    setTimeout(() => this.socket.destroy(), 2000).unref();
  }

  /** Called about once a second. */
  look(now: number): void {
    if (this.#isClosed) return;
    if (this.socket.bytesRead !== this.#lastBytes) {
      this.#lastBytes = this.socket.bytesRead;
      this.#lastHeardAt = now;
    }
    if (now >= this.#deadline) this.#kill('time is up');
    else if (now - this.#lastHeardAt >= limits.idleMs) this.#kill('idle');
    // What decoys count is what they meant to send; this is what they sent.
    else if (this.socket.bytesWritten > limits.outputBytes * 2) this.#kill('too much output');
  }

  #kill(reason: string): void {
    this.#reason ??= reason;
    this.socket.destroy();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const each of [...this.#open]) each.abort();
    this.#abort.abort();
    this.#tools.send({
      type: 'closed',
      visit: this.id,
      reason: this.#reason ?? 'closed',
      commands: this.#commands,
      sentBytes: this.socket.bytesWritten,
      receivedBytes: this.socket.bytesRead,
      cutRecords: this.#cutRecords,
    });
  }
}
