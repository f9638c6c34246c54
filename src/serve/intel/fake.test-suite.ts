import type { AllowedNetwork } from '../../store/contract.ts';
import { RefusedError } from '../contract.ts';
import type { AddressFacts, IntelControl, IntelListView, NewIntelList, ProviderName, ProviderView } from './types.ts';

/** Remembers what it was told; fetches nothing and asks nobody. */
export class FakeIntel implements IntelControl {
  readonly held: IntelListView[] = [];
  readonly networks: AllowedNetwork[] = [];
  readonly keys = new Map<ProviderName, string>();
  readonly asked: { address: string; ask: boolean }[] = [];

  summary() {
    return { networks: 0, built_at: null, build_ms: null, problem: null, waiting: 0, skipped: 0 };
  }
  lists() {
    return this.held;
  }
  addList(list: NewIntelList): IntelListView {
    if (list.url.includes('127.0.0.1')) throw new RefusedError('127.0.0.1 is an internal address.');
    this.held.push(testList({ ...list, id: `own-${this.held.length}`, enabled: true }));
    return this.held.at(-1) as IntelListView;
  }
  async uploadList(_: string | null, list: Omit<NewIntelList, 'url' | 'everyHours'>, text: string) {
    this.held.push(testList({ ...list, id: `own-${this.held.length}`, url: null, bytes: text.length }));
    return this.held.at(-1) as IntelListView;
  }
  changeList(id: string, change: Partial<IntelListView>): IntelListView {
    const list = this.held.find((each) => each.id === id);
    if (list === undefined) throw new RefusedError(`There is no list "${id}".`);
    return Object.assign(list, change);
  }
  removeList(id: string): boolean {
    const at = this.held.findIndex((each) => each.id === id);
    if (at >= 0) this.held.splice(at, 1);
    return at >= 0;
  }
  async fetchList(id: string) {
    return this.changeList(id, { fetched_at: 1 });
  }
  allowed() {
    return this.networks;
  }
  allow(network: string, reason: string, by: string): AllowedNetwork {
    if (network.startsWith('10.')) throw new RefusedError(`${network} is private.`);
    this.networks.push({ network, reason, by, created_at: 1000 });
    return this.networks.at(-1) as AllowedNetwork;
  }
  disallow(network: string): boolean {
    return this.networks.some((each) => each.network === network);
  }
  providers(): ProviderView[] {
    return (['virustotal', 'abuseipdb', 'otx'] as const).map((source) => ({
      source,
      name: source,
      key: this.keys.has(source) ? 'browser' : 'none',
      used_today: 1,
      per_day: 500,
      per_minute: null,
      cache_hours: 1,
      paused_until: null,
      last_error: null,
      last_answer_at: null,
    }));
  }
  setKey(source: ProviderName, key: string | null): void {
    if (key === null) this.keys.delete(source);
    else this.keys.set(source, key);
  }
  async test(source: ProviderName) {
    return { ok: this.keys.has(source), message: `${source} says something.` };
  }
  databases() {
    return [
      {
        name: 'x.mmdb',
        type: 'City',
        built_at: '2026-11-01T00:00:00.000Z',
        bytes: 10,
        attribution: null,
        problem: null,
      },
    ];
  }
  place(address: string): AddressFacts['geo'] {
    return address.startsWith('203.0.113.') ? { country: 'NL' } : address === '198.51.100.1' ? { country: 'DE' } : null;
  }
  async facts(address: string, ask: boolean): Promise<AddressFacts> {
    this.asked.push({ address, ask });
    return { address, external: true, allowed: null, geo: { country: 'DE' }, hit: null, reputation: null };
  }
}

const testList = (change: Partial<IntelListView> = {}): IntelListView => ({
  id: 'feodo',
  name: 'Feodo',
  url: 'https://lists.example.com/feodo.csv',
  category: 'c2',
  level: 'malicious',
  origin: 'shipped',
  description: '',
  enabled: false,
  everyHours: 24,
  fetched_at: null,
  tried_at: null,
  next_at: null,
  fetching: false,
  error: null,
  bytes: null,
  entries: null,
  left_out: null,
  ...change,
});
