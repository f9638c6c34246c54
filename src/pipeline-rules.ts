/** The rules of the pipeline worker: made from a cache at the start, exchanged while events go on. */
import type { RuleSet } from './detect/contract.ts';
import { compileRulesInSteps, type RuleContext } from './detect/index.ts';
import type { RuleDoc } from './model/index.ts';
import { RuleCache } from './rules-cache.ts';

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
      const steps = compileRulesInSteps(docs, this.current, this.#context);
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
}

const byId = (docs: readonly RuleDoc[]): Map<string, RuleDoc> => new Map(docs.map((doc) => [doc.id, doc]));
