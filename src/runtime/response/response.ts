import { randomUUID } from 'node:crypto';
import {
  type Decision,
  type DecisionState,
  isoTime,
  type ResponsePolicy,
  type ThreatFacts,
  type ThreatScore,
} from '../../model/index.ts';
import type { EnforcedEntry } from '../../respond/contract.ts';
import { readNetwork } from '../../respond/decisions/network.ts';
import { acceptedFirst, enforcedTarget } from '../../respond/decisions/safety.ts';
import { RefusedError } from '../../serve/contract.ts';
import type {
  Actor,
  DecisionPreview,
  DecisionRequest,
  ResponseControl,
  ResponseState,
} from '../../serve/decisions/types.ts';
import type { AllowedNetwork } from '../../store/contract.ts';
import { repeat } from '../repeat.ts';
import { type Current, DecisionBook, withResult } from './book.ts';
import { decisionOf, firewallPorts } from './decision.ts';
import { Enforcement, type Wanted } from './enforcement.ts';
import { judgedNow } from './judged.ts';
import {
  type Asked,
  auditDecision,
  idOf,
  ownName,
  policiesInForce,
  type ResponseOptions,
  redirectPortsOf,
  wordOf,
} from './options.ts';
import { ProtectedAddresses } from './protected.ts';
import { Refusals } from './refusals.ts';
import { Scores } from './scores.ts';

const hourMs = 3_600_000;
const historyMs = 400 * 24 * hourMs;
const mostEnded = 100_000;
const sweepMs = 1000;
const panicKey = 'response.panic';

/** Decides, keeps what was decided, and sees to it that the firewall holds what is in force and nothing else. */
export class Response implements ResponseControl {
  readonly #options: ResponseOptions;
  readonly #book = new DecisionBook();
  readonly #enforcement: Enforcement;
  /** Ended, and not yet seen gone from the firewall. */
  readonly #leaving = new Set<string>();
  readonly #refusals = new Refusals();
  readonly #protected: ProtectedAddresses;
  /** What was protected when it was last seen to that nothing in force touches it. */
  #safeKey = '';
  readonly scores: Scores;
  #mode: 'dry-run' | 'enforce';
  #timer: NodeJS.Timeout | null = null;
  readonly counters: ResponseState['counters'] = {
    decided: 0,
    refused: 0,
    refused_again: 0,
    known: 0,
    undone: 0,
    sourceless: 0,
    unscored: 0,
  };

  constructor(options: ResponseOptions) {
    this.#options = options;
    this.#protected = new ProtectedAddresses(options);
    this.scores = new Scores(options);
    this.#mode = options.config().response.mode;
    const { state, tools, now, log } = options;
    for (const decision of state.decisions.current()) this.#book.keep(decision);
    const { enforcer } = options.config().response;
    this.#enforcement = new Enforcement({
      enforcers: options.enforcers.filter(({ name }) => enforcer === 'auto' || enforcer === name),
      tools,
      now,
      log,
      wanted: () => this.#wanted(),
      onResult: (name, standing, problem) => this.#note(name, standing, problem),
    });
  }

  async start(): Promise<void> {
    if (this.#mode === 'dry-run') this.#lift('Enforcement was switched off.', () => true, ownName);
    this.#sweep();
    this.#timer = repeat(sweepMs, 'Blocks that are over were not ended', this.#options.log, () => this.#sweep());
    await this.#enforcement.start();
    const { problem } = this.#enforcement.state();
    if (this.#mode === 'enforce' && problem !== null) this.#options.log('warn', problem);
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#enforcement.stop();
  }

  /** The configuration has changed. */
  apply(): void {
    const { mode } = this.#options.config().response;
    this.#protected.changed();
    this.#keepSafe();
    if (mode === this.#mode) return;
    this.#mode = mode;
    this.#options.log('info', mode === 'enforce' ? 'Decisions are enforced from now on.' : 'Response is in dry-run.');
    if (mode === 'dry-run') this.#lift('Enforcement was switched off.', () => true, ownName);
    this.#enforcement.touch();
  }

  state(): ResponseState {
    return {
      mode: this.#mode,
      panic: this.#panic,
      enforcer: this.#enforcement.state(),
      protected: this.#protected.list(),
      counters: { ...this.counters },
    };
  }

  /* ---------- deciding ---------- */

  decide(request: DecisionRequest, { who }: Actor): Decision {
    const asked = { ...request, policy: null, score: null, forgeable: false, historical: false };
    const same = this.#book.covering(request.kind, request.target, this.#isOn);
    if (same !== null)
      throw new RefusedError(
        `${same.target} is ${wordOf(same)} until ${isoTime(same.expires)} already. Undo that first (${same.id}).`,
      );
    const made = this.#make(asked, who, randomUUID(), true);
    if (made.state === 'refused') throw new RefusedError(`${made.target}: ${made.note}`);
    return made;
  }

  /**
   * By a policy, or by a playbook.
   *
   * @param approvedBy who agreed to this very step of a playbook; null: nobody was asked, and the evidence has to be sound
   * @returns null: nothing new was decided
   */
  decideByPolicy(asked: Asked & { policy: string }, approvedBy: string | null = null): Decision | null {
    const { state, now } = this.#options;
    const id = idOf(asked.key ?? `${asked.policy} ${asked.target} ${(asked.alerts ?? []).join(' ')}`);
    if (this.#book.covering(asked.kind, asked.target, this.#isOn) !== null || state.decisions.byId(id) !== null) {
      this.counters.known += 1;
      return null;
    }
    const target = enforcedTarget(asked.target)?.text ?? asked.target;
    if (approvedBy === null && state.decisions.undone(target, now()) !== null) {
      this.counters.undone += 1;
      return null;
    }
    return this.#make(asked, approvedBy ?? ownName, id, approvedBy !== null);
  }

  /** What makes it needless, in a sentence; null: nothing. */
  covered({ kind, target }: Pick<Asked, 'kind' | 'target'>): string | null {
    const same = this.#book.covering(kind, target, this.#isOn);
    return same && `${same.target} is ${wordOf(same)} until ${isoTime(same.expires)} already.`;
  }

  /** Why it would not be decided now, in a sentence; null: it would. */
  foresee = (asked: Asked, byPerson: boolean): string | null =>
    this.#judged(asked, this.#options.now(), byPerson).problem;

  preview(wanted: Pick<DecisionRequest, 'kind' | 'target' | 'ttlSeconds'>): DecisionPreview {
    const asked = { ...wanted, reason: '', policy: null, score: null, forgeable: false, historical: false };
    const { judged, problem, outcome } = this.#judged(asked, this.#options.now(), true);
    const standing = this.#book.covering(wanted.kind, wanted.target, this.#isOn);
    return { target: judged.target, outcome, why: problem, standing };
  }

  standing(target: string): Decision[] {
    return this.#book.touching(target);
  }

  #judged(asked: Asked, at: number, byPerson: boolean): ReturnType<typeof judgedNow> {
    const { known } = this.#protected;
    return judgedNow(this.#options, asked, at, byPerson, {
      known,
      isOn: this.#isOn,
      current: this.#book.size,
      firewall: this.#enforcement.state(),
    });
  }

  #make(asked: Asked, who: string, id: string, byPerson: boolean): Decision {
    const { state, now, config } = this.#options;
    const at = now();
    const made = this.#judged(asked, at, byPerson);
    const { judged, isEnforced } = made;
    const isRefused = made.outcome === 'refused';
    const decision = decisionOf(asked, made, { id, who, at, ports: redirectPortsOf(this.#options) });
    const why = judged.ok ? 'beyond' : judged.refusal;
    if (
      isRefused &&
      !byPerson &&
      !this.#refusals.isNew(asked.policy, judged.target, why, at, config().response.maxPerMinute)
    ) {
      this.counters.refused_again += 1;
      return decision;
    }
    if (isRefused) this.counters.refused += 1;
    else this.counters.decided += 1;
    state.decisions.put(decision);
    if (!byPerson) auditDecision(this.#options, isRefused ? 'decision_refused' : 'decision_made', decision, !isRefused);
    if (!isRefused) {
      this.#book.keep(decision);
      if (decision.state === 'active' && isEnforced) this.#enforcement.touch();
    }
    return decision;
  }

  /* ---------- ending ---------- */

  undo(id: string, { who }: Actor, note?: string): Decision | null {
    const held = this.#book.byId(id);
    if (held === null) return null;
    return this.#end(held, 'undone', note ?? `Undone by ${who}.`);
  }

  async panic(pulled: boolean, { who }: Actor): Promise<{ lifted: number }> {
    const { state, now, log } = this.#options;
    if (!pulled) {
      state.settings.remove(panicKey);
      log('warn', `${who} released the panic switch.`);
      return { lifted: 0 };
    }
    state.settings.put(panicKey, { by: who, at: now() });
    const lifted = this.#lift(`${who} pulled the panic switch.`, () => true, who);
    log('warn', `${who} pulled the panic switch: ${lifted} decisions are lifted and nothing is enforced.`);
    await this.#enforcement.sync(true);
    return { lifted };
  }

  get #isOn(): boolean {
    return this.#mode === 'enforce' && this.#panic === null;
  }

  get #panic(): ResponseState['panic'] {
    const kept = this.#options.state.settings.get(panicKey);
    return typeof kept === 'object' && kept !== null ? (kept as ResponseState['panic']) : null;
  }

  #lift(note: string, which: (held: Current) => boolean, who: string): number {
    const held = this.#book
      .all()
      .filter((each) => each.decision.state === 'active' && each.decision.kind !== 'alert' && which(each));
    this.#options.state.transaction(() => {
      for (const { decision } of held) {
        const ended = this.#end(decision, 'undone', note);
        if (who === ownName) auditDecision(this.#options, 'decision_undone', ended, true);
      }
    });
    return held.length;
  }

  #end(decision: Decision, state: DecisionState, note: string | null): Decision {
    const ended: Decision = { ...decision, state, note, changed: this.#options.now() };
    this.#options.state.decisions.put(ended);
    this.#book.remove(decision.id);
    if (decision.state === 'active' && decision.kind !== 'alert') {
      this.#leaving.add(decision.id);
      this.#enforcement.touch();
    }
    return ended;
  }

  #sweep(): void {
    const at = this.#options.now();
    const over = this.#book.all().filter(({ decision }) => decision.expires <= at);
    if (over.length > 0)
      this.#options.state.transaction(() => {
        for (const { decision } of over) this.#end(decision, 'expired', null);
      });
    this.#keepSafe();
    if (Math.floor(at / hourMs) !== this.#prunedHour) {
      this.#prunedHour = Math.floor(at / hourMs);
      this.#options.state.decisions.prune(at - historyMs, mostEnded);
      this.#options.state.decisions.peers.prune(at - 30 * 24 * hourMs);
    }
  }
  #prunedHour = 0;

  /* ---------- what is protected ---------- */

  /** A caller from a blocked address, a new address of ours: what has become unsafe is lifted. */
  #keepSafe(): void {
    if (this.#protected.key === this.#safeKey) return;
    this.#safeKey = this.#protected.key;
    let lifted = 0;
    for (const { decision, network } of this.#book.all()) {
      const found = decision.kind === 'alert' ? null : this.#protected.check(network);
      if (found === null) continue;
      auditDecision(this.#options, 'decision_undone', this.#end(decision, 'undone', found.why), true);
      lifted += 1;
    }
    if (lifted > 0)
      this.#options.log('warn', `${lifted} decisions were lifted: their targets must not be blocked any more.`);
    if (this.#isOn) this.#enforcement.touch();
  }

  allowed(): AllowedNetwork[] {
    return this.#options.state.decisions.allowed.list();
  }

  allow(text: string, reason: string, { who }: Actor): { allowed: AllowedNetwork; lifted: number } {
    const network = readNetwork(text);
    if (network === null)
      throw new RefusedError(`"${text}" is neither an address nor a range in CIDR notation such as 192.0.2.0/24.`);
    const allowed = { network: network.text, reason, by: who, created_at: this.#options.now() };
    this.#options.state.decisions.allowed.put(allowed);
    const before = this.#book.size;
    this.#protected.changed();
    this.#keepSafe();
    return { allowed, lifted: before - this.#book.size };
  }

  disallow(network: string): boolean {
    const removed = this.#options.state.decisions.allowed.remove(network);
    this.#protected.changed();
    if (removed) this.#keepSafe();
    return removed;
  }

  sawCaller(addresses: readonly string[], who: string): void {
    if (this.#protected.sawCaller(addresses, who)) this.#keepSafe();
  }

  isVouched(source: string): boolean {
    return this.#protected.isVouched(source);
  }

  /* ---------- policies ---------- */

  policies(): ResponsePolicy[] {
    return policiesInForce(this.#options.state.decisions.policies.list());
  }

  putPolicy(policy: ResponsePolicy): void {
    this.#options.state.decisions.policies.put(policy);
  }

  removePolicy(id: string): boolean {
    return this.#options.state.decisions.policies.remove(id);
  }

  score(address: string): Promise<ThreatScore> {
    return this.scores.of(address);
  }

  facts(address: string): Promise<ThreatFacts> {
    return this.scores.facts(address);
  }

  /* ---------- the firewall ---------- */

  async verify(): Promise<ReturnType<Enforcement['state']>> {
    await this.#enforcement.sync(true);
    return this.#enforcement.state();
  }

  #wanted(): Wanted {
    this.#keepSafe();
    return {
      enforce: this.#isOn,
      plan: {
        accept: acceptedFirst(this.#protected.known).map(({ text }) => text),
        redirectPorts: firewallPorts(redirectPortsOf(this.#options)),
      },
      entries: this.#book.entries(this.#options.now()),
    };
  }

  /** What was read back is written beside the decisions, where it says something new. */
  #note(enforcer: string, standing: readonly EnforcedEntry[], problem: string | null): void {
    const { state, now } = this.#options;
    const at = now();
    const there = new Set(standing.map(({ decision }) => decision));
    state.transaction(() => {
      for (const { decision, result } of this.#book.results(enforcer, standing, problem, at)) {
        const changed = withResult(decision, result);
        state.decisions.put(changed);
        this.#book.keep(changed);
      }
      for (const id of this.#leaving) {
        if (there.has(id)) continue;
        this.#leaving.delete(id);
        const decision = state.decisions.byId(id);
        if (decision !== null && decision.enforcers.length > 0)
          state.decisions.put(withResult(decision, { enforcer, state: 'removed', detail: '', at }));
      }
    });
  }
}
