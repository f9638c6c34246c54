import { z } from 'zod';
import type { Log } from '../serve/contract.ts';
import type { StateStore } from '../store/contract.ts';

const setting = 'retention.clock';
const kept = z.object({ time: z.number(), heldMs: z.number() });

/** A clock that goes ahead by more at once is doubted. */
const leapMs = 86_400_000;
/** And believed when it has stayed so for as long as this while Phosor ran. */
const doubtMs = 86_400_000;

/**
 * The time by which old things are deleted. A clock that leaps ahead (a dead battery, a wrong time server) makes everything look
 * old, and what was deleted does not come back when it is set right: so a leap counts only once it has lasted a day. Setting the
 * clock back deletes nothing and is followed at once.
 */
export class AgeClock {
  readonly #settings: StateStore['settings'];
  readonly #now: () => number;
  readonly #steady: () => number;
  readonly #log: Log;
  #steadyAt: number;
  #told = false;

  /** @param steady ms that go on evenly, whatever the clock does */
  constructor(
    options: { state: Pick<StateStore, 'settings'>; now: () => number; log: Log },
    steady: () => number = () => performance.now(),
  ) {
    this.#settings = options.state.settings;
    this.#now = options.now;
    this.#log = options.log;
    this.#steady = steady;
    this.#steadyAt = steady();
  }

  /** Epoch ms. To be asked now and then: each time is remembered. */
  time(): number {
    const wall = this.#now();
    const passed = this.#steady() - this.#steadyAt;
    this.#steadyAt += passed;
    const before = kept.safeParse(this.#settings.get(setting)).data;
    const expected = before === undefined ? wall : before.time + passed;
    const heldMs = (before?.heldMs ?? 0) + passed;
    const isLeap = wall > expected + leapMs;
    if (!isLeap || heldMs >= doubtMs) {
      this.#told = false;
      return this.#keep(wall, 0);
    }
    if (!this.#told) {
      const days = Math.round((wall - expected) / 86_400_000);
      this.#log(
        'warn',
        `The clock is ${days} days ahead of when it was last looked at. Nothing is deleted for its age by it until it has stayed so for a day.`,
      );
    }
    this.#told = true;
    return this.#keep(expected, heldMs);
  }

  #keep(time: number, heldMs: number): number {
    this.#settings.put(setting, { time, heldMs });
    return time;
  }
}
