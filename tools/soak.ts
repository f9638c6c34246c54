/** `npm run soak`: the long versions of the crash and fuzz tests. `npm run soak -- crash --rounds 2` runs one of them, shorter. */
import { parseFlags } from '../src/config/flags.ts';
import { runCrashRounds } from '../test/soak/crash.ts';
import { fuzzParsing } from '../test/soak/fuzz.ts';

/** Lines per seed: a finding names its seed and is found again in seconds. */
const fuzzBlock = 50_000;

const parts: Readonly<Record<string, () => Promise<string[]>>> = { fuzz, crash };

const flags: Parameters<typeof parseFlags>[1] = [
  { name: '--rounds', kind: 'text', description: 'Kills (default: 100).' },
  { name: '--lines', kind: 'text', description: 'Lines (default: 1,000,000).' },
  { name: '--seed', kind: 'text', description: 'First seed (default: from the clock; printed).' },
];
if (process.argv.includes('--help')) {
  console.log(`npm run soak [-- ${Object.keys(parts).join(' | ')}] [flags]\n`);
  for (const { name, description } of flags) console.log(`  ${name.padEnd(10)}${description}`);
  process.exit(0);
}
const { values, positionals, problems } = parseFlags(process.argv.slice(2), flags);
const unknown = positionals.filter((name) => !Object.hasOwn(parts, name));
if (problems.length > 0 || unknown.length > 0) {
  console.error(
    [
      ...problems,
      ...unknown.map((name) => `There is no soak "${name}". There is ${Object.keys(parts).join(', ')}.`),
    ].join('\n'),
  );
  process.exit(2);
}
const number = (name: string, preset: number): number => Number(values.get(name)?.[0] ?? preset);

/** @returns findings. */
async function fuzz(): Promise<string[]> {
  const total = number('--lines', 1_000_000);
  const first = number('--seed', Date.now() % 2 ** 31);
  const findings: string[] = [];
  let understood = 0;
  let slowestMs = 0;
  for (let done = 0; done < total && findings.length === 0; done += fuzzBlock) {
    const report = fuzzParsing(Math.min(fuzzBlock, total - done), first + done);
    findings.push(...report.findings);
    understood += report.understood;
    slowestMs = Math.max(slowestMs, report.slowestMs);
  }
  console.log(`fuzz: ${total} lines from seed ${first}, ${understood} understood, slowest ${slowestMs.toFixed(1)} ms`);
  return findings;
}

async function crash(): Promise<string[]> {
  const report = await runCrashRounds(number('--rounds', 100), Math.random, (line) => console.log(line));
  const { rounds, acknowledged, fileLines, tcpSent, stored, lost, doubled } = report;
  console.log(
    `crash: ${rounds} kills, ${acknowledged} acknowledged posts, ${fileLines} file lines, ${tcpSent} by TCP, ${stored} stored`,
  );
  return [
    ...lost.map((token) => `${token} was acknowledged and is lost`),
    ...doubled.map((token) => `${token} is stored twice`),
  ];
}

let passed = 0;
let failed = 0;
for (const [name, run] of Object.entries(parts)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const findings = await run().catch((error: Error) => [error.stack ?? error.message]);
  for (const finding of findings.slice(0, 5)) console.error(`${name}: ${finding}`);
  if (findings.length === 0) passed += 1;
  else failed += 1;
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
