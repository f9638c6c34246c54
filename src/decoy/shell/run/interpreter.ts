import type { Machine } from '../machine.ts';
import { prompt } from '../prompt.ts';
import type { Command, FunctionDefinition, List, Word } from '../syntax/ast.ts';
import { Parser } from '../syntax/parser.ts';
import { ShellSyntaxError } from '../syntax/scanner.ts';
import type { Actor } from '../types.ts';
import { type Account, readAccounts } from './accounts.ts';
import { ArithmeticError, evaluate } from './arithmetic.ts';
import { runCompound } from './compound.ts';
import { expandOne } from './expand.ts';
import { background, type Job } from './jobs.ts';
import { andOr } from './pipeline.ts';
import { ExitSignal, InterruptSignal, LoopSignal, PipeSignal, ReturnSignal } from './signals.ts';
import { runNamed, runSimple } from './simple.ts';
import { specialValue } from './specials.ts';
import { BufferOutput, type Descriptor, Input, WriteError } from './streams.ts';
import { type Variable, Variables } from './variables.ts';

export type Dialect = 'bash' | 'dash' | 'ash';

interface InterpreterOptions {
  machine: Machine;
  name: string;
  dialect: Dialect;
  /** `command` is `-c`, `script` a file, the others read from the visitor. */
  mode: 'command' | 'script' | 'stdin' | 'interactive' | 'login';
  env: ReadonlyMap<string, string>;
  cwd: string;
  actor: Actor;
  user: string;
  descriptors: Map<number, Descriptor>;
  positional?: readonly string[];
}

/** One running shell: its variables, functions, open files and options. Everything happens inside the session's machine. */
export class Interpreter {
  readonly machine: Machine;
  name: string;
  readonly dialect: Dialect;
  readonly mode: InterpreterOptions['mode'];
  variables: Variables;
  functions = new Map<string, FunctionDefinition>();
  aliases = new Map<string, string>();
  options = new Set<string>();
  shopts = new Set<string>();
  positional: string[];
  cwd: string;
  actor: Actor;
  user: string;
  umask = 0o022;
  status = 0;
  line = 1;
  pid: number;
  ownPid: number;
  lastBackground = '';
  jobs: Job[] = [];
  /** The next program runs under this one: that of `$!`. */
  reservedPid: number | null = null;
  descriptors: Map<number, Descriptor>;
  traps = new Map<string, string>();
  loops = 0;
  isSubshell = false;
  startedAt: number;
  /** Above zero where `set -e` does not end the shell. */
  guarded = 0;
  /** Set by `exec program`: nothing runs after it. */
  limits = new Map<string, string>();

  constructor(options: InterpreterOptions) {
    this.machine = options.machine;
    this.name = options.name;
    this.dialect = options.dialect;
    this.mode = options.mode;
    this.cwd = options.cwd;
    this.actor = options.actor;
    this.user = options.user;
    this.descriptors = options.descriptors;
    this.positional = [...(options.positional ?? [])];
    this.pid = this.machine.newPid();
    this.ownPid = this.pid;
    this.startedAt = this.machine.now();
    this.variables = new Variables();
    for (const [name, value] of options.env) this.variables.set(name, value).isExported = true;
    this.variables.set('IFS', ' \t\n');
    this.variables.set('PWD', this.cwd).isExported = true;
    if (this.dialect === 'bash') {
      const level = Number(options.env.get('SHLVL') ?? '0');
      this.variables.set('SHLVL', String((Number.isFinite(level) ? level : 0) + 1)).isExported = true;
      this.options.add('braceexpand').add('hashall');
    }
  }

  get isInteractive(): boolean {
    return this.mode === 'interactive' || this.mode === 'login';
  }

  /** A copy for `( … )`, pipes and substitutions: what it changes stays in it. */
  fork(descriptors?: Map<number, Descriptor>): Interpreter {
    const copy: Interpreter = Object.create(Interpreter.prototype) as Interpreter;
    Object.assign(copy, this);
    copy.variables = this.variables.copy();
    copy.functions = new Map(this.functions);
    copy.aliases = new Map(this.aliases);
    copy.options = new Set(this.options);
    copy.shopts = new Set(this.shopts);
    copy.positional = [...this.positional];
    copy.descriptors = descriptors ?? new Map(this.descriptors);
    copy.traps = new Map([...this.traps].filter(([, action]) => action === ''));
    copy.isSubshell = true;
    copy.ownPid = this.machine.newPid();
    copy.reservedPid = null;
    copy.loops = 0;
    return copy;
  }

  // ---- input and output ----

  out(text: string): void {
    this.descriptors.get(1)?.output?.write(text);
  }

  err(text: string): void {
    this.descriptors.get(2)?.output?.write(text);
  }

  get stdin(): Input {
    return this.descriptors.get(0)?.input ?? new Input('');
  }

  /** A message of the shell itself. */
  complain(message: string): void {
    this.err(`${this.messagePrefix()}${message}\n`);
  }

  messagePrefix(): string {
    if (this.dialect === 'dash') return `${this.name}: ${this.isInteractive ? '' : `${this.line}: `}`;
    if (this.dialect === 'ash') return `${this.name}: ${this.mode === 'script' ? `line ${this.line}: ` : ''}`;
    return this.isInteractive ? `${this.name}: ` : `${this.name}: line ${this.line}: `;
  }

  // ---- running text ----

  /** Runs a text line by line and returns the last status. Syntax errors are told and end it. */
  async runText(text: string): Promise<number> {
    const parser = new Parser(text);
    for (;;) {
      let list: List | null;
      try {
        list = parser.next();
      } catch (error) {
        if (!(error instanceof ShellSyntaxError)) throw error;
        this.syntaxError(error, text);
        this.status = 2;
        return 2;
      }
      if (list === null) return this.status;
      for (const name of parser.scanner.unfinished.splice(0))
        if (this.dialect === 'bash')
          this.complain(`warning: here-document at line 1 delimited by end-of-file (wanted \`${name}')`);
      await this.runList(list);
    }
  }

  syntaxError(error: ShellSyntaxError, text: string): void {
    if (this.dialect !== 'bash') {
      const shown =
        error.token === null
          ? error.message.includes('matching')
            ? 'Unterminated quoted string'
            : 'end of file unexpected'
          : `${error.token === 'newline' ? 'newline' : `"${error.token}"`} unexpected`;
      this.err(
        this.dialect === 'dash'
          ? `${this.name}: ${error.line}: Syntax error: ${shown}\n`
          : `${this.name}: syntax error: ${shown.replace(/"/g, '').replace(/^(.*) unexpected$/, 'unexpected "$1"')}\n`,
      );
      return;
    }
    const lead = this.isInteractive
      ? `${this.name}: `
      : `${this.name}: ${this.mode === 'command' ? '-c: ' : ''}line ${error.line}: `;
    this.err(`${lead}${error.message}\n`);
    if (error.token !== null && !this.isInteractive) this.err(`${lead}\`${text.split('\n')[error.line - 1] ?? ''}'\n`);
  }

  /** Runs the text as a whole shell would: with its exit trap, and all ends turned into a status. */
  async runWhole(text: string): Promise<number> {
    let status: number;
    try {
      status = await this.machine.deeper(() => this.runText(text));
    } catch (error) {
      status = this.statusOf(error);
    }
    return this.finish(status);
  }

  /** Runs the exit trap. */
  async finish(status: number): Promise<number> {
    const trap = this.traps.get('EXIT');
    this.traps.delete('EXIT');
    if (trap === undefined || trap === '') return status;
    this.status = status;
    try {
      await this.runText(trap);
    } catch (error) {
      return this.statusOf(error);
    }
    return status;
  }

  /** The status a shell ends with; what must end the whole line is thrown on. */
  statusOf(error: unknown): number {
    if (error instanceof ExitSignal) return error.status;
    if (error instanceof ReturnSignal) return error.status;
    if (error instanceof LoopSignal) return 0;
    if (error instanceof PipeSignal) return error.status;
    throw error;
  }

  async runList(list: List): Promise<number> {
    for (const each of list) {
      await this.machine.step();
      if (each.isBackground) await background(this, each);
      else await andOr(this, each);
    }
    return this.status;
  }

  /** Runs one command and returns its status. */
  async command(command: Command): Promise<number> {
    await this.machine.step();
    if (command.kind === 'function') {
      this.functions.set(command.name, command);
      return 0;
    }
    if (command.line > 0) this.line = command.line;
    return command.kind === 'simple' ? runSimple(this, command) : runCompound(this, command);
  }

  /** Output of `$(…)` without its last line feeds. */
  async substitute(body: List): Promise<string> {
    const output = new BufferOutput(this.machine.caps.valueBytes);
    const copy = this.fork();
    copy.descriptors.set(1, { output });
    copy.guarded = this.guarded;
    try {
      await this.machine.deeper(() => copy.runList(body));
      copy.status = await copy.finish(copy.status);
    } catch (error) {
      copy.status = await copy.finish(copy.statusOf(error));
    }
    this.status = copy.status;
    return output.text.replace(/\n+$/, '').replaceAll('\0', '');
  }

  /** `<(…)`: runs it and gives the name of a file with its output. */
  async processFile(body: List, isInput: boolean): Promise<string> {
    const place = `/tmp/.fd${this.machine.newPid()}`;
    if (!isInput) return '/dev/null';
    const text = await this.substitute(body);
    this.machine.disk.writeText(place, text === '' ? '' : `${text}\n`);
    return place;
  }

  // ---- values ----

  value(name: string): string | undefined {
    const special = specialValue(this, name);
    if (special !== null) return special;
    const variable = this.variables.get(name);
    if (!variable) return undefined;
    return variable.array ? variable.array.get('0') : variable.value;
  }

  /** Sets a variable; false where it may not be set. */
  assign(name: string, value: string, index: string | null = null): boolean {
    const variable = this.variables.get(name);
    if (variable?.isReadonly) {
      this.complain(`${name}: readonly variable`);
      return false;
    }
    if (value.length > this.machine.caps.valueBytes) this.machine.limit('valueBytes');
    const text = variable?.isInteger ? this.evaluate(value) : value;
    if (index !== null) {
      const made = variable ?? this.variables.set(name, '');
      made.array ??= new Map(made.value === '' ? [] : [['0', made.value]]);
      made.array.set(made.isAssociative ? index : this.arrayIndex(index, made), text);
      if (made.array.size > 20_000) this.machine.limit('valueBytes');
    } else {
      const set = this.variables.set(name, text);
      if (this.options.has('allexport')) set.isExported = true;
    }
    return true;
  }

  arrayIndex(text: string, variable: Variable | undefined): string {
    const index = Number(this.evaluate(text));
    if (index >= 0) return String(index);
    const last = variable?.array ? Math.max(-1, ...[...variable.array.keys()].map(Number)) : 0;
    return String(last + 1 + index);
  }

  /** The value of an arithmetic text. */
  evaluate(text: string): string {
    try {
      return String(
        evaluate(text, {
          get: (name, index) =>
            index === null
              ? (this.value(name) ?? '')
              : (this.variables
                  .get(name)
                  ?.array?.get(this.variables.get(name)?.isAssociative ? index : this.evaluate(index)) ?? ''),
          set: (name, index, value) => void this.assign(name, value, index),
        }),
      );
    } catch (error) {
      if (!(error instanceof ArithmeticError)) throw error;
      this.complain(error.message);
      throw new ExitSignal(1);
    }
  }

  async arithmetic(expression: Word): Promise<string> {
    return this.evaluate(await expandOne(this, expression, false));
  }

  /** Runs words that are expanded already, as `xargs` and the like do; functions are not looked at. */
  runWords(
    words: readonly string[],
    options: { input?: Input; environment?: ReadonlyMap<string, string> } = {},
  ): Promise<number> {
    const copy = this.fork();
    if (options.input) copy.descriptors.set(0, { input: options.input });
    return runNamed(copy, words, { ...options, noFunctions: true });
  }

  /** A shell inside this one, as `sh` typed at the prompt. */
  nested(name: string, dialect: Dialect): Interpreter {
    const child = new Interpreter({
      machine: this.machine,
      name,
      dialect,
      mode: 'interactive',
      env: this.variables.exported(),
      cwd: this.cwd,
      actor: this.actor,
      user: this.user,
      descriptors: this.descriptors,
    });
    child.umask = this.umask;
    return child;
  }

  /** Reads and runs lines from standard input until its end or `exit`. */
  async interact(fixedPrompt: string | null): Promise<number> {
    for (;;) {
      this.err(fixedPrompt ?? prompt(this));
      const line = await this.stdin.line();
      if (line === null) return this.status;
      if (line.trim() === '') continue;
      if (this.machine.history.length < 2000) this.machine.history.push(line.replace(/\n$/, ''));
      this.machine.report({ type: 'input', line: line.replace(/\n$/, '') });
      this.machine.renew();
      try {
        await this.runText(line);
      } catch (error) {
        if (error instanceof ExitSignal) return error.status;
        if (error instanceof InterruptSignal) this.status = 130;
        else this.status = this.statusOf(error);
      }
    }
  }

  /** Output of words that are expanded already. */
  async capture(words: readonly string[]): Promise<string> {
    const output = new BufferOutput(this.machine.caps.valueBytes);
    const copy = this.fork();
    copy.descriptors.set(1, { output });
    await copy.runWords(words);
    return output.text;
  }

  // ---- accounts ----

  accounts(): Account[] {
    return readAccounts(this.machine.disk);
  }

  account(name: string): Account | undefined {
    return this.accounts().find((each) => each.name === name);
  }

  /** Ends that a command turns into a status; the rest is thrown on. */
  caught(error: unknown): number {
    if (error instanceof PipeSignal) return error.status;
    if (error instanceof WriteError) return 1;
    throw error;
  }
}
