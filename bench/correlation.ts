/**
 * Window upkeep of the correlator: matches per second of processor time with a thousand and a million live groups, and the memory of
 * a million. Each match has an event of its own, as in operation; making them is not counted. No alert is raised: the thresholds are out of reach.
 */
import type { Correlator } from '../src/detect/contract.ts';
import { engineRules } from '../src/detect/index/ruleset.ts';
import { compileRules, createCorrelator, loadSigmaYaml } from '../src/detect/index.ts';
import { eventId, type Match, newEvent } from '../src/model/index.ts';
import { median, thousands } from './measure.ts';
import { numbersFrom } from './sigma-rules.ts';

const rounds = Number(process.env.BENCH_ROUNDS ?? 7);
const perRound = Number(process.env.BENCH_MATCHES ?? 100_000);
/** Made and handed over together, as one read of a socket brings them. */
const batch = 500;
const million = 1_000_000;

const rule = (type: string, condition: string) => `
title: bench
id: 5f0c2f2e-6a1d-4a5b-9d5e-0f6f4f1f00aa
correlation: { type: ${type}, rules: [one], group-by: [src_ip], timespan: 1h, condition: ${condition} }
---
name: one
logsource: { product: any }
detection: { s: { event_type: auth.failure }, condition: s }
`;
const rules = {
  event_count: '{ gte: 100000 }',
  value_count: '{ field: user, gte: 100000 }',
};

const origin = { source: 'file_bench', source_type: 'replay' as const, peer: null, hint: null, identity: '' };
let time = Date.UTC(2026, 10, 21);

/** A match as the index makes it: its texts are cut from a line. */
function matchOf(unit: { id: string; hash: string }, group: number, value: number): Match {
  time += 1;
  const address = `10.${(group >> 16) & 255}.${(group >> 8) & 255}.${group & 255}`;
  const raw = `Nov 21 10:00:00 web sshd[812]: Failed password for user${value} from ${address} port 40022 ssh2`;
  const event = newEvent(origin, time, raw);
  event.id = eventId(time, time | 0, value, group);
  event.src_ip = address;
  return {
    rule_id: unit.id,
    rule_hash: unit.hash,
    step: 0,
    group: [address],
    time,
    received_at: time,
    seq: time,
    event_id: event.id,
    value: `user${value}`,
    event,
  };
}

function secondsFor(correlator: Correlator, matches: readonly Match[]): number {
  const one: Match[] = [];
  const before = process.threadCpuUsage();
  for (const match of matches) {
    one[0] = match;
    correlator.observe(one);
  }
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1e6;
}

const heapMb = (): number => {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
};

for (const [type, condition] of Object.entries(rules)) {
  const { docs } = loadSigmaYaml(rule(type, condition), { origin: 'user', fileName: 'bench.yml' });
  const compiled = compileRules(docs);
  const [unit] = engineRules(compiled).units.values();
  if (unit === undefined) throw new Error('the rule of the benchmark was refused');
  const random = numbersFrom(7);
  for (const groups of [1000, million]) {
    const options = {
      maxGroupsPerRule: groups + 1,
      latenessMs: Number.POSITIVE_INFINITY,
      finalOnly: false,
      maxHeldEvents: 20_000,
    };
    const correlator = createCorrelator(compiled, options);
    const before = heapMb();
    for (let group = 0; group < groups; group += 1) correlator.observe([matchOf(unit, group, group % 7)]);
    const filled = heapMb() - before;
    const rates: number[] = [];
    for (let round = -1; round < rounds; round += 1) {
      let seconds = 0;
      for (let done = 0; done < perRound; done += batch) {
        const matches = Array.from({ length: batch }, () =>
          matchOf(unit, Math.floor(random() * groups), Math.floor(random() * 20)),
        );
        seconds += secondsFor(correlator, matches);
      }
      const found = perRound / seconds;
      if (round >= 0) rates.push(found);
    }
    const held = heapMb() - before;
    const { groups: live, evicted } = correlator.stats();
    const share = (rounds + 1) * perRound;
    console.log(
      `${type}, ${thousands(groups)} groups: median ${thousands(median(rates))} matches/s, best ${thousands(Math.max(...rates))} ` +
        `(target ${thousands(groups === million ? 300_000 : million)})`,
    );
    if (live !== groups || evicted > 0) throw new Error(`${live} groups are live, ${evicted} were evicted`);
    if (groups < million) continue;
    console.log(`${type}, a million groups with one match each: ${Math.round(filled)} MB (target 512)`);
    console.log(
      `${type}, a million groups after ${thousands(share)} matches more: ${Math.round(held)} MB${globalThis.gc ? '' : ' (not collected: run with --expose-gc)'}`,
    );
  }
}
