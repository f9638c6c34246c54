import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package.ts';

/** The code of docs/engine.md and what it prints. */
export function engineExample(): { code: string; printed: string } {
  const page = readFileSync(join(packageRoot, 'docs/engine.md'), 'utf8');
  const code = /^```js\n([\s\S]*?)^```/m.exec(page)?.[1];
  const printed = /^```text\n([\s\S]*?)^```/m.exec(page)?.[1];
  if (code === undefined || printed === undefined) throw new Error('docs/engine.md has no example.');
  return { code, printed };
}
