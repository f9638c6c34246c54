import fs from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import type { FilePosition } from '../../model/index.ts';

/** What must outlive the segments that are deleted. */
export interface CheckpointState {
  /** Highest segment id and batch number ever used: neither is used twice, or the store would take a new segment for an old one. */
  segment: number;
  batch: number;
  positions: FilePosition[];
  /** Segments that are about to be unlinked; a start after a crash finishes that. */
  deleting: number[];
}

const slotBytes = 64 * 1024;

/**
 * Two padded files that are overwritten in turn, so that a checkpoint needs no new space: on a full disk, deleting
 * what the store has taken is the way out, and it must not wait for space itself. The newer one whose checksum holds
 * is valid; a crash in the middle of one leaves the other.
 */
export class Checkpoint {
  #folder: string;
  #generation = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  read(): CheckpointState | null {
    let newest: CheckpointState | null = null;
    for (const slot of [0, 1]) {
      const found = readSlot(this.#slot(slot));
      if (found === null || found.generation < this.#generation) continue;
      this.#generation = found.generation;
      newest = found.state;
    }
    return newest;
  }

  /** Durable when it returns. */
  write(state: CheckpointState): void {
    const generation = this.#generation + 1;
    const body = JSON.stringify({ generation, state });
    const text = Buffer.from(`${crc32(body)} ${body}\n`);
    const padded = Buffer.alloc(Math.ceil(text.length / slotBytes) * slotBytes, ' ');
    text.copy(padded);
    const file = this.#slot(generation % 2);
    const fd = fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
    try {
      for (let done = 0; done < padded.length; ) done += fs.writeSync(fd, padded, done, padded.length - done, done);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    this.#generation = generation;
  }

  #slot(slot: number): string {
    return path.join(this.#folder, `checkpoint-${slot === 0 ? 'a' : 'b'}`);
  }
}

function readSlot(file: string): { generation: number; state: CheckpointState } | null {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const end = text.indexOf('\n');
  const space = text.indexOf(' ');
  if (end < 0 || space < 0 || space > end) return null;
  const body = text.slice(space + 1, end);
  return Number(text.slice(0, space)) === crc32(body) ? JSON.parse(body) : null;
}

/** No segment up to `segment` will be used again in the folder, whatever else its checkpoint says. */
export function skipSegments(folder: string, segment: number): void {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const checkpoint = new Checkpoint(folder);
  const state = checkpoint.read() ?? { segment: 0, batch: 0, positions: [], deleting: [] };
  if (state.segment < segment) checkpoint.write({ ...state, segment });
}
