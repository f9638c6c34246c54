/** Makes what the package ships: the UI, and dist/ with compiled JavaScript, since Node strips no types below node_modules. */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildUi, isUiStale } from '../src/cli/build-ui.ts';

const root = join(import.meta.dirname, '..');

if (isUiStale()) await buildUi();
rmSync(join(root, 'dist'), { recursive: true, force: true }); // the compiler never deletes what a source no longer makes
const { status } = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

for (const path of ['dist/cli/main.js', 'dist/main.js', 'dist/engine.js', 'web/dist/index.html', 'rules']) {
  if (existsSync(join(root, path))) continue;
  console.error(`${path} is missing from the build. The package would not start.`);
  process.exitCode = 1;
}
