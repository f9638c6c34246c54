import { RuleError } from '../form.ts';
import { type Tokens, tokenise } from './text.ts';
import { isYamlMap, type Path, readYaml, YamlRefused } from './yaml.ts';

/** Values that stand for `%name%` in items with `expand`. They are Sigma values: `*` and `?` are wildcards. */
export type Placeholders = Readonly<Record<string, readonly (string | number)[]>>;

let inUse: Placeholders = {};

/** The values for rules of this thread, where {@link Placeholders} are not given with them. */
export function setPlaceholders(placeholders: Placeholders): void {
  inUse = placeholders;
}

export const placeholdersInUse = (): Placeholders => inUse;

/** One value may become this many. */
const maxVariants = 10_000;

/**
 * A value with each `%name%` replaced by each of its values. `\%` is a per cent sign.
 * @throws RuleError for a name without values: a rule is never guessed
 */
export function expanded(text: string, placeholders: Placeholders, path: Path): Tokens[] {
  let variants: string[] = [''];
  for (const part of text.match(/\\%|%[\w.-]+%|\\[^%]|[^%\\]+|[%\\]/gs) ?? []) {
    const name = part.length > 2 && part.startsWith('%') && part.endsWith('%') ? part.slice(1, -1) : null;
    const choices = name === null ? [part === '\\%' ? '%' : part] : valuesOf(name, placeholders, path);
    if (variants.length * choices.length > maxVariants) {
      throw new RuleError(path, `the placeholders of \`${text}\` make more than ${maxVariants} values`);
    }
    variants = variants.flatMap((start) => choices.map((choice) => start + choice));
  }
  return variants.map(tokenise);
}

function valuesOf(name: string, placeholders: Placeholders, path: Path): string[] {
  const values = Object.hasOwn(placeholders, name) ? placeholders[name] : undefined;
  if (values === undefined || values.length === 0) {
    throw new RuleError(
      path,
      `the placeholder \`%${name}%\` has no values; give it a list in placeholders.yml, or write the values`,
    );
  }
  return values.map(String);
}

/** What a file of values says, or why nothing of it is used: a sentence, and where. */
export interface ReadPlaceholders {
  placeholders: Placeholders;
  problem: string | null;
  line: number | null;
  column: number | null;
}

/** Reads a map of name → value or list of values. */
export function readPlaceholders(text: string): ReadPlaceholders {
  const read = (placeholders: Placeholders) => ({ placeholders, problem: null, line: null, column: null });
  const refuse = (problem: string, line: number | null = 1, column: number | null = 1) => ({
    placeholders: {},
    problem,
    line,
    column,
  });
  try {
    const [document, second] = readYaml(text);
    if (document === undefined) return read({});
    if (second !== undefined) {
      const { line, column } = second.locate([]);
      return refuse('the file holds several documents; one map of names is wanted', line, column);
    }
    const placeholders: Record<string, readonly (string | number)[]> = {};
    for (const [name, value] of Object.entries(document.value)) {
      const list = Array.isArray(value) ? value : [value];
      const values = list.filter((one) => typeof one === 'string' || typeof one === 'number');
      if (!/^[\w.-]+$/.test(name) || isYamlMap(value) || values.length !== list.length || list.length === 0) {
        const { line, column } = document.locate([name]);
        return refuse(`\`${name}\` must be a word with a list of texts or numbers`, line, column);
      }
      placeholders[name] = values;
    }
    return read(placeholders);
  } catch (error) {
    if (!(error instanceof YamlRefused)) throw error;
    return refuse(error.message, error.line, error.column);
  }
}
