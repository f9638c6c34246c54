/** What rules were compiled to, kept in the data folder: reading thousands of YAML texts is most of a start otherwise. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Field } from './detect/form.ts';
import type { CompileCache } from './detect/index.ts';
import { Fields, packed, unpacked } from './rules-cache-form.ts';

type Result = NonNullable<ReturnType<CompileCache['get']>>;

/** How far a changed program may go on with what an older one has compiled: not at all. */
let programHash: string | null = null;

/** Of everything that decides what a rule is compiled to. */
function hashOfProgram(): string {
  if (programHash !== null) return programHash;
  const hash = createHash('sha256');
  for (const folder of ['detect', 'model']) {
    const root = join(import.meta.dirname, folder);
    const names = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.test(?:-suite)?\.|\.md$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    for (const name of names) hash.update(`${name.slice(root.length)}\0`).update(readFileSync(name));
  }
  programHash = hash.digest('base64url');
  return programHash;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');

/**
 * A cache of compiled rules in one file: a line with the program's and the content's hash, then JSON by the hash of what each rule was
 * compiled of. A file that is damaged, or of another program, is left aside and written anew.
 */
export class RuleCache implements CompileCache {
  readonly #path: string;
  readonly #old: Map<string, Result>;
  readonly #used = new Map<string, Result>();
  #isChanged = false;

  constructor(path: string) {
    this.#path = path;
    this.#old = readEntries(path);
  }

  get(of: string): Result | undefined {
    const key = sha256(of);
    const result = this.#old.get(key);
    if (result !== undefined) this.#used.set(key, result);
    return result;
  }

  put(of: string, result: Result): void {
    this.#used.set(sha256(of), result);
    this.#isChanged = true;
  }

  /** Writes what was used since the file was read, where that is something else. Failing is no harm: it is only slower. */
  save(): void {
    if (!this.#isChanged && this.#used.size === this.#old.size) return;
    try {
      const fields = new Fields();
      const entries: [string, string][] = [];
      for (const [key, result] of this.#used) {
        const text = JSON.stringify(packed(result, fields));
        // What JSON does not give back as it was is compiled again each time.
        if (isDeepStrictEqual(unpacked(JSON.parse(text), fields.list), result)) entries.push([key, text]);
      }
      const rules = entries.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',\n');
      const body = `{"fields":${JSON.stringify(fields.list)},"rules":{${rules}}}`;
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      const unfinished = `${this.#path}.new`;
      writeFileSync(unfinished, `${JSON.stringify([hashOfProgram(), sha256(body)])}\n${body}`, { mode: 0o600 });
      renameSync(unfinished, this.#path);
    } catch {
      return;
    }
    this.#isChanged = false;
  }
}

function readEntries(path: string): Map<string, Result> {
  try {
    const text = readFileSync(path, 'utf8');
    const end = text.indexOf('\n');
    const body = text.slice(end + 1);
    if (text.slice(0, end) !== JSON.stringify([hashOfProgram(), sha256(body)])) return new Map();
    const { fields, rules } = JSON.parse(body) as { fields: Field[]; rules: Record<string, unknown> };
    return new Map(Object.entries(rules).map(([key, result]) => [key, unpacked(result, fields) as Result]));
  } catch {
    return new Map();
  }
}
