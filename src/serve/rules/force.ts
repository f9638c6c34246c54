import type { RuleDoc } from '../../model/index.ts';
import type { RuleExceptionRecord, StateStore } from '../../store/contract.ts';
import type { Services } from '../contract.ts';
import { effectiveRules } from './effective.ts';

/** A setting that every change of the rules by another process (the CLI) raises, so that a running server notices. */
const revisionSetting = 'rules.revision';

/** To be called after rules or exceptions were changed past a server that may be running. */
export function tellServer(state: StateStore, now: number): void {
  state.settings.put(revisionSetting, now);
}

type Known = Pick<Services, 'shippedRules' | 'state' | 'rulebook'>;

/** Exceptions that hold at a time: those without an end, and those whose end is still to come. */
export const exceptionsAt = (state: StateStore, now: number): RuleExceptionRecord[] =>
  state.ruleExceptions.all().filter(({ expires_at }) => expires_at === null || expires_at > now);

/** What the engine is to run at a time: the rules in force, and behind them the exceptions to them as Sigma filters. */
export function rulesInForce({ shippedRules, state, rulebook }: Known, now: number): RuleDoc[] {
  const rules = effectiveRules(shippedRules, state.rules.list());
  const ids = new Set(rules.map(({ id }) => id));
  const exceptions = exceptionsAt(state, now).filter(({ rule_id }) => ids.has(rule_id));
  return [...rules, ...exceptions.map((exception) => rulebook.filterOf(exception))];
}

/** Keeps what the engine runs equal to what is stored, also where time alone changes it. */
export class RulesInForce {
  readonly #services: Services;
  #signature: string;

  constructor(services: Services) {
    this.#services = services;
    this.#signature = this.#now();
  }

  /** Takes what is stored into force. */
  async apply(): Promise<void> {
    // Known before it is done, so that check() does not begin the same again.
    this.#signature = this.#now();
    try {
      await this.#services.pipeline.setRules(this.current());
    } catch (error) {
      this.#signature = '';
      throw error;
    }
  }

  /**
   * The same, where an exception has ended, another process has changed the rules, or a file that they are compiled with is
   * another. To be called about once a second.
   */
  async check(): Promise<boolean> {
    this.#services.ruleContext.look();
    if (this.#now() === this.#signature) return false;
    await this.apply();
    return true;
  }

  /** What the engine is to run now. */
  current(): RuleDoc[] {
    return rulesInForce(this.#services, this.#services.now());
  }

  /** A rule with the exceptions to it, for running it apart from live events. */
  withExceptions(rule: RuleDoc): RuleDoc[] {
    const { state, rulebook, now } = this.#services;
    const own = exceptionsAt(state, now()).filter(({ rule_id }) => rule_id === rule.id);
    return [rule, ...own.map((exception) => rulebook.filterOf(exception))];
  }

  #now(): string {
    const { state, now, ruleContext } = this.#services;
    const ids = exceptionsAt(state, now()).map(({ id }) => id);
    return JSON.stringify([state.settings.get(revisionSetting) ?? null, ids, ruleContext.revision]);
  }
}
