import { totalmem } from 'node:os';

/** What the program itself takes where it has nothing to do, with room for events that arrive. */
const ownMb = 300;

/** What this program may take, in MB: the machine's memory, or the limit of its container or service where that is lower. */
export function memoryHereMb(): number {
  const limit = process.constrainedMemory();
  return Math.min(totalmem(), limit > 0 ? limit : Number.POSITIVE_INFINITY) / 1e6;
}

/**
 * How far the store's memory may be raised for work that does not do with what it has as a rule.
 *
 * @param usualMb what it has as a rule
 */
export const storeRoomMb = (usualMb: number, hereMb: number): number =>
  Math.min(usualMb * 2 + 128, Math.max(usualMb + 48, Math.round(hereMb * 0.35)));

/**
 * The heap of a thread that works for a person for a while: better it ends, and says so, than the whole program.
 *
 * @param wantedMb what it gets where there is enough
 */
export const threadHeapMb = (wantedMb: number, hereMb: number = memoryHereMb()): number =>
  Math.round(Math.min(wantedMb, Math.max(96, (hereMb - ownMb) * 0.75)));
