import {
  anyOf,
  type EventJson,
  isOneOf,
  recordScore,
  type ThreatFacts,
  type ThreatScore,
  threatScore,
} from '../../model/index.ts';
import type { ScoreControl } from '../../serve/decisions/types.ts';
import { factsOf, type Known, lastDay, type Span } from './score.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** What is known of a source is looked up again after this time: within five seconds it is in its records. */
const freshMs = 2000;
/** Of what lies a day back and more nothing new is to be expected soon. */
const oldFreshMs = 60_000;
const blockMs = 6 * hourMs;
const mostKept = 20_000;
const mostSuspects = 5000;

/** Scores of addresses, and of records with what is known of their sources. */
export class Scores implements ScoreControl {
  readonly #known: Known;
  readonly #now: () => number;
  readonly #kept = new Map<string, { until: number; facts: ThreatFacts }>();
  #suspects: { until: number; addresses: Promise<readonly string[]> } | null = null;

  constructor({ now, ...known }: Known & { now: () => number }) {
    this.#known = known;
    this.#now = now;
  }

  /** What an address's score is made from, as it is known now. */
  async facts(address: string): Promise<ThreatFacts> {
    return (await factsOf(this.#known, [address], lastDay(this.#now()))).get(address) ?? {};
  }

  async of(address: string): Promise<ThreatScore> {
    return threatScore(await this.facts(address));
  }

  async rate(records: readonly EventJson[]): Promise<ThreatScore[]> {
    const now = this.#now();
    /** By the span of time that counts, the addresses of which that is not known. */
    const missing = new Map<number, Set<string>>();
    const found = new Map<string, ThreatFacts>();
    for (const record of records) {
      const { src_ip } = record;
      if (src_ip === null) continue;
      const block = blockOf(record, now);
      const key = `${block} ${src_ip}`;
      const kept = this.#kept.get(key);
      if (kept !== undefined && kept.until > now) found.set(key, kept.facts);
      else missing.set(block, (missing.get(block) ?? new Set()).add(src_ip));
    }
    for (const [block, addresses] of missing) {
      const span = block === latest ? lastDay(now) : around(block);
      for (const [address, facts] of await factsOf(this.#known, [...addresses], span)) {
        const key = `${block} ${address}`;
        found.set(key, facts);
        this.#keep(key, { until: now + (block === latest ? freshMs : oldFreshMs), facts });
      }
    }
    return records.map((record) => recordScore(record, found.get(`${blockOf(record, now)} ${record.src_ip}`)));
  }

  #keep(key: string, entry: { until: number; facts: ThreatFacts }): void {
    this.#kept.delete(key);
    this.#kept.set(key, entry);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= mostKept) break;
      this.#kept.delete(oldest);
    }
  }

  suspects(): Promise<readonly string[]> {
    const now = this.#now();
    if (this.#suspects === null || this.#suspects.until <= now)
      this.#suspects = { until: now + freshMs, addresses: this.#findSuspects(now) };
    return this.#suspects.addresses;
  }

  async #findSuspects(now: number): Promise<readonly string[]> {
    const { state, events } = this.#known;
    const alerted = state.alerts.topGroups({ from: now - 7 * dayMs }, 'src_ip', mostSuspects);
    const seen = await events.top(
      {
        ...lastDay(now),
        condition: anyOf(
          { op: 'startswith', column: 'event_type', values: ['decoy.'], fold: false },
          isOneOf('event_type', 'auth.failure', 'sql.auth_failure', 'net.blocked', 'web.attack', 'sql.injection'),
        ),
      },
      'src_ip',
      mostSuspects,
    );
    return [...new Set([...alerted, ...seen].map(({ value }) => value))];
  }
}

const latest = -1;

/** Older records are taken by six hours: what is known of their source belongs to the day around those. */
function blockOf({ time, received_at }: EventJson, now: number): number {
  const at = Date.parse(time ?? received_at ?? '');
  return Number.isFinite(at) && at < now - dayMs ? Math.floor(at / blockMs) : latest;
}

const around = (block: number): Span => ({
  from: block * blockMs - (dayMs - blockMs) / 2,
  to: (block + 1) * blockMs + (dayMs - blockMs) / 2,
});
