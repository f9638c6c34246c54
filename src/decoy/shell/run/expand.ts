import type { Part, Word } from '../syntax/ast.ts';
import { braceExpand } from './braces.ts';
import type { Interpreter } from './interpreter.ts';
import { parameterValues } from './parameter.ts';
import { globPaths, hasWildcard, plain, protect } from './pattern.ts';

/** Words being put together: characters with the mark of quoting, and where one word ends. */
class Fields {
  readonly list: { text: string; isKept: boolean }[] = [];
  #open: { text: string; isKept: boolean } | null = null;

  add(text: string, isKept: boolean): void {
    if (!this.#open) {
      if (text === '' && !isKept) return;
      this.#open = { text: '', isKept: false };
      this.list.push(this.#open);
    }
    this.#open.text += text;
    this.#open.isKept ||= isKept;
  }

  close(): void {
    this.#open = null;
  }

  get isOpen(): boolean {
    return this.#open !== null;
  }
}

/** The words of a command after all expansions. */
export async function expandWords(shell: Interpreter, words: readonly Word[]): Promise<string[]> {
  const result: string[] = [];
  for (const word of words) {
    const variants = shell.dialect === 'bash' ? braceExpand(word) : [word];
    for (const variant of variants) {
      const fields = new Fields();
      await expandParts(shell, variant.parts, fields, true, true);
      for (const { text, isKept } of fields.list) {
        if (text === '' && !isKept) continue;
        if (!shell.options.has('noglob') && hasWildcard(text)) {
          const paths = globPaths(text, shell.cwd, shell.machine.disk, shell.actor);
          if (paths.length > 0) {
            result.push(...paths);
            continue;
          }
          if (shell.shopts.has('nullglob')) continue;
        }
        result.push(plain(text));
      }
      await shell.machine.step(1 + variants.length / 64);
    }
  }
  return result;
}

/** One string: no splitting, no file names. */
export async function expandOne(shell: Interpreter, word: Word, tildes = true): Promise<string> {
  return plain(await expandMarked(shell, word, tildes));
}

/** One string whose quoted characters are marked, for patterns. */
export async function expandMarked(shell: Interpreter, word: Word, tildes = true): Promise<string> {
  const fields = new Fields();
  await expandParts(shell, word.parts, fields, false, tildes);
  return fields.list.map(({ text }) => text).join(' ');
}

async function expandParts(
  shell: Interpreter,
  parts: readonly Part[],
  fields: Fields,
  split: boolean,
  tildes: boolean,
): Promise<void> {
  for (const [at, part] of parts.entries()) {
    switch (part.kind) {
      case 'text': {
        const text =
          tildes && at === 0 && !part.isQuoted ? await withHome(shell, part.text, parts.length > 1) : part.text;
        if (part.isQuoted) fields.add(protect(text), true);
        else fields.add(text, text !== part.text);
        break;
      }
      case 'parameter': {
        const { values, isList } = await parameterValues(shell, part);
        if (part.isQuoted) {
          if (isList && values.length === 0 && !fields.isOpen && parts.length === 1) break;
          for (const [number, value] of values.entries()) {
            if (number > 0) {
              if (split) fields.close();
              else fields.add(' ', false);
            }
            fields.add(protect(value), true);
          }
          if (values.length === 0 && !isList) fields.add('', true);
        } else {
          for (const [number, value] of values.entries()) {
            if (number > 0 && split) fields.close();
            else if (number > 0) fields.add(' ', false);
            if (split) addSplit(fields, value, separators(shell));
            else fields.add(value, false);
          }
        }
        break;
      }
      case 'command': {
        const output = await shell.substitute(part.body);
        if (part.isQuoted) fields.add(protect(output), true);
        else if (split) addSplit(fields, output, separators(shell));
        else fields.add(output, false);
        break;
      }
      case 'arithmetic': {
        const value = await shell.arithmetic(part.expression);
        fields.add(part.isQuoted ? protect(value) : value, part.isQuoted);
        break;
      }
      case 'process':
        fields.add(protect(await shell.processFile(part.body, part.isInput)), true);
        break;
    }
  }
}

const separators = (shell: Interpreter): string => shell.variables.get('IFS')?.value ?? ' \t\n';

function addSplit(fields: Fields, value: string, ifs: string): void {
  if (ifs === '') {
    fields.add(value, false);
    return;
  }
  const isBlank = (character: string): boolean => ' \t\n'.includes(character) && ifs.includes(character);
  let at = 0;
  let start = 0;
  if (value !== '' && isBlank(value[0] as string) && fields.isOpen) fields.close();
  while (at < value.length && isBlank(value[at] as string)) at += 1;
  start = at;
  while (at < value.length) {
    const next = value[at] as string;
    if (!ifs.includes(next)) {
      at += 1;
      continue;
    }
    if (at > start || !isBlank(next)) fields.add(value.slice(start, at), at > start || !isBlank(next));
    fields.close();
    while (at < value.length && isBlank(value[at] as string)) at += 1;
    if (at < value.length && ifs.includes(value[at] as string) && isBlank(next)) at += 1;
    else if (!isBlank(next)) at += 1;
    while (at < value.length && isBlank(value[at] as string)) at += 1;
    start = at;
  }
  if (start < value.length) fields.add(value.slice(start), true);
}

/** `~` and `~name` at the start of a word. */
async function withHome(shell: Interpreter, text: string, hasMore: boolean): Promise<string> {
  if (text[0] !== '~') return text;
  const match = /^~([A-Za-z0-9._+-]*)(\/.*)?$/s.exec(text);
  if (!match || (hasMore && match[2] === undefined)) return text;
  const [, name = '', rest = ''] = match;
  if (name === '') return `${shell.variables.get('HOME')?.value ?? '/root'}${rest}`;
  if (name === '+') return `${shell.cwd}${rest}`;
  const home = shell.account(name)?.home;
  return home === undefined ? text : `${home}${rest}`;
}
