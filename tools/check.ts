/** `npm run check`: everything that can be known without running the program. Prints a summary; exit 1 if anything failed. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const root = join(import.meta.dirname, '..');
/** The UI's budget: what the first page loads, and any one chunk, in KiB after gzip. */
const initialKiB = 320;
const chunkKiB = 150;

interface Outcome {
  ok: boolean;
  /** Shown in the summary. */
  note: string;
  /** Shown above it when the check failed. */
  output: string;
}

function command(name: string, ...args: string[]): Outcome {
  const { status, stdout, stderr, error } = spawnSync(name, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return { ok: status === 0, note: '', output: `${stdout ?? ''}${stderr ?? ''}${error ? error.message : ''}` };
}

const script = (path: string, ...args: string[]): Outcome => command(process.execPath, join(root, path), ...args);

/** Sizes of the built UI against the budget. What index.html names is the initial load. */
function bundleSize(): Outcome {
  const dist = join(root, 'web/dist');
  if (!existsSync(join(dist, 'index.html'))) return { ok: false, note: '', output: 'web/dist/index.html is missing.' };
  const page = readFileSync(join(dist, 'index.html'), 'utf8');
  const assets = existsSync(join(dist, 'assets')) ? readdirSync(join(dist, 'assets')) : [];
  const sizes = assets
    .filter((name) => /\.(?:js|css)$/.test(name))
    .map((name) => ({ name, kib: gzipSync(readFileSync(join(dist, 'assets', name))).length / 1024 }));
  const initial = sizes.filter(({ name }) => page.includes(name)).reduce((sum, { kib }) => sum + kib, 0);
  const problems = sizes
    .filter(({ kib }) => kib > chunkKiB)
    .map(({ name, kib }) => `${name} has ${kib.toFixed(0)} KiB after gzip; a chunk may have ${chunkKiB}.`);
  if (initial > initialKiB)
    problems.push(`The first page loads ${initial.toFixed(0)} KiB after gzip; it may load ${initialKiB}.`);
  if (sizes.length === 0) problems.push('web/dist/assets holds no script.');
  return {
    ok: problems.length === 0,
    note: `${initial.toFixed(0)} of ${initialKiB} KiB initial`,
    output: problems.join('\n'),
  };
}

const checks: readonly { name: string; run: () => Outcome }[] = [
  { name: 'lint and format', run: () => command('biome', 'ci', '--colors=off', '--max-diagnostics=50', '.') },
  { name: 'types', run: () => command('tsc', '-b') },
  { name: 'dead code', run: () => command('knip') },
  { name: 'generated docs', run: () => script('tools/docs.ts', '--check') },
  { name: 'ratchet', run: () => script('tools/ratchet.ts') },
  { name: 'shipped rules', run: () => script('src/cli/main.ts', 'rules', 'check', 'rules') },
  { name: 'web build', run: () => command('vite', 'build', 'web', '--logLevel', 'warn') },
  { name: 'bundle size', run: bundleSize },
];

const rows: string[] = [];
let failed = 0;
for (const { name, run } of checks) {
  const began = performance.now();
  const { ok, note, output } = run();
  if (!ok) {
    failed += 1;
    console.log(`\n── ${name} ──\n${output.trim()}`);
  }
  rows.push(
    `${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(16)} ${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s ${note}`,
  );
}
console.log(`\n${rows.join('\n')}\n${checks.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
