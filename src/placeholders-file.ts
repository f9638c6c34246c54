/** Reads the user's values for placeholders in rules (`user|expand: '%Administrators%'`): a YAML map of name → list. */
import { existsSync, readFileSync } from 'node:fs';
import { type Placeholders, readPlaceholders, setPlaceholders } from './detect/index.ts';

/** The name of the file, in the data directory and in folders of rules. */
export const placeholdersFile = 'placeholders.yml';

/** The values of a file; none where it does not exist. `problem`: why nothing of it is used. */
export function readPlaceholdersFile(path: string): { placeholders: Placeholders; problem: string | null } {
  if (!existsSync(path)) return { placeholders: {}, problem: null };
  const { placeholders, problem } = readPlaceholders(readFileSync(path, 'utf8'));
  return { placeholders, problem: problem === null ? null : `${path}: ${problem}` };
}

/** Reads a file for the rules of this thread, and tells why it is left out. */
export function loadPlaceholders(path: string, log: (level: 'error', message: string) => void): Placeholders {
  const { placeholders, problem } = readPlaceholdersFile(path);
  if (problem !== null) log('error', `The file of placeholders is left out: ${problem}`);
  setPlaceholders(placeholders);
  return placeholders;
}
