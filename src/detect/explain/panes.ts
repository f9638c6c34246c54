import type { Inside } from '../correlate/range.ts';
import type { Counted } from './counting.ts';

/** Groups whose windows are remembered: the oldest go first. */
const maxGroups = 100_000;

/** A window that is judged when it is over: it opens with an event and lasts one timespan. */
export interface Pane {
  /** By the time of this source it ends, whoever else adds to it. */
  source: string;
  start: number;
  /** One timespan later, epoch ms. */
  end: number;
  /** The first time that is no longer in it: the end, or just behind it. */
  overAt: number;
  group: Record<string, string>;
  /** Oldest first. */
  entries: Counted[];
}

/** The open windows of a correlation that is judged at their ends, as plain lists. */
export class Panes {
  readonly #spanMs: number;
  readonly #inside: Inside;
  readonly #byGroup = new Map<string, Pane[]>();
  /** No window ends before. */
  #nextEnd = Number.POSITIVE_INFINITY;

  constructor(spanMs: number, inside: Inside) {
    this.#spanMs = spanMs;
    this.#inside = inside;
  }

  /** The window that an entry belongs to, with the entry in it. */
  add(key: string, entry: Counted, group: Record<string, string>): Pane {
    const panes = this.#panesOf(key);
    const { time } = entry;
    const before = panes.findLast(({ start }) => start <= time);
    // A late event shortly before a window belongs to what that window is about.
    const after = panes.find(({ start }) => start > time);
    let pane: Pane;
    if (before !== undefined && this.#inside(before.start, time)) pane = before;
    else if (after !== undefined && this.#inside(time, after.start)) pane = after;
    else {
      const end = time + this.#spanMs;
      const { source } = entry.event;
      const overAt = this.#inside(time, end) ? end + 1 : end;
      pane = { source, start: time, end, overAt, group, entries: [] };
      panes.push(pane);
      panes.sort((a, b) => a.start - b.start);
      this.#nextEnd = Math.min(this.#nextEnd, (panes[0] as Pane).overAt);
    }
    pane.entries.push(entry);
    pane.entries.sort((a, b) => a.time - b.time);
    return pane;
  }

  #panesOf(key: string): Pane[] {
    let panes = this.#byGroup.get(key);
    if (panes === undefined) {
      if (this.#byGroup.size >= maxGroups) this.#byGroup.delete(this.#byGroup.keys().next().value as string);
      panes = [];
      this.#byGroup.set(key, panes);
    }
    return panes;
  }

  /** The windows that the time of their source has passed, the earliest end first. They are taken out. */
  over(source: string, passed: number): Pane[] {
    if (passed < this.#nextEnd) return [];
    const over: Pane[] = [];
    this.#nextEnd = Number.POSITIVE_INFINITY;
    for (const [key, panes] of this.#byGroup) {
      // A group's windows are judged one after the other.
      while (panes[0] !== undefined && panes[0].source === source && panes[0].overAt <= passed)
        over.push(panes.shift() as Pane);
      if (panes[0] === undefined) this.#byGroup.delete(key);
      else this.#nextEnd = Math.min(this.#nextEnd, panes[0].overAt);
    }
    return over.sort((a, b) => a.overAt - b.overAt);
  }
}

/** The newest of a window's entries: the last that came of those with the latest time. */
export const newestOf = ({ entries }: Pane): Counted => entries.at(-1) as Counted;
