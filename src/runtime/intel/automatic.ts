import { isExternalText } from '../../enrich/address.ts';
import { type Alert, severityRank } from '../../model/index.ts';
import type { Reputation } from '../../model/reputation.ts';
import type { Log } from '../../serve/contract.ts';
import { repeat } from '../repeat.ts';
import type { AskedFor, Asker } from './asker.ts';

/** Addresses that wait, of alerts and of events each. One more is counted and let go. */
const mostWaiting = 1000;
/** Addresses that are asked about at a time. */
const atOnce = 2;
/** Of one alert. */
const mostOfAlert = 5;
/** A provider that cannot be asked about an alert right now is asked later, so many times. */
const laterMs = 15_000;
const mostTries = 40;
/** The same verdict is told again after this time at the earliest: as long as an answer is good. */
const toldForMs = 3_600_000;
const mostTold = 10_000;

export interface AutomaticOptions {
  askers: readonly Asker[];
  ask: (address: string, who: AskedFor, only: (asker: Asker) => boolean) => Promise<Reputation | null>;
  /** Which addresses are asked about now. */
  wanted: () => 'off' | 'alerts' | 'events';
  isAllowed: (address: string) => boolean;
  /** Hands Phosor's own account of an address to the pipeline. */
  tell: (report: MaliciousReport) => void;
  now: () => number;
  log: Log;
}

/** What is told about an address, as an event of format `phosor`. */
export interface MaliciousReport {
  phosor: 'intel.malicious';
  address: string;
  /** Who calls it malicious. */
  providers: string[];
  score: number;
  message: string;
}

interface Item {
  address: string;
  who: 'alert' | 'event';
  tries: number;
}

/**
 * Asks providers about addresses that nobody asked about by hand: those of new alerts first, then external sources of events
 * when they are first seen. VirusTotal, whose budget is small, is asked about alerts only. A malicious verdict goes the data's way as an
 * event, so that a rule makes an alert of it like of any other.
 */
export class AutomaticAsker {
  readonly #options: AutomaticOptions;
  readonly #lanes: Record<'alert' | 'event', Map<string, Item>> = { alert: new Map(), event: new Map() };
  readonly #later: { at: number; item: Item }[] = [];
  readonly #told = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #active = 0;
  #isStopped = false;
  /** Addresses that were not asked about: too many waited, or the budget was used. */
  skipped = 0;

  constructor(options: AutomaticOptions) {
    this.#options = options;
    this.#timer = repeat(1000, 'Reputations were not asked for', options.log, () => this.#pump());
  }

  get waiting(): number {
    return this.#lanes.alert.size + this.#lanes.event.size + this.#later.length;
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
  }

  /** External sources of events that are new. */
  events(addresses: readonly string[], left: number): void {
    if (this.#options.wanted() !== 'events') return;
    this.skipped += left;
    for (const address of addresses) this.#put({ address, who: 'event', tries: 0 });
    this.#pump();
  }

  alert(alert: Alert): void {
    if (this.#options.wanted() === 'off' || alert.historical || severityRank[alert.severity] < severityRank.medium)
      return;
    for (const address of addressesOf(alert)) this.#put({ address, who: 'alert', tries: 0 });
    this.#pump();
  }

  #put(item: Item): void {
    if (!this.#options.askers.some((asker) => this.#concerns(asker, item.who) && asker.hasKey)) return;
    if (this.#options.isAllowed(item.address)) return;
    const lane = this.#lanes[item.who];
    if (lane.has(item.address) || this.#lanes.alert.has(item.address)) return;
    // What an alert is about goes before what was only seen.
    if (item.who === 'alert') this.#lanes.event.delete(item.address);
    if (lane.size >= mostWaiting) this.skipped += 1;
    else lane.set(item.address, item);
  }

  #pump(): void {
    const now = this.#options.now();
    for (let i = this.#later.length - 1; i >= 0; i -= 1) {
      const due = this.#later[i];
      if (due === undefined || due.at > now) continue;
      this.#later.splice(i, 1);
      this.#put(due.item);
    }
    while (this.#active < atOnce && !this.#isStopped) {
      const item = this.#next();
      if (item === null) return;
      this.#active += 1;
      void this.#handle(item).finally(() => {
        this.#active -= 1;
        this.#pump();
      });
    }
  }

  #next(): Item | null {
    for (const lane of [this.#lanes.alert, this.#lanes.event]) {
      for (const item of lane.values()) {
        lane.delete(item.address);
        return item;
      }
    }
    return null;
  }

  async #handle(item: Item): Promise<void> {
    const { askers, ask } = this.#options;
    const { address, who } = item;
    const concerned = askers.filter((asker) => asker.hasKey && this.#concerns(asker, who));
    const refused = concerned.filter((asker) => asker.refusal(who) !== null);
    if (refused.length > 0) {
      if (who === 'alert' && item.tries < mostTries) {
        this.#later.push({ at: this.#options.now() + laterMs, item: { ...item, tries: item.tries + 1 } });
        if (this.#later.length > mostWaiting) {
          this.#later.shift();
          this.skipped += 1;
        }
      } else this.skipped += 1;
    }
    if (refused.length === concerned.length) return;
    const reputation = await ask(address, who, (asker) => concerned.includes(asker) && !refused.includes(asker));
    if (reputation !== null) this.#judge(address, reputation);
  }

  #judge(address: string, { verdicts, reputation_score }: Reputation): void {
    const against = verdicts.filter(({ source, malicious }) => malicious && source !== 'feeds');
    if (against.length === 0) return;
    const now = this.#options.now();
    if ((this.#told.get(address) ?? 0) > now - toldForMs) return;
    if (this.#told.size >= mostTold) this.#told.clear();
    this.#told.set(address, now);
    const names = new Map(this.#options.askers.map(({ provider }) => [provider.source as string, provider.name]));
    const said = against.map(({ source, summary }) => `${names.get(source) ?? source}: ${summary}`);
    this.#options.tell({
      phosor: 'intel.malicious',
      address,
      providers: against.map(({ source }) => source),
      score: reputation_score,
      message: `${address} is called malicious. ${said.join(' ')}`,
    });
  }

  #concerns = ({ provider }: Asker, who: Item['who']): boolean => who === 'alert' || provider.source !== 'virustotal';
}

/** The external addresses that an alert is about: its group first, then the sources of its events. */
function addressesOf({ group, events }: Alert): string[] {
  const named = Object.entries(group)
    .filter(([field]) => /(?:^|\.)(?:src_ip|dst_ip|address)$/.test(field))
    .map(([, value]) => value);
  const sources = events.slice(0, 20).flatMap(({ src_ip }) => src_ip ?? []);
  return [...new Set([...named, ...sources])].filter(isExternalText).slice(0, mostOfAlert);
}
