import type { Correlation, Detection } from '../form.ts';
import { type Closed, PaneWindow } from './pane-window.ts';
import type { Group, UnitState } from './state.ts';
import type { Contribution } from './window.ts';

interface Waiting {
  at: number;
  group: Group;
}

/** Groups whose windows are judged at their end, by the source whose time they follow; the earliest end first. */
export class Closings {
  readonly #bySource = new Map<string, Waiting[]>();
  readonly #touch: (group: Group) => void;

  /** @param touch a group is about to change */
  constructor(touch: (group: Group) => void) {
    this.#touch = touch;
  }

  get size(): number {
    return this.#bySource.size;
  }

  /** What waits in a restored state. */
  restore(states: Iterable<UnitState>): void {
    this.#bySource.clear();
    for (const { groups } of states) for (const group of groups) this.add(group);
  }

  get sources(): Iterable<string> {
    return [...this.#bySource.keys()].sort();
  }

  /** A match of a group whose window is judged at its end. */
  collect(group: Group, contribution: Contribution): void {
    group.window ??= group.state.traits.newWindow(null);
    if (!(group.window instanceof PaneWindow)) return;
    const due = group.window.dueAt;
    group.window.add(contribution);
    if (group.window.dueAt !== due) this.add(group);
  }

  /** The group's window waits for its (new) end. */
  add(group: Group): void {
    if (!(group.window instanceof PaneWindow)) return;
    const { dueAt: at, dueSource: source } = group.window;
    if (at === null || source === null) return;
    const heap = this.#bySource.get(source);
    if (heap === undefined) {
      this.#bySource.set(source, [{ at, group }]);
      return;
    }
    heap.push({ at, group });
    let place = heap.length - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(heap[place] as Waiting, heap[parent] as Waiting)) break;
      swap(heap, place, parent);
      place = parent;
    }
  }

  /** The next group of a source for which `isDue` says so of its window's end; it is taken out. */
  #next(source: string, isDue: (at: number, group: Group) => boolean): Group | null {
    const heap = this.#bySource.get(source);
    while (heap !== undefined && heap.length > 0) {
      const { at, group } = heap[0] as Waiting;
      // Groups may be gone by now, and ends may have moved.
      const current = group.window instanceof PaneWindow && group.window.dueAt === at;
      if (current && !isDue(at, group)) return null;
      this.#pop(source, heap);
      if (current) return group;
    }
    return null;
  }

  /** Ends all windows of a source that are due, and hands over those that met their condition. */
  judge(
    source: string,
    isDue: (at: number, group: Group) => boolean,
    met: (group: Group, closed: Closed) => void,
  ): void {
    for (let group = this.#next(source, isDue); group !== null; group = this.#next(source, isDue)) {
      this.#touch(group);
      const closed = (group.window as PaneWindow).close();
      if (closed !== null) met(group, closed);
      this.add(group);
    }
  }

  /** As {@link judge}, of all sources. */
  judgeAll(isDue: (at: number, group: Group) => boolean, met: (group: Group, closed: Closed) => void): void {
    for (const source of this.sources) this.judge(source, isDue, met);
  }

  #pop(source: string, heap: Waiting[]): void {
    const last = heap.pop() as Waiting;
    if (heap.length === 0) {
      this.#bySource.delete(source);
      return;
    }
    heap[0] = last;
    let place = 0;
    for (;;) {
      const left = place * 2 + 1;
      if (left >= heap.length) return;
      const right = left + 1;
      const least = right < heap.length && isBefore(heap[right] as Waiting, heap[left] as Waiting) ? right : left;
      if (!isBefore(heap[least] as Waiting, heap[place] as Waiting)) return;
      swap(heap, place, least);
      place = least;
    }
  }
}

/** The earlier end comes first; of those at the same time always the same, also in a restored state. */
function isBefore(a: Waiting, b: Waiting): boolean {
  if (a.at !== b.at) return a.at < b.at;
  const one = a.group.state.unit.id;
  const other = b.group.state.unit.id;
  return one === other ? nameOf(a.group) < nameOf(b.group) : one < other;
}

const nameOf = ({ place: { values, historical } }: Group): string => JSON.stringify([historical, values]);

function swap(heap: Waiting[], a: number, b: number): void {
  const one = heap[a] as Waiting;
  heap[a] = heap[b] as Waiting;
  heap[b] = one;
}

/** A silent source's windows are over when the clock has passed their end, and the receipt of their last event. */
export const isOverAt =
  (time: number) =>
  (at: number, { window }: Group): boolean =>
    time >= at && window instanceof PaneWindow && time >= window.lastReceived;

/** The detection behind a step: of an inner correlation its first. */
export function detectionOf(part: Correlation, step: number): Detection {
  const of = (part.steps[step] ?? part.steps[0])?.of as Detection | Correlation;
  return of.kind === 'detection' ? of : detectionOf(of, 0);
}
