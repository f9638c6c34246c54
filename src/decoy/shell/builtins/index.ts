import type { CommandFunction } from '../run/call.ts';
import type { Dialect } from '../run/interpreter.ts';
import { flowBuiltins } from './flow.ts';
import { jobBuiltins } from './jobs.ts';
import { lookupBuiltins } from './lookup.ts';
import { outputBuiltins } from './output.ts';
import { stateBuiltins } from './state.ts';

/** Everything bash does itself. */
const all = new Map<string, CommandFunction>(
  [outputBuiltins, stateBuiltins, flowBuiltins, lookupBuiltins, jobBuiltins].flatMap((table) => Object.entries(table)),
);
const bash = new Map([...all].filter(([name]) => name !== 'chdir'));

const small = new Map(
  '. : [ alias bg break cd chdir command continue echo eval exec exit export false fg getopts hash jobs kill local printf pwd read readonly return set shift test times trap true type ulimit umask unalias unset wait'
    .split(' ')
    .map((name) => [name, all.get(name) as CommandFunction]),
);

export const builtins = (dialect: Dialect): ReadonlyMap<string, CommandFunction> => (dialect === 'bash' ? bash : small);

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
