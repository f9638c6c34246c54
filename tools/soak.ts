/** `npm run soak`: the long versions of the crash and fuzz tests. `npm run soak -- crash` runs one of them. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const rounds = process.env.PHOSOR_CRASH_ROUNDS ?? '100';
const lines = process.env.PHOSOR_FUZZ_LINES ?? '1000000';

/** Each is a program that prints one line per finding and exits 1 if there is any. */
const parts: readonly { name: string; script: string; args: readonly string[] }[] = [
  { name: 'crash', script: 'test/soak/crash.ts', args: ['--rounds', rounds] },
  { name: 'fuzz', script: 'test/soak/fuzz.ts', args: ['--lines', lines] },
];

const asked = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const unknown = asked.find((name) => !parts.some((part) => part.name === name));
if (unknown) {
  console.error(`There is no soak "${unknown}". There is ${parts.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}

let failed = 0;
let passed = 0;
for (const { name, script, args } of parts) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const path = join(root, script);
  if (!existsSync(path)) {
    console.error(`${script} does not exist.`);
    failed += 1;
    continue;
  }
  console.log(`soak ${name}: ${args.join(' ')}`);
  const { status } = spawnSync(process.execPath, [path, ...args], { cwd: root, stdio: 'inherit' });
  if (status === 0) passed += 1;
  else failed += 1;
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
