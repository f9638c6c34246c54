import type { Decision } from '../../model/index.ts';
import type { EnforcedEntry } from '../../respond/contract.ts';
import { holds, type Network, outermost, overlap, readNetwork } from '../../respond/decisions/network.ts';
import { enforcedTarget } from '../../respond/decisions/safety.ts';

export interface Current {
  decision: Decision;
  network: Network;
}

/** The decisions that have not ended, with their targets read once. */
export class DecisionBook {
  readonly #current = new Map<string, Current>();

  get size(): number {
    return this.#current.size;
  }

  keep(decision: Decision): void {
    const network = readNetwork(decision.target);
    if (network !== null) this.#current.set(decision.id, { decision, network });
  }

  remove(id: string): void {
    this.#current.delete(id);
  }

  byId(id: string): Decision | null {
    return this.#current.get(id)?.decision ?? null;
  }

  all(): Current[] {
    return [...this.#current.values()];
  }

  /** Those that a firewall has to hold. */
  inForce(kind: EnforcedEntry['kind']): Current[] {
    return this.all().filter(({ decision }) => decision.state === 'active' && decision.kind === kind);
  }

  /** What makes another decision about a target needless; null: nothing. @param isOn decisions are enforced now */
  covering(kind: Decision['kind'], target: string, isOn: boolean): Decision | null {
    const network = enforcedTarget(target);
    if (network === null) return null;
    for (const { decision, network: held } of this.#current.values()) {
      const counts = kind === 'alert' || decision.kind !== 'alert';
      const isLikeNew = decision.kind === 'alert' || (decision.state === 'active') === isOn;
      if (counts && isLikeNew && holds(held, network)) return decision;
    }
    return null;
  }

  /** Those whose targets have an address in common with this one, newest first. */
  touching(target: string): Decision[] {
    const network = enforcedTarget(target);
    if (network === null) return [];
    return this.all()
      .flatMap(({ decision, network: held }) => (overlap(held, network) ? [decision] : []))
      .sort((a, b) => b.created - a.created);
  }

  /** What a firewall has to hold at a time: what lies in a range that it holds is left out. */
  entries(at: number): EnforcedEntry[] {
    return (['block', 'redirect'] as const).flatMap((kind) => {
      const byTarget = new Map(this.inForce(kind).map((held) => [held.network.text, held.decision]));
      const networks = this.inForce(kind).map(({ network }) => network);
      return outermost(networks).flatMap(({ text }) => {
        const decision = byTarget.get(text);
        const seconds = decision === undefined ? 0 : (decision.expires - at) / 1000;
        return decision === undefined || seconds <= 0 ? [] : [{ decision: decision.id, kind, target: text, seconds }];
      });
    });
  }

  /**
   * What was read back, for each decision of which it says something new.
   *
   * @param problem why the firewall refused; null: it did not
   */
  results(
    enforcer: string,
    standing: readonly EnforcedEntry[],
    problem: string | null,
    at: number,
  ): { decision: Decision; result: Decision['enforcers'][number] }[] {
    const there = new Set(standing.map(({ decision }) => decision));
    const ranges = standing.flatMap(({ kind, target }) => {
      const network = target.includes('/') ? readNetwork(target) : null;
      return network === null ? [] : [{ kind, network }];
    });
    return (['block', 'redirect'] as const).flatMap((kind) =>
      this.inForce(kind).flatMap(({ decision, network }) => {
        const around = there.has(decision.id)
          ? undefined
          : ranges.find((range) => range.kind === kind && holds(range.network, network));
        const isThere = there.has(decision.id) || around !== undefined;
        const detail = around === undefined ? '' : `Covered by ${around.network.text}.`;
        const result = isThere
          ? { enforcer, state: 'verified' as const, detail, at }
          : { enforcer, state: 'failed' as const, detail: problem ?? 'It is not there.', at };
        return saysNew(decision, result) ? [{ decision, result }] : [];
      }),
    );
  }
}

const saysNew = (decision: Decision, { enforcer, state, detail }: Decision['enforcers'][number]): boolean => {
  const last = decision.enforcers.find((each) => each.enforcer === enforcer);
  return last?.state !== state || last.detail !== detail;
};

export const withResult = (decision: Decision, result: Decision['enforcers'][number]): Decision => ({
  ...decision,
  enforcers: [...decision.enforcers.filter(({ enforcer }) => enforcer !== result.enforcer), result],
});
