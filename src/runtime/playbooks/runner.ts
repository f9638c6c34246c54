import type { PlaybookRun, PlaybookStep } from '../../model/index.ts';
import { advance, isOver, performed } from '../../respond/playbooks/run.ts';
import { stepWords } from '../../respond/playbooks/words.ts';
import { lift, needless, prepare, tellWaiting } from './effects.ts';
import { auditRun, type PlaybookOptions } from './options.ts';

/** Runs that are carried out at the same time; the others wait their turn. */
const mostBusy = 8;
const perSweep = 100;
/** Looked at again at the latest: the clock may have been set. */
const longestSleepMs = 30_000;
const hourMs = 3_600_000;
const keptMs = 400 * 24 * hourMs;
const mostKept = 20_000;

/** Carries runs out. All that it knows lies in the state: it goes on after a restart where it stood. */
export class Runner {
  readonly #options: PlaybookOptions;
  readonly #busy = new Map<string, Promise<void>>();
  #timer: NodeJS.Timeout | null = null;
  readonly #stopped = new AbortController();
  #prunedAt = 0;

  constructor(options: PlaybookOptions) {
    this.#options = options;
  }

  /** Looks now at what is due. */
  sweep(): void {
    if (this.#stopped.signal.aborted) return;
    const { state, now, log } = this.#options;
    try {
      for (const { id } of state.playbookRuns.due(now(), perSweep)) {
        if (this.#busy.size >= mostBusy) break;
        if (this.#busy.has(id)) continue;
        const work = this.#drive(id)
          .catch((error: Error) => log('error', `A playbook could not go on: ${error.message}`))
          .finally(() => {
            this.#busy.delete(id);
            this.sweep();
          });
        this.#busy.set(id, work);
      }
      if (now() - this.#prunedAt > hourMs) {
        this.#prunedAt = now();
        state.playbookRuns.prune(now() - keptMs, mostKept);
      }
    } catch (error) {
      log('error', `Playbooks could not be looked after: ${(error as Error).message}`);
    }
    this.#sleep();
  }

  #sleep(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const { state, now } = this.#options;
    const at = state.playbookRuns.nextDue();
    // What is being carried out is due all the time.
    const least = this.#busy.size > 0 ? 1000 : 10;
    const wait = at === null ? longestSleepMs : Math.min(longestSleepMs, Math.max(least, at - now()));
    this.#timer = setTimeout(() => this.sweep(), wait).unref();
  }

  /** Until nothing is due any more. */
  async settle(): Promise<void> {
    this.sweep();
    while (this.#busy.size > 0) await Promise.all(this.#busy.values());
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await Promise.all(this.#busy.values());
  }

  /** Keeps a run and tells what has to be told of how it changed. */
  keep(before: PlaybookRun, after: PlaybookRun): void {
    this.#options.state.playbookRuns.put(after);
    if (!isOver(before) && isOver(after))
      auditRun(this.#options, 'playbook_ended', after, { why: after.note }, after.state === 'done');
  }

  async #drive(id: string): Promise<void> {
    const { state, now } = this.#options;
    while (!this.#stopped.signal.aborted) {
      const stored = state.playbookRuns.byId(id);
      if (stored === null) return;
      const { run, todo } = advance(stored, now());
      if (todo.kind === 'perform') {
        if (run !== stored) this.keep(stored, run);
        await this.#perform(run, todo.step);
        continue;
      }
      const known = todo.kind === 'ask' ? needless(this.#options, run, todo.step) : null;
      if (known !== null) {
        this.keep(stored, performed(run, { state: 'known', text: known }, now()).run);
        continue;
      }
      state.transaction(() => {
        if (run !== stored) this.keep(stored, run);
        if (todo.kind === 'ask') tellWaiting(this.#options, run, stepWords(todo.step, run.subject));
      });
      return;
    }
  }

  async #perform(run: PlaybookRun, step: PlaybookStep): Promise<void> {
    const { state, now, log } = this.#options;
    const signal = AbortSignal.any([AbortSignal.timeout(step.timeout_seconds * 1000), this.#stopped.signal]);
    let act: Awaited<ReturnType<typeof prepare>>;
    try {
      act = await prepare(this.#options, run, step, signal);
    } catch (error) {
      // It is carried out anew at the next start.
      if (this.#stopped.signal.aborted) return;
      const text = signal.aborted
        ? `It took longer than ${step.timeout_seconds} s.`
        : 'It failed inside Phosor; the log says why.';
      if (!signal.aborted) log('error', `A step of playbook ${run.playbook} failed: ${(error as Error).message}`);
      act = () => ({ state: 'failed', text });
    }
    const take = (outcome: ReturnType<typeof act>): void => {
      const done = performed(run, outcome, now());
      const { state: result, text, decisions = [] } = outcome;
      const lifted = done.undo ? lift(this.#options, done.run, 'Lifted because a later step failed.') : 0;
      const said = done.undo ? `${done.run.note} ${lifted} decisions were lifted.` : done.run.note;
      auditRun(
        this.#options,
        'playbook_step',
        done.run,
        {
          step: run.at + 1,
          do: step.do,
          result,
          decisions,
          by: run.approved_by,
          ...(result !== 'done' && { why: text }),
        },
        result === 'done' || result === 'known',
      );
      this.keep(run, { ...done.run, note: said });
    };
    // Somebody may have cancelled it meanwhile.
    const current = state.playbookRuns.byId(run.id);
    if (current === null || isOver(current) || current.at !== run.at || this.#stopped.signal.aborted) return;
    try {
      state.transaction(() => take(act()));
    } catch (error) {
      log('error', `A step of playbook ${run.playbook} failed: ${(error as Error).message}`);
      state.transaction(() => take({ state: 'failed', text: 'It failed inside Phosor; the log says why.' }));
    }
  }
}
