/**
 * Thousands of rules: how long a start takes them without and with the cache, how soon a changed rule is live, and how long events wait
 * meanwhile. The same code as in the pipeline worker, with a stream of events that is cut off at no time.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { structuredEvent } from '../src/cli/rules-match.ts';
import type { Match, RuleDoc } from '../src/model/index.ts';
import { LiveRules } from '../src/pipeline-rules.ts';
import { percentile } from './measure.ts';
import { laneLines, rulesOf, sigmaTexts } from './sigma-rules.ts';

const wantedRules = Number(process.env.BENCH_RULES ?? 3132);
const reloads = Number(process.env.BENCH_ROUNDS ?? 15);

const made = sigmaTexts(wantedRules);
if (made === null) {
  console.log('The public Sigma rules are not in ../shared/corpora beside the checkout: there is nothing to measure.');
  process.exit(0);
}
/** As rules come from the store: objects that nobody has compiled. */
const docs = structuredClone(rulesOf(made.texts).docs);
const folder = mkdtempSync(join(tmpdir(), 'phosor-bench-'));
const cache = join(folder, 'rules.json');

function timed<T>(work: () => T): [T, number, number] {
  const cpu = process.cpuUsage();
  const began = performance.now();
  const result = work();
  const { user, system } = process.cpuUsage(cpu);
  return [result, (performance.now() - began) / 1000, (user + system) / 1e6];
}

const [, coldSeconds] = timed(() => new LiveRules(structuredClone(docs), cache));
const [live, warmSeconds, warmCpu] = timed(() => new LiveRules(structuredClone(docs), cache));
rmSync(folder, { recursive: true });
console.log(`${docs.length} rules ready without the cache: ${coldSeconds.toFixed(2)} s (its file written, too)`);
console.log(
  `${docs.length} rules ready with the cache: median ${warmSeconds.toFixed(2)} s, ${warmCpu.toFixed(2)} s of processor time (target 3)`,
);

/* ---------- events go on while rules change ---------- */

const lanes = ['raw_windows', 'structured_windows', 'cisco_syslog', 'sysmon_file_event'].map(laneLines);
let rules = live.current;
let matched = 0;
let longest = 0;
let lastEnd = performance.now();
let isOver = false;
/** The longest turn that new rules took between two groups of events, and the longest that an event took. */
let slowestEvent = 0;
let next = 0;
function feed(): void {
  const began = performance.now();
  longest = Math.max(longest, began - lastEnd);
  const out: Match[] = [];
  for (let i = 0; i < 20; i += 1) {
    next += 1;
    const lane = lanes[next % lanes.length] as string[];
    const before = performance.now();
    rules.match(structuredEvent(lane[next % lane.length] as string), next, out);
    slowestEvent = Math.max(slowestEvent, performance.now() - before);
  }
  matched += out.length;
  lastEnd = performance.now();
  if (!isOver) setImmediate(feed);
}

async function change(doc: RuleDoc, place: number): Promise<number> {
  const began = performance.now();
  await live.change(
    docs.map((one, i) => (i === place ? doc : one.id)),
    (made) => {
      rules = made;
    },
  );
  const took = performance.now() - began;
  await new Promise((resolve) => setImmediate(resolve));
  const probe: Match[] = [];
  rules.match(structuredEvent(`{"message":"probe-${place}"}`), 0, probe);
  if (!probe.some(({ rule_id }) => rule_id === doc.id)) throw new Error('the changed rule is not live');
  return took;
}

feed();
await new Promise((resolve) => setTimeout(resolve, 1500));
const quiet = longest;
longest = 0;
slowestEvent = 0;
const times: number[] = [];
const stalls: number[] = [];
for (let i = 0; i < reloads; i += 1) {
  const place = (i * 211 + 5) % docs.length;
  const old = docs[place] as RuleDoc;
  const yaml = `title: changed\nid: ${old.id}\nlogsource: { product: any }\ndetection:\n  one:\n    message: probe-${place}\n  condition: one\n`;
  times.push(await change({ ...old, config: { yaml } }, place));
  await new Promise((resolve) => setTimeout(resolve, 100));
  stalls.push(Math.max(longest, slowestEvent));
  longest = 0;
  slowestEvent = 0;
}
const added = structuredClone(docs).map((doc, i): RuleDoc => ({ ...doc, id: `copy-${i}`, name: `copy ${doc.name}` }));
const yamlOf = ({ config }: RuleDoc, i: number): string =>
  'yaml' in config
    ? config.yaml.replace(/^(\s+)condition: /m, `$1copy:\n$1$1message: copy-${i}\n$1condition: copy or `)
    : '';
const importBegan = performance.now();
await live.change(
  [...docs.map(({ id }) => id), ...added.map((doc, i) => ({ ...doc, config: { yaml: yamlOf(doc, i) } }))],
  (made) => {
    rules = made;
  },
);
const importSeconds = (performance.now() - importBegan) / 1000;
await new Promise((resolve) => setTimeout(resolve, 200));
const importStall = Math.max(longest, slowestEvent);
isOver = true;

console.log(
  `a changed rule is live: p95 ${percentile(times, 0.95).toFixed(0)} ms, median ${percentile(times, 0.5).toFixed(0)} ms (target 200)`,
);
console.log(
  `longest wait of an event while one rule changes: p95 ${percentile(stalls, 0.95).toFixed(0)} ms, median ${percentile(stalls, 0.5).toFixed(0)} ms (target 50)`,
);
console.log(
  `${added.length} rules more at once are live after ${importSeconds.toFixed(1)} s, an event waits at most ${importStall.toFixed(0)} ms (${rules.rules.length} rules)`,
);
console.log(
  `${next} events meanwhile, ${matched} matches; without a change an event waits at most ${quiet.toFixed(0)} ms`,
);
