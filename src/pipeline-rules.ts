/** The rules of the pipeline worker: made from a cache at the start, exchanged while events go on. */
import type { RuleSet } from './detect/contract.ts';
import { type CompileCache, compileRulesInSteps, type RuleContext } from './detect/index.ts';
import type { RuleDoc } from './model/index.ts';
import { RuleCache } from './rules-cache.ts';
import { compiledFromText } from './rules-cache-form.ts';
import { isBig } from './runtime/trial/jobs.ts';
import { trialThread } from './runtime/trial/thread.ts';

/** Milliseconds of work on new rules before events have their turn. */
const turnMs = 5;

/** A rule, or the id of one that is as it was. */
export type RuleChange = string | RuleDoc;

export class LiveRules {
  current: RuleSet;
  #docs: ReadonlyMap<string, RuleDoc>;
  #context: RuleContext;
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param cache the file with what rules were compiled to; null: there is none.
   * @param context the user's field mappings and placeholders.
   */
  constructor(docs: readonly RuleDoc[], cache: string | null, context: RuleContext = {}) {
    this.#context = context;
    const kept = cache === null ? null : new RuleCache(cache);
    const steps = compileRulesInSteps(docs, null, kept === null ? context : { ...context, cache: kept });
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    this.current = step.value;
    this.#docs = byId(docs);
    kept?.save();
  }

  /**
   * Makes a new set in short turns and hands it over. Changes come into force in the order in which they were asked for.
   *
   * @param context where the user's field mappings or placeholders are others from now on.
   */
  change(changes: readonly RuleChange[], use: (rules: RuleSet) => void, context?: RuleContext): Promise<void> {
    const next = this.#last.then(async () => {
      if (context !== undefined) this.#context = context;
      const docs = changes.flatMap((one) => (typeof one === 'string' ? (this.#docs.get(one) ?? []) : one));
      // With other mappings any rule may have to be compiled anew.
      const cache = await this.#compiledAside(context === undefined ? changes : docs);
      const steps = compileRulesInSteps(docs, this.current, { ...this.#context, cache });
      let began = performance.now();
      let step = steps.next();
      while (step.done !== true) {
        if (performance.now() - began > turnMs) {
          await new Promise((resolve) => setImmediate(resolve));
          began = performance.now();
        }
        step = steps.next();
      }
      this.#docs = byId(docs);
      this.current = step.value;
      use(step.value);
    });
    this.#last = next.catch(() => undefined);
    return next;
  }

  /** New rules that are big are compiled on a thread of their own: reading one of them is a step that cannot be divided. */
  async #compiledAside(changes: readonly RuleChange[]): Promise<CompileCache> {
    const big = changes.filter((one) => typeof one !== 'string' && isBig([one])) as RuleDoc[];
    if (big.length === 0) return nothing;
    const { mappings = [], placeholders = {} } = this.#context;
    const known = new Map<string, ReturnType<CompileCache['get']>>();
    for (const rule of big) {
      try {
        const made = await trialThread.run('compile', [{ rule }], { mappings, placeholders });
        if (made !== null) known.set(made.of, compiledFromText(made.text));
      } catch {
        // Then it is compiled here, as small ones are.
      }
    }
    return { ...nothing, get: (of) => known.get(of) };
  }
}

const nothing: CompileCache = { get: () => undefined, put: () => undefined };

const byId = (docs: readonly RuleDoc[]): Map<string, RuleDoc> => new Map(docs.map((doc) => [doc.id, doc]));
