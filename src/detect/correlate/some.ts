import { satisfied } from '../expression.ts';
import type { Correlation } from '../form.ts';
import { holds, type Inside } from './range.ts';
import { type Filled, firingOf, OrderedWindow, StepsWindow } from './sequence.ts';
import type { Contribution, Firing, LoadSeen, SaveSeen, Window } from './window.ts';

/** temporal with a condition of its own: some of the steps, or an expression over them, inside one timespan. */
export class SomeWindow extends StepsWindow implements Window {
  readonly #part: Correlation;
  readonly #inside: Inside;
  readonly approximate = false;
  readonly newValues = 0;
  observed = 0;

  constructor(part: Correlation, inside: Inside) {
    super(part.steps.length);
    this.#part = part;
    this.#inside = inside;
  }

  add(part: Contribution): boolean {
    if (!this.fill(part)) return false;
    const there = this.#there();
    this.observed = there.length;
    const { expression, condition } = this.#part;
    return expression
      ? satisfied(expression, (step) => there.includes(this.steps[step] as Filled))
      : holds(condition, there.length);
  }

  /** What has happened within a timespan of the newest. */
  #there(): Filled[] {
    const filled = this.steps.filter((step) => step !== null);
    const newest = Math.max(...filled.map((step) => step.time));
    return filled.filter((step) => this.#inside(step.time, newest));
  }

  firing(): Firing {
    return firingOf(this.#there());
  }
}

/** temporal_ordered with an expression: each way to satisfy it is an order of its own. */
export class AlternativesWindow implements Window {
  readonly #orders: { steps: readonly number[]; window: OrderedWindow }[];
  readonly approximate = false;
  readonly newValues = 0;
  #complete: OrderedWindow | null = null;

  constructor(alternatives: readonly (readonly number[])[], inside: Inside) {
    this.#orders = alternatives.map((steps) => ({ steps, window: new OrderedWindow(steps.length, inside) }));
  }

  get observed(): number {
    return this.#complete?.observed ?? 0;
  }

  add(part: Contribution): boolean {
    this.#complete = null;
    for (const { steps, window } of this.#orders) {
      const step = steps.indexOf(part.step);
      if (step >= 0 && window.add({ ...part, step })) this.#complete ??= window;
    }
    return this.#complete !== null;
  }

  firing(): Firing {
    return (this.#complete as OrderedWindow).firing();
  }

  clear(): void {
    for (const { window } of this.#orders) window.clear();
  }

  toJson(save: SaveSeen): unknown {
    return this.#orders.map(({ window }) => window.toJson(save));
  }

  restore(state: never[], load: LoadSeen): void {
    this.#orders.forEach(({ window }, i) => {
      window.restore(state[i] as never, load);
    });
  }
}
