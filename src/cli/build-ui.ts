import { spawn } from 'node:child_process';
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package.ts';
import { CommandError } from './command.ts';

const source = join(packageRoot, 'web');
const built = join(source, 'dist');

/** Whether the UI of a checkout is missing or older than what it is made from. */
export function isUiStale(): boolean {
  const page = join(built, 'index.html');
  if (!existsSync(page)) return existsSync(join(source, 'index.html'));
  const builtAt = statSync(page).mtimeMs;
  return newestChange(source) > builtAt;
}

function newestChange(folder: string): number {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (path === built || entry.name === 'node_modules') continue;
    newest = Math.max(newest, entry.isDirectory() ? newestChange(path) : statSync(path).mtimeMs);
  }
  return newest;
}

/**
 * Builds the UI. Two starts at once must not empty each other's folder, so each builds in its own and the last rename wins.
 *
 * @throws {CommandError} with the build's output.
 */
export async function buildUi(): Promise<void> {
  const vite = join(packageRoot, 'node_modules/vite/bin/vite.js');
  if (!existsSync(vite)) {
    throw new CommandError('The UI must be built, but vite is not installed. Run npm ci without --omit=dev.');
  }
  const fresh = join(packageRoot, `node_modules/.cache/ui-${process.pid}`);
  const args = [vite, 'build', source, '--outDir', fresh, '--emptyOutDir', '--logLevel', 'warn'];
  const { code, output } = await runQuietly(process.execPath, args);
  if (code !== 0) throw new CommandError(`The UI could not be built:\n${output}`);
  const old = join(packageRoot, `node_modules/.cache/ui-old-${process.pid}`);
  if (existsSync(built)) renameSync(built, old);
  renameSync(fresh, built);
  rmSync(old, { recursive: true, force: true });
}

function runQuietly(command: string, args: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    // Whoever starts it (a test runner, say) may run in another mode: the UI is for use.
    const env = { ...process.env, NODE_ENV: 'production' };
    const child = spawn(command, args, { cwd: packageRoot, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-8000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

/**
 * Brings the UI of a checkout up to date. One that does not build keeps no server from starting: the last one that did is
 * served, with a warning.
 *
 * @throws {CommandError} where there is none.
 */
export async function refreshUi(print: (line: string) => void): Promise<void> {
  if (!isUiStale()) return;
  print('Building the UI (a few seconds, only when it changed) …');
  try {
    await buildUi();
  } catch (error) {
    if (!existsSync(join(built, 'index.html'))) throw error;
    print(`${error instanceof Error ? error.message : error}\nThe UI of an earlier build is served.`);
  }
}
