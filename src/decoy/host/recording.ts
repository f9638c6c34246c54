import type { TerminalRecorder } from '../contract.ts';
import { limits } from './limits.ts';
import type { FromChild } from './messages.ts';

export interface RecordingOptions {
  columns: number;
  rows: number;
  term: string;
  title: string;
  visit: string;
  recording: number;
  /** False: too many recordings of this visit already. */
  isKept: boolean;
  now: () => number;
  send: (message: FromChild) => void;
  /** Whether the main process lags far behind. */
  isFull: () => boolean;
  onEnd: () => void;
}

/** Lines leave in one message after this time or length: a terminal writes single characters. */
const flushAfterMs = 500;
const flushAfterLength = 32 * 1024;

/** A terminal session as asciicast v2: a header, then [seconds, kind, text] a line. */
export function recordTerminal(options: RecordingOptions): { recorder: TerminalRecorder; close: () => void } {
  const startedAt = options.now();
  const size = (value: number): number => Math.min(1000, Math.max(1, Math.trunc(value) || 80));
  let lines = '';
  let bytes = 0;
  let cutBytes = 0;
  let timer: NodeJS.Timeout | null = null;
  let isOver = false;

  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (lines === '') return;
    options.send({ type: 'cast', visit: options.visit, recording: options.recording, lines });
    lines = '';
  };
  const add = (line: string): void => {
    if (isOver) return;
    const length = Buffer.byteLength(line) + 1;
    if (!options.isKept || bytes + length > limits.recordingBytes || options.isFull()) {
      cutBytes += length;
      return;
    }
    bytes += length;
    lines += `${line}\n`;
    if (lines.length >= flushAfterLength) flush();
    else timer ??= setTimeout(flush, flushAfterMs);
  };
  const event = (kind: 'o' | 'i' | 'r' | 'm', text: string): void => {
    // A message holds 400,000 characters; escapes may make six of one.
    for (let at = 0; at < text.length || at === 0; at += 32_768) {
      const part = text.slice(at, at + 32_768).toWellFormed();
      add(JSON.stringify([Math.max(0, options.now() - startedAt) / 1000, kind, part]));
    }
  };

  add(
    JSON.stringify({
      version: 2,
      width: size(options.columns),
      height: size(options.rows),
      timestamp: Math.floor(startedAt / 1000),
      title: options.title.toWellFormed().slice(0, 200),
      env: { TERM: options.term.toWellFormed().slice(0, 60), SHELL: '/bin/bash' },
    }),
  );
  const close = (): void => {
    if (isOver) return;
    flush();
    isOver = true;
    options.onEnd();
    options.send({ type: 'cast_end', visit: options.visit, recording: options.recording, cutBytes });
  };
  return {
    recorder: {
      output: (text) => event('o', text),
      input: (text) => event('i', text),
      resize: (columns, rows) => event('r', `${size(columns)}x${size(rows)}`),
      marker: (label) => event('m', label.slice(0, 1000)),
      end: close,
    },
    close,
  };
}
