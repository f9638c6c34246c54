import type { ReputationVerdict } from '../../model/reputation.ts';
import type { Log } from '../../serve/contract.ts';
import type { ProviderView } from '../../serve/intel/types.ts';
import type { ProviderAnswer, StateStore } from '../../store/contract.ts';
import { download } from './download.ts';
import type { Finding, Provider } from './providers/provider.ts';

const timeoutMs = 5000;
const mostBytes = 4 * 1024 * 1024;
/** At a time, of one provider. */
const mostAtOnce = 4;
const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;

/** Who asks: what they may use of a day's budget. A person is never held back by what the machine asked. */
export const shares = { person: 1, alert: 0.9, event: 0.5 } as const;
export type AskedFor = keyof typeof shares;

/** What came of asking: an answer, or in a sentence why there is none. */
export type Asked = { answer: ProviderAnswer; note: null } | { answer: null; note: string };

export interface AskerOptions {
  provider: Provider;
  state: StateStore;
  /** Null: there is none. */
  key: () => string | null;
  keyFrom: () => ProviderView['key'];
  base: () => string;
  perDay: () => number;
  perMinute: () => number | null;
  now: () => number;
  log: Log;
}

/** Asks one provider: within its budget, with pauses where it refuses or fails, and never the same twice at a time. */
export class Asker {
  readonly #options: AskerOptions;
  readonly #running = new Map<string, Promise<Asked>>();
  readonly #waiting: (() => void)[] = [];
  readonly #stopping = new AbortController();
  /** When the last questions went out, oldest first. */
  #minute: number[] = [];
  #active = 0;
  #failures = 0;
  #pausedUntil = 0;
  #lastError: string | null = null;
  #lastAnswerAt: number | null = null;

  constructor(options: AskerOptions) {
    this.#options = options;
  }

  get provider(): Provider {
    return this.#options.provider;
  }

  get hasKey(): boolean {
    return this.#options.key() !== null;
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** Another key, or none: what the old one was refused for is over. */
  keyChanged(): void {
    this.#pausedUntil = 0;
    this.#failures = 0;
    this.#lastError = null;
  }

  view(): ProviderView {
    const { provider, perDay, perMinute, now } = this.#options;
    return {
      source: provider.source,
      name: provider.name,
      key: this.#options.keyFrom(),
      used_today: this.#usedToday(),
      per_day: perDay(),
      per_minute: perMinute(),
      cache_hours: provider.cacheMs / hourMs,
      paused_until: this.#pausedUntil > now() ? this.#pausedUntil : null,
      last_error: this.#lastError,
      last_answer_at: this.#lastAnswerAt,
    };
  }

  /** Why it cannot be asked right now, in a sentence; null: it can. */
  refusal(who: AskedFor): string | null {
    const { provider, perDay, perMinute, now } = this.#options;
    if (!this.hasKey) return `${provider.name} was not asked: no key is set.`;
    if (this.#pausedUntil > now())
      return `${provider.name} was not asked: ${this.#lastError ?? 'it failed'} It is asked again in ${pause(this.#pausedUntil - now())}.`;
    if (this.#usedToday() >= Math.floor(perDay() * shares[who]))
      return `${provider.name} was not asked: the day's budget of ${perDay()} questions is used. It begins anew at 00:00 UTC.`;
    const most = perMinute();
    if (most !== null && this.#lastMinute() >= most)
      return `${provider.name} was not asked: ${most} questions a minute are used. Try again in a minute.`;
    return null;
  }

  ask(address: string, who: AskedFor): Promise<Asked> {
    const running = this.#running.get(address);
    if (running !== undefined) return running;
    const asked = this.#inTurn(address, who).finally(() => this.#running.delete(address));
    this.#running.set(address, asked);
    return asked;
  }

  async #inTurn(address: string, who: AskedFor): Promise<Asked> {
    if (this.#active >= mostAtOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#active += 1;
    try {
      const note = this.refusal(who);
      return note === null ? await this.#ask(address) : { answer: null, note };
    } finally {
      this.#active -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #ask(address: string): Promise<Asked> {
    const { provider, key, base, state, now } = this.#options;
    const { url, headers } = provider.request(base().replace(/\/+$/, ''), key() ?? '', address);
    state.intel.use(provider.source, dayOf(now()));
    this.#minute.push(now());
    try {
      const {
        status,
        headers: said,
        body,
      } = await download(url, {
        headers,
        maxBytes: mostBytes,
        timeoutMs,
        // Its address is from the configuration alone.
        allowPrivate: true,
        signal: this.#stopping.signal,
      });
      if (status === 200 || (status === 404 && provider.unknown !== null)) {
        const finding = status === 404 ? (provider.unknown?.(address) ?? null) : provider.read(json(body), address);
        if (finding === null) throw new Error('Its answer is not in the published form.');
        return { answer: this.#remember(address, finding), note: null };
      }
      this.#refused(status, said['retry-after']);
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : String(error));
    }
    return { answer: null, note: `${provider.name} gave no answer: ${this.#lastError}` };
  }

  #remember(address: string, finding: Finding): ProviderAnswer {
    const { provider, state, now } = this.#options;
    this.#failures = 0;
    this.#lastError = null;
    this.#lastAnswerAt = now();
    const answer: ProviderAnswer = {
      source: provider.source,
      address,
      checked_at: now(),
      expires_at: now() + provider.cacheMs,
      document: finding,
    };
    state.intel.remember(answer);
    return answer;
  }

  #refused(status: number, retryAfter: string | undefined): void {
    if (status === 401 || status === 403) {
      this.#pause(hourMs, `It refuses the key (${status}).`);
    } else if (status === 429) {
      const asked = retryMs(retryAfter, this.#options.now());
      this.#pause(asked ?? Math.min(minuteMs * 2 ** this.#failures, hourMs), 'It says that too much is asked (429).');
    } else this.#failed(`It answers ${status}.`);
  }

  /** A slow or broken provider is left alone: 5 s, 10 s, 20 s … 10 min. */
  #failed(why: string): void {
    this.#pause(Math.min(5000 * 2 ** this.#failures, 10 * minuteMs), why);
  }

  #pause(ms: number, why: string): void {
    const { provider, log, now } = this.#options;
    // Several that were under way fail together: that is one failure.
    if (this.#pausedUntil <= now()) {
      this.#failures += 1;
      log('warn', `${provider.name}: ${why} It is asked again in ${pause(ms)}.`);
    }
    this.#pausedUntil = Math.max(this.#pausedUntil, now() + Math.min(ms, dayMs));
    this.#lastError = why;
  }

  #usedToday(): number {
    const { state, provider, now } = this.#options;
    return state.intel.used(provider.source, dayOf(now()));
  }

  #lastMinute(): number {
    const from = this.#options.now() - minuteMs;
    this.#minute = this.#minute.filter((at) => at > from);
    return this.#minute.length;
  }
}

/** What an answer says, as it is shown. */
export function verdictOf(
  { source, checked_at, document }: ProviderAnswer,
  time: (ms: number) => string,
): ReputationVerdict {
  return {
    source: source as ReputationVerdict['source'],
    ...(document as Finding).verdict,
    checked_at: time(checked_at),
  };
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

function json(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}

/** `Retry-After`: seconds or a date. */
function retryMs(value: string | undefined, now: number): number | null {
  if (value === undefined) return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) && ms > 0 ? ms : null;
}

const pause = (ms: number): string =>
  ms < 90_000
    ? `${Math.ceil(ms / 1000)} s`
    : ms < 2 * hourMs
      ? `${Math.ceil(ms / minuteMs)} min`
      : `${Math.ceil(ms / hourMs)} h`;
