import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Root of the package: src/cli and dist/cli both lie two folders below it. */
export const packageRoot = join(import.meta.dirname, '..', '..');

/** A checkout runs from TypeScript; the installed package is compiled. */
export const isCheckout = import.meta.url.endsWith('.ts');

export const version = (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string })
  .version;

/** The rules that come with Phosor. */
export const shippedRulesFolder = join(packageRoot, 'rules');
