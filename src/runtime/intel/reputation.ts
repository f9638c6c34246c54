import { isExternalText } from '../../enrich/address.ts';
import type { GeoLookup, IntelHit } from '../../enrich/contract.ts';
import { isoTime } from '../../model/index.ts';
import type { Reputation, ReputationVerdict } from '../../model/reputation.ts';
import type { Log } from '../../serve/contract.ts';
import type { ReputationControl } from '../../serve/reputation/types.ts';
import type { ProviderAnswer, StateStore } from '../../store/contract.ts';
import { repeat } from '../repeat.ts';
import { type AskedFor, type Asker, verdictOf } from './asker.ts';
import { type Finding, worse } from './providers/provider.ts';

/** Addresses of a batch that are asked about at a time. */
const atOnce = 8;
const mostAnswers = 100_000;
const forgetEveryMs = 3_600_000;

export interface ReputationOptions {
  state: StateStore;
  askers: readonly Asker[];
  /** What the lists say. */
  hit: (address: string) => IntelHit | null;
  geo: GeoLookup | null;
  now: () => number;
  log: Log;
}

/** What is known against addresses: from lists, and from providers as far as they may be asked. */
export class ReputationDesk implements ReputationControl {
  readonly #options: ReputationOptions;
  readonly #timer: NodeJS.Timeout;

  constructor(options: ReputationOptions) {
    this.#options = options;
    const { state, now, log } = options;
    this.#timer = repeat(forgetEveryMs, 'Old answers about reputations were not dropped', log, () =>
      state.intel.forget(now(), mostAnswers),
    );
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get unavailable(): string | null {
    return this.#options.askers.some(({ hasKey }) => hasKey)
      ? null
      : 'No key of a reputation provider is set. Set VIRUS_TOTAL_API_KEY, ABUSEIPDB_API_KEY or OTX_API_KEY, or enter a key under Intelligence.';
  }

  async of(address: string, options: { useCache?: boolean } = {}): Promise<Reputation | null> {
    return this.ask(address, 'person', options.useCache ?? true);
  }

  async many(addresses: readonly string[]): Promise<Map<string, Reputation>> {
    const waiting = [...new Set(addresses)];
    const found = new Map<string, Reputation>();
    const next = async (): Promise<void> => {
      for (let address = waiting.shift(); address !== undefined; address = waiting.shift()) {
        const reputation = await this.of(address);
        if (reputation !== null) found.set(address, reputation);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, next));
    return found;
  }

  known(address: string): Reputation | null {
    if (!isExternalText(address)) return null;
    const answers = this.#fresh(address);
    const hit = this.#options.hit(address);
    return answers.length === 0 && hit === null ? null : this.#compose(address, answers, hit, null);
  }

  /**
   * @param who whose share of the budgets it takes
   * @param only these providers; absent: all that have a key
   */
  async ask(
    address: string,
    who: AskedFor,
    useCache = true,
    only: (asker: Asker) => boolean = () => true,
  ): Promise<Reputation | null> {
    const { askers, hit } = this.#options;
    if (!isExternalText(address))
      return this.#compose(address, [], null, 'It is a private or reserved address: nobody is asked about it.');
    const known = useCache ? this.#fresh(address) : [];
    const asked = await Promise.all(
      askers
        .filter((asker) => asker.hasKey && only(asker) && !known.some(({ source }) => source === asker.provider.source))
        .map((asker) => asker.ask(address, who)),
    );
    const answers = [...known, ...asked.flatMap(({ answer }) => answer ?? [])];
    const notes = asked.flatMap(({ note }) => note ?? []);
    const listed = hit(address);
    if (answers.length === 0 && notes.length === 0 && listed === null) return null;
    return this.#compose(address, answers, listed, notes.length === 0 ? null : notes.join(' '));
  }

  #fresh(address: string): ProviderAnswer[] {
    const { state, now } = this.#options;
    return state.intel.answers(address).filter(({ expires_at }) => expires_at > now());
  }

  /** One reputation of all that is said. The worst word counts. */
  #compose(address: string, answers: readonly ProviderAnswer[], hit: IntelHit | null, note: string | null): Reputation {
    const verdicts = [...answers.map((answer) => verdictOf(answer, isoTime)), ...(hit === null ? [] : [listed(hit)])];
    const facts = answers.map(({ document }) => (document as Finding).facts);
    const first = <Key extends keyof Finding['facts']>(key: Key): Finding['facts'][Key] | null =>
      facts.map((each) => each[key]).find((value) => value !== null && value !== undefined) ?? null;
    const all = (key: 'categories' | 'detection_names', more: readonly string[] = []): string[] => [
      ...new Set([...facts.flatMap((each) => each[key] ?? []), ...more]),
    ];
    const place = this.#options.geo?.(address) ?? null;
    return {
      detected: verdicts.some(({ malicious }) => malicious) || (first('malicious_count') ?? 0) > 0,
      reputation_score: Math.max(0, ...verdicts.map(({ score }) => score)),
      threat_level: verdicts.map(({ threat_level }) => threat_level).reduce(worse, 'UNKNOWN'),
      malicious_count: first('malicious_count') ?? 0,
      suspicious_count: first('suspicious_count') ?? 0,
      total_engines: first('total_engines') ?? 0,
      last_analysis_date: first('last_analysis_date') ?? null,
      country: first('country') ?? place?.country ?? null,
      asn: first('asn') ?? place?.asn ?? null,
      as_owner: first('as_owner') ?? place?.as_org ?? null,
      categories: all('categories', hit?.categories),
      detection_names: all('detection_names', hit?.labels),
      virustotal_url: first('virustotal_url') ?? null,
      verdicts,
      note,
    };
  }
}

const listed = ({ matched, feeds, level }: IntelHit): ReputationVerdict => ({
  source: 'feeds',
  malicious: level === 'malicious',
  threat_level: level === 'malicious' ? 'CRITICAL' : 'MEDIUM',
  score: level === 'malicious' ? 100 : 50,
  summary: `On ${feeds.length === 1 ? 'the list' : 'the lists'} ${feeds.join(', ')} as ${matched}.`,
  checked_at: null,
  link: null,
});
