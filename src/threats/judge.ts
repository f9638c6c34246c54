/* Detectors over matches that were written down: the same engine as over events, without looking at those again. */
import type { Correlator } from '../detect/contract.ts';
import { type Event, type Match, newEvent } from '../model/index.ts';
import { Budget, Collector } from './collect.ts';
import type { Detectors } from './detectors.ts';
import { isSame, type LogChunk, stepOf, unitOf } from './log.ts';
import { openedBy, type Ran, windowCorrelator } from './run.ts';

const origin = { source: '', source_type: 'internal', peer: null, hint: null, identity: '' } as const;

export class Judge {
  readonly #detectors: Detectors;
  readonly #correlator: Correlator;
  readonly #budget = new Budget();
  readonly #collectors: ReadonlyMap<string, Collector>;
  /** Of one event. Nobody keeps them, or the event: they are filled anew. */
  readonly #matches: Match[] = [];
  readonly #spare: Match[] = [];
  readonly #event = newEvent(origin, 0, '');
  #seq = 0;

  constructor(detectors: Detectors, maxGroupsPerRule: number) {
    this.#detectors = detectors;
    this.#correlator = windowCorrelator(detectors, maxGroupsPerRule);
    this.#collectors = new Map(detectors.list.map((one) => [one.rule_id, new Collector(one, this.#budget, false)]));
  }

  /** Takes matches of [from, to). They come in order of time. */
  take(chunk: LogChunk, from: number, to: number): void {
    const { rows, times, kinds, groups, values, users, addresses, ports, protocols, texts, groupTable } = chunk;
    const { units } = this.#detectors;
    const textAt = (place: number): string | null => (place === 0 ? null : (texts[place - 1] as string));
    const event = this.#event;
    for (let row = 0; row < rows; row += 1) {
      const time = times[row] as number;
      if (time < from || time >= to) continue;
      const kind = kinds[row] as number;
      const unit = units[unitOf(kind)];
      if (unit === undefined) continue;
      if (!isSame(kind)) {
        this.#judge();
        this.#seq += 1;
        event.time = time;
        event.received_at = time;
        event.id = String(this.#seq);
      }
      event.user = textAt(users[row] as number);
      event.src_ip = textAt(addresses[row] as number);
      event.protocol = textAt(protocols[row] as number);
      const port = ports[row] as number;
      event.dst_port = port === 0 ? null : port - 1;
      const match = this.#spare.pop() ?? newMatch(event);
      const group = groups[row] as number;
      match.rule_id = unit.id;
      match.rule_hash = unit.hash;
      match.step = stepOf(kind);
      match.group = group === 0 ? null : (groupTable[group - 1] as readonly string[]);
      match.time = time;
      match.received_at = time;
      match.seq = this.#seq;
      match.event_id = event.id;
      match.value = textAt(values[row] as number);
      this.#matches.push(match);
    }
  }

  #judge(): void {
    const matches = this.#matches;
    if (matches.length === 0) return;
    const changes = this.#correlator.observe(matches);
    for (const match of matches)
      this.#collectors.get(match.rule_id)?.take(match, changes.length === 0 ? null : openedBy(changes, match.rule_id));
    this.#spare.push(...matches);
    matches.length = 0;
  }

  /** There are no more. */
  finish(scanned: number, endedAt: number | null): Ran {
    this.#judge();
    const collectors = [...this.#collectors];
    const found = new Map(collectors.map(([rule_id, collector]) => [rule_id, collector.finish()]));
    const { leftOutAttacks, leftOutEvents, forgotten } = this.#budget;
    return {
      ...{ found, scanned, endedAt, leftOutAttacks, leftOutEvents, forgotten },
      matched: collectors.reduce((sum, [, { matched }]) => sum + matched, 0),
      evicted: this.#correlator.stats().evicted,
      ...{ events: [], timeline: 0 },
    };
  }
}

const newMatch = (event: Event): Match => ({
  ...{ rule_id: '', rule_hash: '', step: 0, group: null, time: 0, received_at: 0 },
  ...{ seq: 0, event_id: '', value: null, event },
});
