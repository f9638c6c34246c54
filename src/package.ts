import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Root of the package: `src` and `dist` both lie one folder below it. */
export const packageRoot = join(import.meta.dirname, '..');

export const version = (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string })
  .version;

/** The rules that come with Phosor. */
export const shippedRulesFolder = join(packageRoot, 'rules');

/** The playbooks that come with Phosor. */
export const shippedPlaybooksFolder = join(packageRoot, 'playbooks');
