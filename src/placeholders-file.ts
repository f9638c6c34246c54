/** Reads the user's values for placeholders in rules (`user|expand: '%Administrators%'`): a YAML map of name → list. */
import { existsSync, readFileSync } from 'node:fs';
import { type Placeholders, readPlaceholders } from './detect/index.ts';

/** The name of the file, in the data directory and in folders of rules. */
export const placeholdersFile = 'placeholders.yml';

/** The values of a file; none where it does not exist. `problem`: why nothing of it is used. */
export function readPlaceholdersFile(path: string): { placeholders: Placeholders; problem: string | null } {
  if (!existsSync(path)) return { placeholders: {}, problem: null };
  const { placeholders, problem, line, column } = readPlaceholders(readFileSync(path, 'utf8'));
  const place = [path, line, column].filter((part) => part !== null).join(':');
  return { placeholders, problem: problem === null ? null : `${place}: ${problem}` };
}
