import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ThreatDetector } from '../serve/threats/messages.ts';
import type { HistoryReader } from '../store/client.ts';
import type { SavedPart } from './parts.ts';

/* What detectors have found in past hours, on disk: a folder for each set of detectors, in it a file for each day. */

/** Another number: what was written before is worked out anew. */
const format = 1;
export const hourMs = 3_600_000;
/** Events are counted in such steps: an hour's windows reach one of them beyond it. */
export const stepMs = hourMs / 2;
const dayMs = 24 * hourMs;
/** An hour of which there is more to keep is left to those who ask. */
const mostBytes = 4 * 1024 * 1024;

interface KeptHour {
  /** What was stored of the hour and around it. */
  key: string;
  /** Null: too much to be kept. */
  part: SavedPart | null;
}

type Day = Record<string, KeptHour>;

export class KeptHours {
  readonly #folder: string;
  readonly #days = new Map<number, Day>();

  /**
   * @param folder of all sets
   * @param context what else their rules depend on
   */
  constructor(folder: string, detectors: readonly ThreatDetector[], context: string) {
    this.#folder = join(folder, setName(detectors, context));
  }

  /** What was found in the hour that begins then. Undefined: nothing is known of what is stored of it now. */
  get(hour: number, key: string): SavedPart | null | undefined {
    const known = this.#day(hour)[hour];
    return known?.key === key ? known.part : undefined;
  }

  put(hour: number, key: string, part: SavedPart | null): void {
    const day = this.#day(hour);
    const isTooMuch = part !== null && JSON.stringify(part).length > mostBytes;
    day[hour] = { key, part: isTooMuch ? null : part };
    const file = this.#file(hour);
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.new`, JSON.stringify(day), { mode: 0o600 });
    chmodSync(`${file}.new`, 0o600);
    renameSync(`${file}.new`, file);
    // Of the day that is written now only.
    for (const other of this.#days.keys()) if (other !== dayOf(hour)) this.#days.delete(other);
  }

  #day(hour: number): Day {
    let day = this.#days.get(dayOf(hour));
    if (day === undefined) {
      day = readDay(this.#file(hour));
      this.#days.set(dayOf(hour), day);
    }
    return day;
  }

  #file(hour: number): string {
    return join(this.#folder, `${new Date(dayOf(hour)).toISOString().slice(0, 10)}.json`);
  }
}

const dayOf = (time: number): number => Math.floor(time / dayMs) * dayMs;

const setName = (detectors: readonly ThreatDetector[], context: string): string =>
  createHash('sha256')
    .update(JSON.stringify([format, context, detectors]))
    .digest('hex')
    .slice(0, 32);

/** A file that cannot be read holds nothing: it is worked out anew. */
function readDay(file: string): Day {
  if (!existsSync(file)) return {};
  try {
    const day: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof day === 'object' && day !== null && !Array.isArray(day) ? (day as Day) : {};
  } catch {
    return {};
  }
}

/** Removes what was kept for other sets of detectors, and of days before `since`. */
export function forgetKept(
  folder: string,
  sets: readonly (readonly ThreatDetector[])[],
  context: string,
  since: number,
): void {
  if (!existsSync(folder)) return;
  const names = new Set(sets.map((detectors) => setName(detectors, context)));
  const first = new Date(dayOf(since)).toISOString().slice(0, 10);
  for (const name of readdirSync(folder)) {
    if (!names.has(name)) rmSync(join(folder, name), { recursive: true, force: true });
    else
      for (const file of readdirSync(join(folder, name)))
        if (file.slice(0, 10) < first || !file.endsWith('.json')) rmSync(join(folder, name, file), { force: true });
  }
}

/** How many events of which types are stored, step by step. */
export class StoredHours {
  readonly #steps = new Map<number, string>();

  private constructor() {}

  /** Of the hours from the one of `from` to the one of `to`, and of the steps beside them. */
  static async count(store: Pick<HistoryReader, 'histogram'>, from: number, to: number): Promise<StoredHours> {
    const stored = new StoredHours();
    const span = { from: hourOf(from) - stepMs, to: hourOf(to) + hourMs + stepMs };
    for (const { time, key, count } of await store.histogram(span, stepMs, 'event_type'))
      stored.#steps.set(time, `${stored.#steps.get(time) ?? ''} ${key}=${count}`);
    return stored;
  }

  isEmpty(from: number, to: number): boolean {
    for (let time = Math.floor(from / stepMs) * stepMs; time < to; time += stepMs)
      if (this.#steps.has(time)) return false;
    return true;
  }

  /** Another one where something was stored or dropped that the hour's windows may reach. */
  key(hour: number): string {
    const steps = [hour - stepMs, hour, hour + stepMs, hour + hourMs].map((time) => this.#steps.get(time) ?? '');
    return createHash('sha256').update(steps.join('\n')).digest('base64url').slice(0, 22);
  }
}

export const hourOf = (time: number): number => Math.floor(time / hourMs) * hourMs;
