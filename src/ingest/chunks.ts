import {
  type ChunkMessage,
  chunkBytes,
  type FilePosition,
  maxRecordBytes,
  recordHeaderBytes,
  type SourceInfo,
  writeRecordHeader,
} from '../model/index.ts';

/**
 * The pool of chunk buffers: where records are written, and the credit system that holds senders back.
 *
 * At most `buffers` chunks are on their way to the pipeline; each `release` gives one credit back. While credits last,
 * whatever is queued leaves on the next `setImmediate`, or `gatherMs` after the last chunk where that is later: each
 * wakes a thread twice. Once the pipeline has `eager` chunks to chew on, sending it smaller ones sooner would only cost:
 * the chunk then fills up until a release comes or it is full.
 *
 * No credit left: `hasRoom()` is false and whoever can wait (TCP, files) waits for `onRoom`. UDP cannot: its records go
 * to at most `overflowBuffers` further chunks in memory, in order, and are refused after that.
 */
export interface ChunkPool {
  /** Whether a sender that can wait should go on. */
  hasRoom(): boolean;
  /** The same for a reader that always has more (a file's backlog): it leaves room for what arrives meanwhile. */
  hasRoomForBacklog(): boolean;
  /**
   * Copies `bytes[from, to)` in as one record; what is longer than a record may be is cut. Always succeeds unless it is
   * `droppable` and the overflow is full; then false.
   */
  append(
    source: SourceHandle,
    bytes: Uint8Array,
    from: number,
    to: number,
    receivedAt: number,
    position: number,
    droppable?: boolean,
  ): boolean;
  /** States how far a file has been read once the current chunk is stored. Call it after each `append` of the file's. */
  mark(file: FileHandle, offset: number): void;
  /** Sends what is queued without waiting. */
  flush(): void;
  /** A buffer came back from the pipeline. */
  release(buffer: ArrayBuffer): void;
  /** Calls back whenever room, of either kind, comes back after there was none. */
  onRoom(callback: () => void): void;
  /** Resolves once everything that was appended was taken by the pipeline, which gave the buffers back. */
  drained(): Promise<void>;
}

/** A source as the pool knows it. Make one per source with {@link sourceHandle} and keep it. */
export interface SourceHandle {
  info: SourceInfo;
  /** In-chunk index, valid while `chunk` is the current chunk's number. */
  index: number;
  chunk: number;
}

export function sourceHandle(info: SourceInfo): SourceHandle {
  return { info, index: 0, chunk: -1 };
}

/** A file whose position travels with its records. `chunk` and `entry` belong to the pool. */
export interface FileHandle {
  key: string;
  path: string;
  chunk: number;
  entry: FilePosition | null;
}

export function fileHandle(key: string, path: string): FileHandle {
  return { key, path, chunk: -1, entry: null };
}

export interface ChunkPoolOptions {
  post: (message: ChunkMessage, transfer: ArrayBuffer[]) => void;
  /** Chunks that may be with the pipeline at once. */
  buffers?: number;
  /** Further chunks that hold UDP records in memory while no credit is left (256 KiB each). */
  overflowBuffers?: number;
  /** Chunks that a backlog may have with the pipeline: live records wait behind no more than these. */
  backlogBuffers?: number;
  /** Chunks with the pipeline from which on a chunk is filled rather than sent at once. */
  eager?: number;
  /** A chunk leaves this long after the one before it, unless it is full, ms. */
  gatherMs?: number;
}

interface OpenChunk {
  buffer: ArrayBuffer;
  view: DataView;
  bytes: Uint8Array;
  used: number;
  records: number;
  sources: SourceInfo[];
  positions: FilePosition[];
}

export function createChunkPool(options: ChunkPoolOptions): ChunkPool {
  const { post, buffers = 64, overflowBuffers = 128, backlogBuffers = 8, eager = 4, gatherMs = 5 } = options;
  const free: ArrayBuffer[] = [];
  const sealed: ChunkMessage[] = [];
  const roomCallbacks: (() => void)[] = [];
  let drainCallbacks: (() => void)[] = [];
  let current: OpenChunk | null = null;
  let chunkNumber = 0;
  let inFlight = 0;
  let wasFull = false;
  let wasFullForBacklog = false;
  let flushQueued = false;
  let sealedAt = Number.NEGATIVE_INFINITY;

  function open(size: number): OpenChunk {
    const buffer = size === chunkBytes ? (free.pop() ?? new ArrayBuffer(size)) : new ArrayBuffer(size);
    const bytes = new Uint8Array(buffer);
    return { buffer, view: new DataView(buffer), bytes, used: 0, records: 0, sources: [], positions: [] };
  }

  function seal(): void {
    if (current === null) return;
    const { buffer, used, records, sources, positions } = current;
    current = null;
    chunkNumber += 1;
    sealedAt = performance.now();
    sealed.push({ type: 'chunk', buffer, bytes: used, records, sources, positions, ack: null });
    send();
  }

  function send(): void {
    while (inFlight < buffers) {
      const message = sealed.shift();
      if (message === undefined) break;
      inFlight += 1;
      post(message, [message.buffer]);
    }
    if (inFlight >= buffers) wasFull = true;
  }

  function isEmpty(): boolean {
    return inFlight === 0 && sealed.length === 0 && current === null;
  }

  function settle(): void {
    const callbacks = drainCallbacks;
    drainCallbacks = [];
    for (const callback of callbacks) callback();
  }

  function queueFlush(): void {
    if (flushQueued) return;
    flushQueued = true;
    const flush = (): void => {
      flushQueued = false;
      if (inFlight < eager) seal();
    };
    const wait = sealedAt + gatherMs - performance.now();
    if (wait > 0) setTimeout(flush, wait);
    else setImmediate(flush);
  }

  /** The chunk that `needed` bytes fit into, or null where a droppable record has to be dropped. */
  function roomFor(needed: number, droppable: boolean): OpenChunk | null {
    if (current !== null) {
      if (current.used + needed <= current.buffer.byteLength) return current;
      seal();
    }
    if (droppable && sealed.length >= overflowBuffers) return null;
    current = open(Math.max(chunkBytes, needed));
    queueFlush();
    return current;
  }

  return {
    hasRoom: () => {
      if (inFlight < buffers) return true;
      wasFull = true;
      return false;
    },

    hasRoomForBacklog: () => {
      if (inFlight < Math.min(backlogBuffers, buffers)) return true;
      wasFullForBacklog = true;
      return false;
    },

    append(source, bytes, from, to, receivedAt, position, droppable = false) {
      const length = Math.min(to - from, maxRecordBytes);
      const chunk = roomFor(recordHeaderBytes + length, droppable);
      if (chunk === null) return false;
      if (source.chunk !== chunkNumber) {
        source.chunk = chunkNumber;
        source.index = chunk.sources.length;
        chunk.sources.push(source.info);
      }
      const at = chunk.used;
      writeRecordHeader(chunk.view, at, length, source.index, receivedAt, position);
      chunk.bytes.set(bytes.subarray(from, from + length), at + recordHeaderBytes);
      chunk.used = at + recordHeaderBytes + length;
      chunk.records += 1;
      // Full or not, it is sealed by the next record at the earliest: a `mark` may follow, and belongs to it.
      return true;
    },

    mark(file, offset) {
      current ??= roomFor(0, false);
      if (current === null) return;
      if (file.chunk !== chunkNumber || file.entry === null) {
        file.chunk = chunkNumber;
        file.entry = { key: file.key, path: file.path, offset };
        current.positions.push(file.entry);
      } else {
        file.entry.offset = offset;
      }
    },

    flush: seal,

    release(buffer) {
      inFlight = Math.max(0, inFlight - 1);
      if (buffer.byteLength === chunkBytes && free.length < buffers) free.push(buffer);
      send();
      if (drainCallbacks.length > 0) {
        seal();
        if (isEmpty()) settle();
      }
      if (current !== null && inFlight < eager) queueFlush();
      const hasRoom = wasFull && inFlight < buffers;
      const hasRoomForBacklog = wasFullForBacklog && inFlight < backlogBuffers;
      if (hasRoom || hasRoomForBacklog) {
        wasFull &&= !hasRoom;
        wasFullForBacklog &&= !hasRoomForBacklog;
        for (const callback of roomCallbacks) callback();
      }
    },

    onRoom(callback) {
      roomCallbacks.push(callback);
    },

    drained() {
      seal();
      if (isEmpty()) return Promise.resolve();
      return new Promise((resolve) => drainCallbacks.push(resolve));
    },
  };
}
