/**
 * `phosor rules match` and the library over structured events: thousands of public Sigma rules (and copies with other literals)
 * over the lanes of events, JSON parsing included, matches delivered, beside a bare JSON.parse loop and the naive evaluator.
 * Everything in one process; rates are per second of processor time of the whole process.
 */
import { forAnyLogsource, structuredEvent } from '../src/cli/rules-match.ts';
import { naive } from '../src/detect/index/naive.test-suite.ts';
import { engineRules } from '../src/detect/index/ruleset.ts';
import { compileRules } from '../src/detect/index.ts';
import type { Event, Match, RuleDoc } from '../src/model/index.ts';
import { median, thousands } from './measure.ts';
import { laneLines, rulesOf, sigmaTexts } from './sigma-rules.ts';

const wantedRules = Number(process.env.BENCH_RULES ?? 3132);
const rounds = Number(process.env.BENCH_ROUNDS ?? 9);
/** A round goes over a lane so often. */
const passes = Number(process.env.BENCH_PASSES ?? 5);
const naiveEvents = Number(process.env.BENCH_NAIVE ?? 20);
const only = process.env.BENCH_LANES?.split(',');

const targets: Record<string, number> = {
  raw_windows: 82_000,
  structured_windows: 28_000,
  cisco_syslog: 233_000,
  sysmon_file_event: 58_000,
};

const made = sigmaTexts(wantedRules);
if (made === null) {
  console.log('The public Sigma rules are not in ../shared/corpora beside the checkout: there is nothing to measure.');
  process.exit(0);
}

const rssMb = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().rss / 1e6;
};

/** Seconds of processor time of this process, all its threads. */
function cpuOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

const rssAtStart = rssMb();
let docs: RuleDoc[] = [];
let refused = 0;
const readSeconds = cpuOf(() => {
  ({ docs, refused } = rulesOf(made.texts));
});
const compile = (of: readonly RuleDoc[]) => engineRules(compileRules(of));
let routed = compile([]);
const compileSeconds = cpuOf(() => {
  routed = compile(docs);
});
console.log(
  `${docs.length} rules (${made.own} public ones, ${made.texts.length - made.own} with other literals), ${refused} refused`,
);
console.log(`read and checked from YAML in ${readSeconds.toFixed(2)} s, index made in ${compileSeconds.toFixed(2)} s`);
console.log(`memory: ${Math.round(rssMb() - rssAtStart)} MB for rules and index`);
const unrouted = compile(docs.map(forAnyLogsource));

interface Run {
  matches: number;
  candidates: number;
}

function matchAll(rules: typeof routed, lines: readonly string[], events: (line: string) => Event): Run {
  let count = 0;
  const found: Match[] = [];
  for (const [i, line] of lines.entries()) {
    found.length = 0;
    rules.match(events(line), i, found);
    count += found.length;
  }
  return { matches: count, candidates: rules.candidates };
}

for (const [lane, target] of Object.entries(targets)) {
  if (only && !only.includes(lane)) continue;
  const lines = laneLines(lane);
  const total = lines.length * passes;
  const rates: Record<'parse' | 'routed' | 'unrouted', number[]> = { parse: [], routed: [], unrouted: [] };
  let keys = 0;
  const work = {
    parse: () => {
      for (const line of lines) keys += Object.keys(JSON.parse(line) as object).length;
    },
    routed: () => matchAll(routed, lines, structuredEvent),
    unrouted: () => matchAll(unrouted, lines, structuredEvent),
  };
  for (const way of ['parse', 'routed', 'unrouted'] as const) {
    for (let round = -3; round < rounds; round += 1) {
      const seconds = cpuOf(() => {
        for (let pass = 0; pass < passes; pass += 1) work[way]();
      });
      if (round >= 0) rates[way].push(total / seconds);
    }
  }
  const sample = Array.from({ length: naiveEvents }, (_, i) => lines[(i * 97) % lines.length] as string);
  for (const [name, rules, mark] of [
    ['routing on', routed, target],
    ['routing off', unrouted, null],
  ] as const) {
    const nodes = [...rules.units.values()].flatMap(({ part }) => (part.kind === 'detection' ? [part.node] : []));
    let naiveMatches = 0;
    const naiveSeconds = cpuOf(() => {
      for (const line of sample) {
        const event = structuredEvent(line);
        for (const node of nodes) if (naive(node, event)) naiveMatches += 1;
      }
    });
    const indexed = matchAll(rules, sample, structuredEvent).matches;
    if (indexed !== naiveMatches) throw new Error(`${lane}: the index finds ${indexed}, naive ${naiveMatches}`);
    const before = rules.candidates;
    const { matches, candidates } = matchAll(rules, lines, structuredEvent);
    const way = name === 'routing on' ? 'routed' : 'unrouted';
    const rate = median(rates[way]);
    console.log(
      `${lane} ${name}: median ${thousands(rate)} events/s, best ${thousands(Math.max(...rates[way]))}, ` +
        `${(matches / lines.length).toFixed(3)} matches and ${((candidates - before) / lines.length).toFixed(1)} candidates an event, ` +
        `${thousands(rate / (sample.length / naiveSeconds))} times naive, ` +
        `${(median(rates.parse) / rate).toFixed(1)} times slower than JSON.parse alone (${thousands(median(rates.parse))}/s)` +
        `${mark === null ? '' : ` (target ${thousands(mark)})`}`,
    );
  }
  if (keys === 0) throw new Error('nothing was parsed');
}
console.log(`memory with all lanes seen: ${Math.round(rssMb())} MB resident in all`);
