import type { CorrelatorSnapshot, SnapshotHead } from '../contract.ts';
import type { HeldEvents } from './seen.ts';
import { SnapshotTaker } from './snapshot.ts';
import type { Group, UnitState } from './state.ts';

/** Takes snapshots of a state that goes on to change. */
export class Snapshots {
  readonly #held: HeldEvents;
  readonly #unsent: ReadonlySet<Group>;
  /** While one is taken. */
  #taker: SnapshotTaker | null = null;
  #taken = 0;

  constructor(held: HeldEvents, unsent: ReadonlySet<Group>) {
    this.#held = held;
    this.#unsent = unsent;
  }

  /** A group is about to change, or to go. */
  readonly touch = (group: Group): void => {
    if (this.#taker !== null) this.#taker.save(group);
  };

  /** A group is new. */
  made(group: Group): void {
    if (this.#taker !== null) this.#taker.leaveOut(group);
  }

  /** Nothing is left of the state. */
  forget(): void {
    this.#taker = null;
  }

  *inSteps(
    states: ReadonlyMap<string, UnitState>,
    watermarks: ReadonlyMap<string, number>,
  ): Generator<string[], SnapshotHead> {
    this.#taken += 1;
    const taker = new SnapshotTaker(this.#taken, states, watermarks, this.#held, this.#unsent);
    this.#taker = taker;
    try {
      return yield* taker.steps();
    } finally {
      if (this.#taker === taker) this.#taker = null;
    }
  }
}

/** All steps at once. */
export function whole(steps: Generator<string[], SnapshotHead>): CorrelatorSnapshot & { rows: string[] } {
  const rows: string[] = [];
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return { ...value, rows };
    for (const row of value) rows.push(row);
  }
}
