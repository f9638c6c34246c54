/**
 * What rules are compiled with besides themselves: the user's field mappings (a folder) and values for placeholders (a file). The
 * files are looked at again and again; a file with a mistake is refused, and what it said before stays in force.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Mapping,
  type Placeholders,
  readMapping,
  readPlaceholders,
  setMappings,
  setPlaceholders,
} from './detect/index.ts';
import { isMappingFile } from './mappings-folder.ts';

/** Why a file is not used as it is now. */
export interface RuleContextProblem {
  file: string;
  line: number | null;
  column: number | null;
  message: string;
  /** Whether what it said before stays in force; else nothing of it is used. */
  kept: boolean;
}

type Log = (level: 'info' | 'error', message: string) => void;

/** What a file said when it was last in order. */
type Content = { mapping: Mapping } | { placeholders: Placeholders };

interface Known {
  /** Another one for another content, as far as the file system tells. */
  mark: string;
  content: Content | null;
  problem: RuleContextProblem | null;
}

interface Mistake {
  message: string;
  line: number | null;
  column: number | null;
}

export class RuleContextFiles {
  readonly #folder: string;
  readonly #placeholdersFile: string;
  readonly #log: Log;
  #files = new Map<string, Known>();
  #folderProblem: RuleContextProblem | null = null;
  #current: { mappings: readonly Mapping[]; placeholders: Placeholders } = { mappings: [], placeholders: {} };
  #revision = 0;
  #isStarted = false;

  /** Reads the files for the rules of this thread. */
  constructor(folder: string, placeholdersFile: string, log: Log) {
    this.#folder = folder;
    this.#placeholdersFile = placeholdersFile;
    this.#log = log;
    this.look();
    this.#isStarted = true;
  }

  get current(): { mappings: readonly Mapping[]; placeholders: Placeholders } {
    return this.#current;
  }

  /** Parts of something that runs rules, and beside them the mappings and placeholders as they are when it asks. */
  beside<Parts extends object>(
    parts: Parts,
  ): Parts & { readonly mappings: readonly Mapping[]; readonly placeholders: Placeholders } {
    const current = () => this.#current;
    return {
      ...parts,
      get mappings() {
        return current().mappings;
      },
      get placeholders() {
        return current().placeholders;
      },
    };
  }

  /** Another number after each change of what rules are compiled with. */
  get revision(): number {
    return this.#revision;
  }

  get problems(): RuleContextProblem[] {
    const ofFiles = [...this.#files.values()].flatMap(({ problem }) => problem ?? []);
    return this.#folderProblem === null ? ofFiles : [this.#folderProblem, ...ofFiles];
  }

  /** Reads again what has changed, for the rules of this thread that are compiled from now on. Cheap where nothing has. */
  look(): void {
    const before = this.#files;
    const files = new Map<string, Known>();
    const read: string[] = [];
    for (const path of [...this.#mappingFiles(), this.#placeholdersFile]) {
      const mark = markOf(path);
      if (mark === null) continue;
      const known = before.get(path);
      if (known?.mark === mark) files.set(path, known);
      else {
        const fresh = this.#read(path, mark, known?.content ?? null);
        files.set(path, fresh);
        if (fresh.problem === null) read.push(path);
        else this.#tell(fresh.problem);
      }
    }
    const gone = [...before.keys()].filter((path) => !files.has(path));
    this.#files = files;
    if (read.length === 0 && gone.length === 0) return;
    this.#use();
    if (!this.#isStarted) return;
    const words = [...read.map((path) => `${path} was read`), ...gone.map((path) => `${path} is gone`)];
    this.#log('info', `${words.join('; ')}. Rules that depend on it are compiled anew.`);
  }

  #use(): void {
    const contents = [...this.#files.values()].flatMap(({ content }) => content ?? []);
    const mappings = contents.flatMap((content) => ('mapping' in content ? content.mapping : []));
    const values = contents.find((content) => 'placeholders' in content);
    this.#current = { mappings, placeholders: values?.placeholders ?? {} };
    this.#revision += 1;
    setMappings(mappings);
    setPlaceholders(this.#current.placeholders);
  }

  #mappingFiles(): string[] {
    const was = this.#folderProblem?.message;
    this.#folderProblem = null;
    try {
      const names = readdirSync(this.#folder).filter(isMappingFile).sort();
      return names.map((name) => join(this.#folder, name));
    } catch (error) {
      const { code, message: reason } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return [];
      const message = code === 'ENOTDIR' ? 'this is no folder; name the folder in which the mapping files lie' : reason;
      this.#folderProblem = { file: this.#folder, line: null, column: null, message, kept: false };
      if (message !== was) this.#tell(this.#folderProblem);
      // What cannot be listed now has not gone.
      return code === 'ENOTDIR' ? [] : [...this.#files.keys()].filter((path) => path !== this.#placeholdersFile);
    }
  }

  #read(path: string, mark: string, before: Content | null): Known {
    const refused = ({ message, line, column }: Mistake): Known => {
      const problem = { file: path, line, column, message, kept: before !== null };
      return { mark, content: before, problem };
    };
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      return refused({ message: `it cannot be read: ${(error as Error).message}`, line: null, column: null });
    }
    if (path === this.#placeholdersFile) {
      const { placeholders, problem, line, column } = readPlaceholders(text);
      if (problem !== null) return refused({ message: problem, line, column });
      return { mark, content: { placeholders }, problem: null };
    }
    const { mapping, problem } = readMapping(text);
    if (mapping === null) return refused(problem ?? { message: 'the file is empty', line: null, column: null });
    return { mark, content: { mapping }, problem: null };
  }

  #tell(problem: RuleContextProblem): void {
    const rest = problem.kept ? 'What it said before stays in force' : 'Nothing of it is used';
    this.#log('error', `${rest}: ${placeOf(problem)}: ${problem.message}`);
  }
}

/** `gate.yml:4:11`, as editors and terminals open it. */
const placeOf = ({ file, line, column }: Pick<RuleContextProblem, 'file' | 'line' | 'column'>): string =>
  [file, line, column].filter((part) => part !== null).join(':');

/** Null: there is no such file. */
function markOf(path: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stats === undefined ? null : [stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(' ');
}
