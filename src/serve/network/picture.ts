import type { LiveFlow, NetworkPicture, NetworkQuestion, Talker, TalkPair } from './types.ts';

const maxAddresses = 20_000;
const maxPeers = 1000;
const shownTalkers = 50;
const shownPairs = 80;

/** What is added up of a conversation. */
export type FlowSums = Pick<LiveFlow, 'src_ip' | 'dst_ip' | 'protocol' | 'bytes_out' | 'bytes_in' | 'last'>;

interface Tally {
  talker: Talker;
  peers: Set<string>;
}

interface PairTally {
  pair: TalkPair;
  services: Map<string, number>;
}

/** What conversations come to, one by one. Above 20,000 addresses the rest is not added up; flows are all looked at. */
export class Picture {
  readonly #question: NetworkQuestion;
  #flows: LiveFlow[] = [];
  readonly #talkers = new Map<string, Tally>();
  readonly #pairs = new Map<string, PairTally>();
  readonly #services = new Map<string, { name: string; flows: number; bytes: number }>();
  #held = 0;
  #matching = 0;

  constructor(question: NetworkQuestion) {
    this.#question = question;
  }

  /** @param make the conversation, where it is listed. @param count as how many it counts */
  add(flow: FlowSums, said: string | null, make: () => LiveFlow, count = 1): void {
    const { address, protocol, service, limit } = this.#question;
    this.#held += count;
    const name = said ?? flow.protocol;
    if (address !== null && flow.src_ip !== address && flow.dst_ip !== address) return;
    if (protocol !== null && flow.protocol !== protocol) return;
    if (service !== null && name !== service) return;
    this.#matching += count;
    const bytes = flow.bytes_out + flow.bytes_in;
    this.#addTalker(flow.src_ip, flow.dst_ip, flow.bytes_out, flow.bytes_in, count);
    this.#addTalker(flow.dst_ip, flow.src_ip, flow.bytes_in, flow.bytes_out, count);
    this.#addPair(flow.src_ip, flow.dst_ip, name, bytes, count);
    const sum = this.#services.get(name) ?? { name, flows: 0, bytes: 0 };
    sum.flows += count;
    sum.bytes += bytes;
    this.#services.set(name, sum);
    this.#keepNewest(limit, flow.last, make);
  }

  /** @param at epoch ms of the newest packet */
  result(at: number): NetworkPicture {
    const weight = ({ bytes_out, bytes_in }: Talker): number => bytes_out + bytes_in;
    return {
      at,
      held: this.#held,
      matching: this.#matching,
      flows: this.#flows.sort((a, b) => b.last - a.last).slice(0, this.#question.limit),
      talkers: [...this.#talkers.values()]
        .map(({ talker, peers }) => ({ ...talker, peers: peers.size }))
        .sort((a, b) => weight(b) - weight(a))
        .slice(0, shownTalkers),
      pairs: [...this.#pairs.values()]
        .sort((a, b) => b.pair.flows - a.pair.flows || b.pair.bytes - a.pair.bytes)
        .slice(0, shownPairs)
        .map(({ pair, services: seen }) => ({
          ...pair,
          services: [...seen].sort((a, b) => b[1] - a[1]).map(([name]) => name),
        })),
      services: [...this.#services.values()].sort((a, b) => b.flows - a.flows),
      more: {
        talkers: Math.max(0, this.#talkers.size - shownTalkers),
        pairs: Math.max(0, this.#pairs.size - shownPairs),
      },
    };
  }

  /** Collects up to twice the limit and then drops the older half, so that no more than that is ever sorted. */
  #keepNewest(limit: number, last: number, make: () => LiveFlow): void {
    const flows = this.#flows;
    const oldest = flows[0];
    if (flows.length >= limit && oldest !== undefined && flows.length % limit === 0 && last < oldest.last) return;
    flows.push(make());
    if (flows.length < limit * 2) return;
    flows.sort((a, b) => b.last - a.last);
    flows.length = limit;
    flows.reverse();
  }

  #addTalker(address: string, peer: string, out: number, back: number, count: number): void {
    let tally = this.#talkers.get(address);
    if (tally === undefined) {
      if (this.#talkers.size >= maxAddresses) return;
      tally = { talker: { address, flows: 0, bytes_out: 0, bytes_in: 0, peers: 0 }, peers: new Set() };
      this.#talkers.set(address, tally);
    }
    tally.talker.flows += count;
    tally.talker.bytes_out += out;
    tally.talker.bytes_in += back;
    if (tally.peers.size < maxPeers) tally.peers.add(peer);
  }

  #addPair(src_ip: string, dst_ip: string, service: string, bytes: number, count: number): void {
    const key = `${src_ip} ${dst_ip}`;
    let tally = this.#pairs.get(key);
    if (tally === undefined) {
      if (this.#pairs.size >= maxAddresses) return;
      tally = { pair: { src_ip, dst_ip, flows: 0, bytes: 0, services: [] }, services: new Map() };
      this.#pairs.set(key, tally);
    }
    tally.pair.flows += count;
    tally.pair.bytes += bytes;
    tally.services.set(service, (tally.services.get(service) ?? 0) + count);
  }
}
