import type { EnforcedEntry, Enforcer, EnforcerPlan, EnforcerTools } from '../../respond/contract.ts';
import type { Log } from '../../serve/contract.ts';
import type { EnforcerState } from '../../serve/decisions/types.ts';

/** Changes are put together for so long before a program is started for them. */
const batchMs = 250;
const verifyEveryMs = 60_000;
/** What the kernel holds may end so much earlier than was asked for before it is written anew. */
const driftSeconds = 5;
const retryAfterMs = 5000;

export interface Wanted {
  /** False: nothing may be written. What an earlier run left is taken out. */
  enforce: boolean;
  plan: EnforcerPlan;
  /** No two of them overlap. */
  entries: readonly EnforcedEntry[];
}

export interface EnforcementOptions {
  enforcers: readonly Enforcer[];
  tools: EnforcerTools;
  now: () => number;
  log: Log;
  /** Asked each time something is written. */
  wanted: () => Wanted;
  /** What stands in the firewall, read back after it was written; `problem` where it refused. */
  onResult: (enforcer: string, written: readonly EnforcedEntry[], problem: string | null) => void;
}

const keyOf = ({ kind, target }: Pick<EnforcedEntry, 'kind' | 'target'>): string => `${kind} ${target}`;

/**
 * Keeps one firewall at what is wanted: it is read, what differs is written in one step, and it is read back. Calls come
 * together for a quarter of a second, and never run beside each other.
 */
export class Enforcement {
  readonly #options: EnforcementOptions;
  #enforcer: Enforcer | null = null;
  #problem: string | null = null;
  /** What was last read; null: nothing is prepared. */
  #standing: EnforcedEntry[] | null = null;
  #readAt = 0;
  #plan = '';
  #verifiedAt: number | null = null;
  #running: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #verifyTimer: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor(options: EnforcementOptions) {
    this.#options = options;
  }

  /** Finds the firewall and puts right what a former run left, or what was undone while none ran. */
  async start(): Promise<void> {
    const problems: string[] = [];
    for (const enforcer of this.#options.enforcers) {
      const problem = await enforcer.check(this.#options.tools);
      if (problem === null) {
        this.#enforcer = enforcer;
        break;
      }
      problems.push(problem);
    }
    if (this.#enforcer === null)
      this.#problem =
        problems.length > 0 ? problems.join(' ') : 'No firewall is used: the setting response.enforcer is none.';
    await this.sync(true);
    if (this.#isStopped) return;
    this.#verifyTimer = setInterval(() => void this.sync(true), verifyEveryMs);
    this.#verifyTimer.unref();
  }

  state(): EnforcerState {
    return {
      name: this.#enforcer?.name ?? null,
      redirects: this.#enforcer?.redirects ?? false,
      problem: this.#problem,
      entries: this.#standing?.length ?? 0,
      verified_at: this.#verifiedAt,
    };
  }

  /** Something has changed: it is written within a quarter of a second. */
  touch(): void {
    if (this.#timer !== null || this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.sync(false);
    }, batchMs);
  }

  /** Resolves when what is wanted now stands there, or was refused. @param read what stands there is read first */
  sync(read: boolean): Promise<void> {
    this.#running = this.#running.then(() => this.#sync(read));
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#verifyTimer !== null) clearInterval(this.#verifyTimer);
    // What was decided last is written, so that it holds while nothing runs. It expires by itself.
    if (this.#timer !== null) await this.sync(false);
    await this.#running;
  }

  async #sync(isToRead: boolean): Promise<void> {
    const enforcer = this.#enforcer;
    if (enforcer === null) return;
    const { tools, wanted, onResult, now, log } = this.#options;
    try {
      if (isToRead || this.#problem !== null) await this.#read(enforcer);
      const { enforce, plan, entries } = wanted();
      if (!enforce) {
        if (this.#standing !== null) {
          await enforcer.clear(tools);
          this.#standing = null;
          this.#plan = '';
        }
        this.#problem = null;
        return;
      }
      const planned = JSON.stringify(plan);
      if (this.#standing === null || this.#plan !== planned) {
        await enforcer.prepare(plan, tools);
        this.#plan = planned;
        this.#standing ??= [];
      }
      const { add, remove } = difference(this.#remaining(), entries);
      if (add.length + remove.length > 0) {
        await enforcer.change(add, remove, tools);
        await this.#read(enforcer);
        if (this.#standing === null) throw new Error('What was written is not there.');
      }
      if (this.#problem !== null) log('info', `${enforcer.title} takes decisions again.`);
      this.#problem = null;
      onResult(enforcer.name, this.#standing ?? [], null);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (this.#problem !== problem) log('error', `Decisions could not be enforced: ${problem}`);
      this.#problem = problem;
      // Whatever stands there now is found out before the next step.
      this.#plan = '';
      onResult(enforcer.name, this.#standing ?? [], problem);
      if (!this.#isStopped) setTimeout(() => this.touch(), retryAfterMs).unref();
    }
    this.#verifiedAt ??= now();
  }

  /** What was read, with the time that has gone since: what has expired is not there any more. */
  #remaining(): EnforcedEntry[] {
    const gone = Math.floor((this.#options.now() - this.#readAt) / 1000);
    return (this.#standing ?? []).flatMap((entry) =>
      entry.seconds > gone ? [{ ...entry, seconds: entry.seconds - gone }] : [],
    );
  }

  async #read(enforcer: Enforcer): Promise<void> {
    const before = this.#standing;
    this.#standing = await enforcer.read(this.#options.tools);
    this.#readAt = this.#options.now();
    this.#verifiedAt = this.#readAt;
    if (this.#standing === null) {
      this.#plan = '';
      if (before !== null && before.length > 0)
        this.#options.log('warn', `Somebody removed Phosor's part of ${enforcer.title}. It is made anew.`);
    }
  }
}

/** What has to be put in and taken out so that what stands becomes what is wanted. */
export function difference(
  standing: readonly EnforcedEntry[],
  wanted: readonly EnforcedEntry[],
): { add: EnforcedEntry[]; remove: EnforcedEntry[] } {
  const there = new Map(standing.map((entry) => [keyOf(entry), entry]));
  const add: EnforcedEntry[] = [];
  for (const entry of wanted) {
    const found = there.get(keyOf(entry));
    there.delete(keyOf(entry));
    const isRight =
      found !== undefined &&
      found.decision === entry.decision &&
      Math.abs(found.seconds - entry.seconds) <= driftSeconds;
    if (!isRight) add.push(entry);
  }
  return { add, remove: [...there.values()] };
}
