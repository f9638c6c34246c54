import { totalmem } from 'node:os';

/** What the program itself takes where it has nothing to do, with room for events that arrive. */
const ownMb = 300;

/** What this program may take, in MB: the machine's memory, or the limit of its container or service where that is lower. */
export function memoryHereMb(): number {
  const limit = process.constrainedMemory();
  return Math.min(totalmem(), limit > 0 ? limit : Number.POSITIVE_INFINITY) / 1e6;
}

/** Below this nothing is held that is there for speed alone. */
const tightMb = 800;

/** How much each part may hold. */
export interface MemoryPlan {
  store: {
    memoryLimitMb: number;
    roomMb: number;
    /** The newest slice's log is written out at this size. */
    logBytes: number;
  };
  /** Rows of one load of the store. */
  rowsPerLoad: number;
  /** Chunks on their way to the pipeline, and further ones that hold UDP records. */
  chunks: { buffers: number; overflowBuffers: number };
  /** Rows that wait for the spool: then nothing further is read. */
  unsyncedBytes: number;
  /** Young generation of a thread. */
  youngMb: number;
  /** How far a thread's heap grows beyond what lives in it before garbage is collected, in per cent. */
  heapGrowthPercent: number;
}

/** @param storeMb the store's memory as it was configured */
export function memoryPlan(storeMb: number, hereMb: number = memoryHereMb()): MemoryPlan {
  const mib = 1024 * 1024;
  const isTight = hereMb < tightMb;
  const memoryLimitMb = isTight ? Math.min(storeMb, Math.max(48, Math.round(hereMb * 0.12))) : storeMb;
  return {
    store: { memoryLimitMb, roomMb: storeRoomMb(memoryLimitMb, hereMb), logBytes: (isTight ? 16 : 32) * mib },
    rowsPerLoad: isTight ? 10_000 : 50_000,
    // Measured: three times as much young generation stores no more events per second, and costs 20 MB at rest.
    youngMb: isTight ? 6 : 9,
    // Measured at 5,000 events/s: by itself V8 lets heaps double, which takes 130 MB more and saves 0.04 of a core.
    heapGrowthPercent: isTight ? 20 : 50,
    chunks: isTight ? { buffers: 16, overflowBuffers: 48 } : { buffers: 64, overflowBuffers: 128 },
    unsyncedBytes: (isTight ? 8 : 32) * mib,
  };
}

/**
 * How far the store's memory may be raised for work that does not do with what it has as a rule.
 *
 * @param usualMb what it has as a rule
 */
export const storeRoomMb = (usualMb: number, hereMb: number): number =>
  Math.min(usualMb * 2 + 128, Math.max(usualMb + 48, Math.round(hereMb * 0.25)));

/**
 * The heap of a thread that works for a person for a while: better it ends, and says so, than the whole program.
 *
 * @param wantedMb what it gets where there is enough
 */
export const threadHeapMb = (wantedMb: number, hereMb: number = memoryHereMb()): number =>
  Math.round(Math.min(wantedMb, Math.max(96, (hereMb - ownMb) * 0.75)));
