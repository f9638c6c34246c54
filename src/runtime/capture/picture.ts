import type { LiveFlow, NetworkPicture, NetworkQuestion, Talker, TalkPair } from '../../serve/network/types.ts';
import type { Wire } from '../../wire/wire.ts';

const maxAddresses = 20_000;
const maxPeers = 1000;
const shownTalkers = 50;
const shownPairs = 80;

interface Tally {
  talker: Talker;
  peers: Set<string>;
}

interface PairTally {
  pair: TalkPair;
  services: Map<string, number>;
}

/** What the conversations that are held now come to. Above 20,000 addresses the rest is not added up; flows are all looked at. */
export function pictureOf(wire: Wire, question: NetworkQuestion): NetworkPicture {
  const { address, protocol, service, limit } = question;
  const flows: LiveFlow[] = [];
  const talkers = new Map<string, Tally>();
  const pairs = new Map<string, PairTally>();
  const services = new Map<string, { name: string; flows: number; bytes: number }>();
  let held = 0;
  let matching = 0;
  wire.eachFlow((flow, talk) => {
    held += 1;
    const name = talk?.service ?? flow.protocol;
    if (address !== null && flow.src_ip !== address && flow.dst_ip !== address) return;
    if (protocol !== null && flow.protocol !== protocol) return;
    if (service !== null && name !== service) return;
    matching += 1;
    const bytes = flow.bytesOut + flow.bytesIn;
    addTalker(talkers, flow.src_ip, flow.dst_ip, flow.bytesOut, flow.bytesIn);
    addTalker(talkers, flow.dst_ip, flow.src_ip, flow.bytesIn, flow.bytesOut);
    addPair(pairs, flow.src_ip, flow.dst_ip, name, bytes);
    const sum = services.get(name) ?? { name, flows: 0, bytes: 0 };
    sum.flows += 1;
    sum.bytes += bytes;
    services.set(name, sum);
    keepNewest(flows, limit, flow.last, () => ({
      src_ip: flow.src_ip,
      src_port: flow.src_port,
      dst_ip: flow.dst_ip,
      dst_port: flow.dst_port,
      protocol: flow.protocol,
      service: talk?.service ?? null,
      name: talk?.name ?? null,
      state: flow.state,
      packets_out: flow.packetsOut,
      packets_in: flow.packetsIn,
      bytes_out: flow.bytesOut,
      bytes_in: flow.bytesIn,
      began: flow.began,
      last: flow.last,
    }));
  });
  flows.sort((a, b) => b.last - a.last);
  const weight = ({ bytes_out, bytes_in }: Talker): number => bytes_out + bytes_in;
  return {
    at: wire.now,
    held,
    matching,
    flows: flows.slice(0, limit),
    talkers: [...talkers.values()]
      .map(({ talker, peers }) => ({ ...talker, peers: peers.size }))
      .sort((a, b) => weight(b) - weight(a))
      .slice(0, shownTalkers),
    pairs: [...pairs.values()]
      .sort((a, b) => b.pair.flows - a.pair.flows || b.pair.bytes - a.pair.bytes)
      .slice(0, shownPairs)
      .map(({ pair, services: seen }) => ({
        ...pair,
        services: [...seen].sort((a, b) => b[1] - a[1]).map(([name]) => name),
      })),
    services: [...services.values()].sort((a, b) => b.flows - a.flows),
  };
}

/** Collects up to twice the limit and then drops the older half, so that no more than that is ever sorted. */
function keepNewest(flows: LiveFlow[], limit: number, last: number, make: () => LiveFlow): void {
  const oldest = flows[0];
  if (flows.length >= limit && oldest !== undefined && flows.length % limit === 0 && last < oldest.last) return;
  flows.push(make());
  if (flows.length < limit * 2) return;
  flows.sort((a, b) => b.last - a.last);
  flows.length = limit;
  flows.reverse();
}

function addTalker(all: Map<string, Tally>, address: string, peer: string, out: number, back: number): void {
  let tally = all.get(address);
  if (tally === undefined) {
    if (all.size >= maxAddresses) return;
    tally = { talker: { address, flows: 0, bytes_out: 0, bytes_in: 0, peers: 0 }, peers: new Set() };
    all.set(address, tally);
  }
  tally.talker.flows += 1;
  tally.talker.bytes_out += out;
  tally.talker.bytes_in += back;
  if (tally.peers.size < maxPeers) tally.peers.add(peer);
}

function addPair(all: Map<string, PairTally>, src_ip: string, dst_ip: string, service: string, bytes: number): void {
  const key = `${src_ip} ${dst_ip}`;
  let tally = all.get(key);
  if (tally === undefined) {
    if (all.size >= maxAddresses) return;
    tally = { pair: { src_ip, dst_ip, flows: 0, bytes: 0, services: [] }, services: new Map() };
    all.set(key, tally);
  }
  tally.pair.flows += 1;
  tally.pair.bytes += bytes;
  tally.services.set(service, (tally.services.get(service) ?? 0) + 1);
}
