import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
export const webFolder = join(root, 'web/dist');

/** Builds the UI where nobody has yet. */
export function ensureWebBuilt(): void {
  if (existsSync(join(webFolder, 'index.html'))) return;
  execFileSync(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', 'web'], {
    cwd: root,
    stdio: 'pipe',
  });
}
