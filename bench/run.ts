/**
 * `npm run bench`: every benchmark, or those named (`npm run bench -- stored udp`), then one table of figures, targets and
 * verdicts. Writes nothing into the repository. Exit code 1 where a target is missed.
 */
import { spawn } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';

const benches: readonly { name: string; what: string }[] = [
  { name: 'parse-redact', what: 'parse and mask, in process' },
  { name: 'guard', what: 'masking, limiter, audit trail and encryption, per call' },
  { name: 'api', what: 'answers of the API where the data are hot, over HTTP' },
  { name: 'intel', what: 'look addresses up among a million networks, in process' },
  { name: 'detect', what: 'match and correlate, in process' },
  { name: 'sigma', what: 'thousands of Sigma rules over structured events' },
  { name: 'reload', what: 'thousands of rules: start, change of one, how long events wait' },
  { name: 'correlation', what: 'window upkeep and memory of groups' },
  { name: 'replay', what: 'phosor replay on one core, beside crowdsec and fail2ban' },
  { name: 'store', what: 'the event store alone' },
  { name: 'stored', what: 'the program, from a file and from TCP into the store' },
  { name: 'udp', what: 'the program, from UDP into the store' },
  { name: 'latency', what: 'the program, from a line to its alert' },
  { name: 'backtest', what: 'a rule over 10 million stored events, beside 5,000 new ones a second' },
  { name: 'desk', what: 'what an analyst waits for, over 10 million stored events, beside 5,000 new ones a second' },
  { name: 'reports', what: 'weekly reports over 10 million stored events, beside 5,000 new ones a second' },
  { name: 'retention', what: '2 GB of log lines through a store that is limited to 450 MB' },
  { name: 'threats', what: 'the documented detectors over 1, 2 and 4 million stored events' },
  { name: 'start', what: 'warm start and memory' },
  { name: 'memory', what: 'memory at rest, at 5,000 events a second beside questions, and after' },
];

interface Figure {
  bench: string;
  label: string;
  figure: string;
  target: string;
  ok: boolean;
  load: string;
}

/** `label: [median|best|p99] 12,345 unit …  (target 10,000)`; rates and ratios are at least the target, all others at most. */
const line = /^(.+?): (?:(median|best|p\d+) )?([\d.,]+) ?([^\s,(]*).*\(target ([\d.,]+)x?\)\s*$/;

function figureOf(bench: string, text: string): Figure | null {
  const found = line.exec(text);
  if (found === null) return null;
  const [, label = '', kind = '', figure = '', unit = '', target = ''] = found;
  const value = Number(figure.replaceAll(',', ''));
  const wanted = Number(target.replaceAll(',', ''));
  const isMoreBetter = unit.endsWith('/s') || unit === 'x';
  return {
    bench,
    label,
    figure: `${kind} ${figure}${unit === 'x' ? '' : ' '}${unit}`.trim(),
    target: `${isMoreBetter ? '≥' : '≤'} ${target}`,
    ok: isMoreBetter ? value >= wanted : value <= wanted,
    load: (loadavg()[0] ?? 0).toFixed(1),
  };
}

function run(name: string): Promise<{ text: string; code: number | null }> {
  return new Promise((done) => {
    const child = spawn(process.execPath, ['--expose-gc', join(import.meta.dirname, `${name}.ts`)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (part: Buffer) => {
      process.stdout.write(part);
      text += part;
    });
    child.on('close', (code) => done({ text, code }));
  });
}

const named = process.argv.slice(2);
const unknown = named.filter((name) => !benches.some((bench) => bench.name === name));
if (unknown.length > 0) {
  console.error(`There is no benchmark "${unknown[0]}". There is ${benches.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}
const figures: Figure[] = [];
const failed: string[] = [];
for (const { name, what } of benches) {
  if (named.length > 0 && !named.includes(name)) continue;
  console.log(`\n── ${name}: ${what} ──`);
  const { text, code } = await run(name);
  if (code !== 0) failed.push(name);
  figures.push(...text.split('\n').flatMap((each) => figureOf(name, each) ?? []));
}

const columns = (row: readonly string[], widths: readonly number[]): string =>
  row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ');
const rows = figures.map(({ bench, label, figure, target, ok, load }) => [
  bench,
  label,
  figure,
  target,
  ok ? 'met' : 'MISSED',
  load,
]);
const table = [['bench', 'what', 'figure', 'target', 'verdict', 'load'], ...rows];
const widths = table[0]?.map((_, i) => Math.max(...table.map((row) => row[i]?.length ?? 0))) ?? [];
const processors = cpus();
console.log(`\n${table.map((row) => columns(row, widths)).join('\n')}`);
console.log(
  `\n${processors.length} × ${processors[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ` +
    `${process.platform} ${release()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`,
);
for (const name of failed) console.log(`${name} failed: see above.`);
process.exit(failed.length > 0 || figures.some(({ ok }) => !ok) ? 1 : 0);
