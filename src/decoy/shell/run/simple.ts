import { builtins, specialBuiltins } from '../builtins/index.ts';
import type { Assignment, FunctionDefinition, Simple } from '../syntax/ast.ts';
import { Call } from './call.ts';
import { expandOne, expandWords } from './expand.ts';
import type { Interpreter } from './interpreter.ts';
import { runProgram } from './program.ts';
import { keepRedirects, withRedirects } from './redirect.ts';
import { ReturnSignal } from './signals.ts';
import { type Input, WriteError } from './streams.ts';
import { newVariable } from './variables.ts';

/** Runs a command without a body: assignments, a function, a builtin or a program. */
export async function runSimple(shell: Interpreter, command: Simple): Promise<number> {
  shell.line = command.line;
  const before = shell.status;
  shell.status = 0;
  const words = await withStatus(shell, before, () => expandWords(shell, aliased(shell, command).words));
  if (words.length === 0) {
    if (shell.options.has('xtrace'))
      for (const each of command.assignments)
        if (each.value) shell.err(`+ ${each.name}=${await expandOne(shell, each.value)}\n`);
    for (const assignment of command.assignments) await assign(shell, assignment);
    return withRedirects(shell, command.redirects, () => Promise.resolve(shell.status));
  }
  if (shell.options.has('xtrace')) shell.err(`+ ${words.map(traced).join(' ')}\n`);
  if (words[0] === 'exec' && words.length === 1 && !shell.functions.has('exec'))
    return keepRedirects(shell, command.redirects);
  const temporary = await temporaryVariables(shell, command);
  const saved = [...temporary].map(([name]) => [name, shell.variables.get(name)] as const);
  for (const [name, value] of temporary) {
    const variable = { ...newVariable(value), isExported: true };
    shell.variables.put(name, variable);
  }
  try {
    return await withRedirects(shell, command.redirects, () => runNamed(shell, words), words[0]);
  } finally {
    if (!specialBuiltins.has(words[0] as string) || shell.dialect === 'bash')
      for (const [name, variable] of saved) {
        if (variable) shell.variables.put(name, variable);
        else shell.variables.unset(name);
      }
  }
}

/** `$?` is the last status while words are expanded, and what a substitution left afterwards. */
async function withStatus<T>(shell: Interpreter, status: number, work: () => Promise<T>): Promise<T> {
  shell.status = status;
  const marker = status;
  const result = await work();
  if (shell.status === marker && status !== 0) shell.status = 0;
  return result;
}

function aliased(shell: Interpreter, command: Simple): Simple {
  if (!shell.isInteractive || shell.aliases.size === 0) return command;
  const first = command.words[0]?.parts;
  const part = first?.length === 1 ? first[0] : undefined;
  if (part?.kind !== 'text' || part.isQuoted) return command;
  const value = shell.aliases.get(part.text);
  if (value === undefined) return command;
  const extra = value
    .split(/\s+/)
    .filter(Boolean)
    .map((text) => ({ parts: [{ kind: 'text' as const, text: text.replace(/^['"]|['"]$/g, ''), isQuoted: false }] }));
  return { ...command, words: [...extra, ...command.words.slice(1)] };
}

const traced = (word: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

async function temporaryVariables(shell: Interpreter, command: Simple): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  for (const each of command.assignments) values.set(each.name, each.value ? await expandOne(shell, each.value) : '');
  return values;
}

async function assign(shell: Interpreter, assignment: Assignment): Promise<void> {
  const { name, index, append, array } = assignment;
  if (array) {
    const old = shell.variables.get(name);
    const values = new Map(append && old?.array ? old.array : []);
    let next = values.size;
    for (const word of array) {
      const keyed = /^\[([^\]]*)\]=/.exec(word.parts[0]?.kind === 'text' ? word.parts[0].text : '');
      for (const value of await expandWords(shell, [word])) {
        const key = keyed ? (keyed[1] as string) : String(next++);
        values.set(
          old?.isAssociative ? key.replace(/^["']|["']$/g, '') : key,
          keyed ? value.slice(value.indexOf('=') + 1) : value,
        );
      }
    }
    shell.variables.put(name, { ...newVariable(''), ...old, array: values });
    return;
  }
  const value = assignment.value ? await expandOne(shell, assignment.value) : '';
  const key = index ? await expandOne(shell, index) : null;
  const old = append ? (key === null ? shell.value(name) : shell.variables.get(name)?.array?.get(key)) : undefined;
  const isNumber = append && shell.variables.get(name)?.isInteger;
  const full = isNumber ? `${old ?? 0}+${value}` : `${old ?? ''}${value}`;
  if (!shell.assign(name, full, key)) shell.status = 1;
}

/** Runs words that are expanded already. */
export async function runNamed(
  shell: Interpreter,
  words: readonly string[],
  options: { input?: Input; environment?: ReadonlyMap<string, string>; noFunctions?: boolean } = {},
): Promise<number> {
  const name = words[0] as string;
  const args = words.slice(1);
  await shell.machine.step();
  const definition = options.noFunctions ? undefined : shell.functions.get(name);
  if (definition) return runFunction(shell, definition, args);
  const builtin = builtins(shell.dialect).get(name);
  try {
    if (!builtin) return await runProgram(shell, name, args, options);
    shell.machine.report({ type: 'command', name, args, isKnown: true });
    return await builtin(new Call(shell, name, args));
  } catch (error) {
    if (!(error instanceof WriteError)) return shell.caught(error);
    shell.complain(`${name}: write error: ${error.message}`);
    return 1;
  }
}

async function runFunction(
  shell: Interpreter,
  definition: FunctionDefinition,
  args: readonly string[],
): Promise<number> {
  const positional = shell.positional;
  const loops = shell.loops;
  shell.positional = [...args];
  shell.loops = 0;
  shell.variables.enterFunction();
  try {
    return await shell.machine.deeper(() => shell.command(definition.body));
  } catch (error) {
    if (error instanceof ReturnSignal) return error.status;
    throw error;
  } finally {
    shell.variables.leaveFunction();
    shell.positional = positional;
    shell.loops = loops;
  }
}
