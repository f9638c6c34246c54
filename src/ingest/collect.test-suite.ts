import { type ChunkMessage, type FilePosition, type SourceInfo, walkChunk } from '../model/index.ts';
import { type ChunkPool, type ChunkPoolOptions, createChunkPool } from './chunks.ts';

/** A pool whose chunks end in arrays: plays the pipeline in tests. */
export interface Collector {
  pool: ChunkPool;
  records: { text: string; source: SourceInfo; position: number }[];
  chunks: Pick<ChunkMessage, 'bytes' | 'records' | 'positions'>[];
  /** What the spool would know: the last position of every key. */
  positions: Map<string, FilePosition>;
  texts(): string[];
  /** Keeps the buffers (a slow pipeline) until `letGo`. */
  hold(): void;
  letGo(): void;
  /** Resolves once the condition holds; looked at after every chunk and every 5 ms. */
  until(condition: () => boolean): Promise<void>;
}

export function collect(options: Omit<ChunkPoolOptions, 'post'> = {}): Collector {
  const records: Collector['records'] = [];
  const chunks: Collector['chunks'] = [];
  const positions = new Map<string, FilePosition>();
  const held: ArrayBuffer[] = [];
  let isHolding = false;

  const pool = createChunkPool({
    ...options,
    post(message, transfer) {
      const chunk = structuredClone(message, { transfer });
      setImmediate(() => {
        walkChunk(chunk, (at, bytes, index, _receivedAt, position) => {
          const source = chunk.sources[index];
          if (source === undefined) throw new Error(`a record names source ${index}, which its chunk does not have`);
          records.push({ text: Buffer.from(chunk.buffer, at, bytes).toString('latin1'), source, position });
        });
        chunks.push({ bytes: chunk.bytes, records: chunk.records, positions: chunk.positions });
        for (const position of chunk.positions) positions.set(position.key, position);
        held.push(chunk.buffer);
        if (!isHolding) letGo();
      });
    },
  });

  function letGo(): void {
    isHolding = false;
    for (const buffer of held.splice(0)) pool.release(buffer);
  }

  return {
    pool,
    records,
    chunks,
    positions,
    texts: () => records.map(({ text }) => text),
    hold: () => {
      isHolding = true;
    },
    letGo,
    until: async (condition) => {
      const deadline = Date.now() + 20_000;
      while (!condition()) {
        if (Date.now() > deadline) throw new Error(`waited 20 s in vain; ${records.length} records came`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}
