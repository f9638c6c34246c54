/*
 * How well a sender has kept to its limit: a reputation of 0 to 100, and how long it is shut out. Kept in tenths, so
 * that thousands of small steps do not drift. Time (epoch ms) is passed in.
 */

/** What is remembered of one sender. */
export interface Standing {
  /** Tenths of a point, 0 to 1000. */
  tenths: number;
  violations: number;
  /** Blocks in a row: the next one lasts twice as long. */
  blocks: number;
  /** Epoch ms; 0: never. */
  blockedUntil: number;
  violatedAt: number;
  /** Events taken in the second that began with `secondAt`. */
  secondAt: number;
  taken: number;
}

const most = 1000;
const violationTenths = 100;
const firstBlockSeconds = 2;
export const longestBlockSeconds = 3600;
/** However bad its reputation, a sender may send so many events per second. */
const leastLimit = 10;
/** Blocks begin anew with the shortest after this long without a violation, or twice the last block after its end if that is longer. */
const forgivenAfterMs = 600_000;

export const goodStanding = (): Standing => ({
  tenths: most,
  violations: 0,
  blocks: 0,
  blockedUntil: 0,
  violatedAt: 0,
  secondAt: 0,
  taken: 0,
});

/** 0 to 100, with one decimal. */
export const reputationOf = ({ tenths }: Standing): number => tenths / 10;

/** Events per second that a sender may send: the limit, by its reputation. */
export function effectiveLimit({ tenths }: Standing, limit: number): number {
  if (tenths === most) return limit;
  return Math.min(limit, Math.max(leastLimit, Math.floor((limit * tenths) / most)));
}

/** Milliseconds until a block ends; 0: there is none. */
export function blockedMs(standing: Standing, now: number): number {
  const left = standing.blockedUntil - now;
  // A clock that was set back must not lengthen it.
  if (left > longestBlockSeconds * 1000) standing.blockedUntil = now;
  return left > 0 && left <= longestBlockSeconds * 1000 ? left : 0;
}

/** Whether the second that runs has room for one more. Seconds begin with an event, not with the clock. */
export function hasSecondRoom(standing: Standing, limit: number, now: number): boolean {
  const elapsed = now - standing.secondAt;
  if (elapsed < 0 || elapsed >= 1000) {
    standing.secondAt = now;
    standing.taken = 0;
  }
  return standing.taken < limit;
}

/** An event was taken. */
export function keptLimit(standing: Standing): void {
  standing.taken += 1;
  if (standing.tenths < most) standing.tenths += 1;
}

/** The limit was exceeded. @returns for how many seconds the sender is shut out from now on */
export function brokeLimit(standing: Standing, now: number): number {
  const lastBlockMs = blockSeconds(standing.blocks) * 1000;
  if (Math.abs(now - standing.violatedAt) > Math.max(forgivenAfterMs, 3 * lastBlockMs)) standing.blocks = 0;
  standing.tenths = Math.max(0, standing.tenths - violationTenths);
  standing.violations += 1;
  standing.violatedAt = now;
  standing.blocks += 1;
  const seconds = blockSeconds(standing.blocks);
  standing.blockedUntil = now + seconds * 1000;
  return seconds;
}

/** 2, 4, 8, 16 … 3600 */
const blockSeconds = (blocks: number): number =>
  blocks === 0 ? 0 : Math.min(longestBlockSeconds, firstBlockSeconds * 2 ** Math.min(blocks - 1, 20));
