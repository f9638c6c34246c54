import { didYouMean } from './errors.ts';

/** A flag: `switch` takes no value (and has a `--no-` form), `text` takes one, `list` may be repeated. */
export interface FlagSpec {
  /** With dashes: `--json`. */
  name: string;
  kind: 'switch' | 'text' | 'list';
  /** Word for the value in `--help`: `FILE`. */
  value?: string;
  description: string;
  /** Another name of the flag before it, or one that is told elsewhere: accepted, not listed in `--help`. */
  isUnlisted?: boolean;
}

export interface ParsedFlags {
  /** By flag name with dashes. A switch is 'true' or 'false'. */
  values: Map<string, string[]>;
  positionals: string[];
  /** Sentences; empty when all is well. */
  problems: string[];
}

/** Reads `--flag value`, `--flag=value`, `--switch`, `--no-switch` and positionals; `--` ends the flags, `-` is a positional. */
export function parseFlags(argv: readonly string[], specs: readonly FlagSpec[]): ParsedFlags {
  const byName = new Map(specs.map((spec) => [spec.name, spec]));
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  const problems: string[] = [];
  const add = (name: string, value: string) => {
    const before = values.get(name);
    if (before && byName.get(name)?.kind === 'list') before.push(value);
    else values.set(name, [value]);
  };
  for (let i = 0; i < argv.length; i += 1) {
    const word = argv[i] ?? '';
    if (word === '--') {
      positionals.push(...argv.slice(i + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      positionals.push(word);
      continue;
    }
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    const inline = equals < 0 ? null : word.slice(equals + 1);
    const negated = name.startsWith('--no-') && !byName.has(name) ? `--${name.slice(5)}` : null;
    const spec = byName.get(negated ?? name);
    if (!spec || (negated && spec.kind !== 'switch')) {
      const near = didYouMean(name, byName.keys());
      problems.push(`There is no flag ${name}.${near ? ` Did you mean ${near}?` : ' See --help for the flags.'}`);
      // A word behind an unknown flag is most likely its value, not something to work on.
      if (inline === null && argv[i + 1] !== undefined && !argv[i + 1]?.startsWith('-')) i += 1;
      continue;
    }
    if (spec.kind === 'switch') {
      if (negated && inline !== null) problems.push(`${name} takes no value, but "${inline}" was given.`);
      else add(spec.name, negated ? 'false' : (inline ?? 'true'));
      continue;
    }
    const value = inline ?? argv[i + 1];
    if (value === undefined || (inline === null && value.startsWith('--'))) {
      problems.push(`${name} needs a value: ${name} ${spec.value ?? 'VALUE'}.`);
      continue;
    }
    if (inline === null) i += 1;
    add(spec.name, value);
  }
  return { values, positionals, problems };
}
