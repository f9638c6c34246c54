import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RuleError } from '../../detect/form.ts';
import { readYaml, YamlRefused } from '../../detect/sigma/yaml.ts';
import type { Playbook } from '../../model/index.ts';
import { readPlaybookTree } from '../../respond/playbooks/schema.ts';
import type { PlaybookProblem } from '../../serve/playbooks/types.ts';

const mostFiles = 500;
const mostBytes = 256 * 1024;
const isName = (name: string): boolean => /^[a-z0-9][a-z0-9-]{0,59}\.ya?ml$/.test(name);

/** Reads a playbook's text. What is wrong is told with its place. */
export function readPlaybook(text: string): { playbook: Playbook | null; problems: PlaybookProblem[] } {
  try {
    const [document, more] = readYaml(text, 'a playbook must be a map of keys such as id, name, trigger and steps');
    if (document === undefined) return { playbook: null, problems: [{ message: 'It is empty.', line: 1, column: 1 }] };
    if (more !== undefined) {
      const message = 'There is more than one document in it. Write each playbook into a file of its own.';
      return { playbook: null, problems: [{ message, line: null, column: null }] };
    }
    const { playbook, problems } = readPlaybookTree(document.value);
    return { playbook, problems: problems.map(({ path, message }) => ({ message, ...document.locate(path) })) };
  } catch (error) {
    if (error instanceof YamlRefused)
      return { playbook: null, problems: [{ message: error.message, line: error.line, column: error.column }] };
    if (error instanceof RuleError)
      return { playbook: null, problems: [{ message: error.message, line: null, column: null }] };
    throw error;
  }
}

export interface PlaybookFile {
  /** Name of the file without its ending, which is the playbook's id. */
  id: string;
  yaml: string;
  playbook: Playbook | null;
  problems: PlaybookProblem[];
  shipped: boolean;
  changed: boolean;
}

/** The playbooks that come with Phosor, and the own ones in the data folder that stand beside them or in for them. */
export class PlaybookFiles {
  readonly #shippedFolder: string;
  readonly #ownFolder: string;
  readonly #read = new Map<
    string,
    { stamp: string; yaml: string; playbook: Playbook | null; problems: PlaybookProblem[] }
  >();

  constructor(shippedFolder: string, ownFolder: string) {
    this.#shippedFolder = shippedFolder;
    this.#ownFolder = ownFolder;
  }

  /** By id. Files that changed since are read again. */
  list(): PlaybookFile[] {
    const shipped = this.#folder(this.#shippedFolder);
    const own = this.#folder(this.#ownFolder);
    return [...new Set([...shipped.keys(), ...own.keys()])].sort().map((id) => {
      const found = this.#file((own.get(id) ?? shipped.get(id)) as string, id);
      return { id, ...found, shipped: shipped.has(id), changed: shipped.has(id) && own.has(id) };
    });
  }

  put(id: string, yaml: string): void {
    mkdirSync(this.#ownFolder, { recursive: true, mode: 0o700 });
    const path = join(this.#ownFolder, `${id}.yml`);
    writeFileSync(`${path}.new`, yaml, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    rmSync(join(this.#ownFolder, `${id}.yaml`), { force: true });
  }

  /** False: there is no own one. */
  remove(id: string): boolean {
    const path = this.#folder(this.#ownFolder).get(id);
    if (path === undefined) return false;
    rmSync(path);
    return true;
  }

  #folder(folder: string): Map<string, string> {
    if (!existsSync(folder)) return new Map();
    const names = readdirSync(folder).filter(isName).sort().slice(0, mostFiles);
    return new Map(names.map((name) => [name.replace(/\.ya?ml$/, ''), join(folder, name)]));
  }

  #file(path: string, id: string): Pick<PlaybookFile, 'yaml' | 'playbook' | 'problems'> {
    const { mtimeMs, size } = statSync(path);
    const stamp = `${mtimeMs} ${size}`;
    const known = this.#read.get(path);
    if (known?.stamp === stamp) return known;
    const found = { stamp, ...this.#readFile(path, size, id) };
    this.#read.set(path, found);
    return found;
  }

  #readFile(path: string, size: number, id: string): Pick<PlaybookFile, 'yaml' | 'playbook' | 'problems'> {
    const refused = (yaml: string, message: string, line: number | null = null) => ({
      yaml,
      playbook: null,
      problems: [{ message, line, column: line }],
    });
    if (size > mostBytes) return refused('', `The file is longer than ${mostBytes / 1024} KiB.`);
    const yaml = readFileSync(path, 'utf8');
    const { playbook, problems } = readPlaybook(yaml);
    if (playbook !== null && playbook.id !== id)
      return refused(yaml, `Its id is "${playbook.id}", and its file is named ${id}.yml. Make them the same.`, 1);
    return { yaml, playbook, problems };
  }
}
