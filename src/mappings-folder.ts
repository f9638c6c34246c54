/** Reads the user's field mappings: what rules call a field, and which events a log source means (docs/mappings.md). */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Mapping, readMapping, setMappings } from './detect/index.ts';

export interface MappingFiles {
  mappings: Mapping[];
  /** Sentences with file, line and column; nothing of such a file is used. */
  problems: string[];
}

/** Whether a file of this name is looked at in a folder of mappings. */
export const isMappingFile = (name: string): boolean => !name.startsWith('.') && /\.(?:ya?ml|json)$/.test(name);

/** The mappings of a folder, in the order of their names; a folder that does not exist has none. */
export function readMappingFolder(folder: string): MappingFiles {
  const found: MappingFiles = { mappings: [], problems: [] };
  if (!existsSync(folder)) return found;
  if (!statSync(folder).isDirectory()) {
    found.problems.push(`${folder} is no folder. Name the folder in which the mapping files lie.`);
    return found;
  }
  for (const name of readdirSync(folder).filter(isMappingFile).sort()) {
    const path = join(folder, name);
    const { mapping, problem } = readMapping(readFileSync(path, 'utf8'));
    if (problem !== null) found.problems.push(`${path}:${problem.line}:${problem.column}: ${problem.message}`);
    if (mapping !== null) found.mappings.push(mapping);
  }
  return found;
}

/** Reads a folder's mappings for the rules of this thread, and tells which files are left out. */
export function loadMappings(folder: string, log: (level: 'error', message: string) => void): Mapping[] {
  const { mappings, problems } = readMappingFolder(folder);
  for (const problem of problems) log('error', `A mapping file is left out: ${problem}`);
  setMappings(mappings);
  return mappings;
}
