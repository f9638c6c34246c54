import type { CommandFunction } from '../run/call.ts';
import type { Dialect } from '../run/interpreter.ts';
import { flowBuiltins } from './flow.ts';
import { jobBuiltins } from './jobs.ts';
import { lookupBuiltins } from './lookup.ts';
import { outputBuiltins } from './output.ts';
import { stateBuiltins } from './state.ts';

/** Everything bash does itself. Put together at the first use, since builtins and shell know each other. */
let all: ReadonlyMap<string, CommandFunction> | null = null;
let small: ReadonlyMap<string, CommandFunction> | null = null;

const smallNames =
  '. : [ alias bg break cd chdir command continue echo eval exec exit export false fg getopts hash jobs kill local printf pwd read readonly return set shift test times trap true type ulimit umask unalias unset wait'.split(
    ' ',
  );

/** The builtins of a shell. */
export function builtins(dialect: Dialect): ReadonlyMap<string, CommandFunction> {
  all ??= new Map(
    [outputBuiltins, stateBuiltins, flowBuiltins, lookupBuiltins, jobBuiltins]
      .flatMap((table) => Object.entries(table))
      .filter(([name]) => name !== 'chdir'),
  );
  if (dialect === 'bash') return all;
  small ??= new Map([...Object.entries(stateBuiltins), ...all].filter(([name]) => smallNames.includes(name)));
  return small;
}

/** Assignments before these stay, in POSIX shells. */
export const specialBuiltins = new Set([
  '.',
  ':',
  'break',
  'continue',
  'eval',
  'exec',
  'exit',
  'export',
  'readonly',
  'return',
  'set',
  'shift',
  'times',
  'trap',
  'unset',
]);
