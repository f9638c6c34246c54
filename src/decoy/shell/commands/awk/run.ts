import { type Call, type CommandTable, getopt, splitOnce } from '../../run/call.ts';
import { Input } from '../../run/streams.ts';
import { AwkExpressions } from './expressions.ts';
import { parseAwk } from './syntax.ts';
import { AwkSyntaxError } from './tokens.ts';
import type { AwkProgram, Expression, Rule, Statement } from './tree.ts';
import { Jump, toNumber, toText, truth, type Value } from './values.ts';

class AwkRun extends AwkExpressions {
  async run(files: readonly string[]): Promise<number> {
    let status = 0;
    this.arrays.set(
      'ARGV',
      new Map([['0', 'awk'], ...files.map((file, at): [string, Value] => [String(at + 1), { text: file }])]),
    );
    this.globals.set('ARGC', files.length + 1);
    const bodyOf = async (kind: 'BEGIN' | 'END'): Promise<void> => {
      for (const rule of this.program.rules) if (rule.pattern === kind && rule.body) await this.statement(rule.body);
    };
    try {
      await bodyOf('BEGIN');
      if (this.program.rules.some(({ pattern }) => pattern !== 'BEGIN')) {
        this.files = [...files];
        if (!files.some((file) => !/^[A-Za-z_]\w*=/.test(file))) {
          for (const file of files) this.assignment(file);
          this.files = ['-'];
        }
        while (await this.nextRecord()) await this.rules();
      }
    } catch (error) {
      if (!(error instanceof Jump) || error.kind !== 'exit') throw error;
      status = toNumber(error.value);
    }
    try {
      await bodyOf('END');
    } catch (error) {
      if (!(error instanceof Jump) || error.kind !== 'exit') throw error;
      status = error.value === undefined ? status : toNumber(error.value);
    }
    for (const [command, text] of this.pipes)
      await this.call.shell.runWords(['sh', '-c', command], { input: new Input(text) });
    return this.failed ? 2 : status & 255;
  }

  protected async rules(): Promise<void> {
    for (const rule of this.program.rules) {
      if (rule.pattern === 'BEGIN' || rule.pattern === 'END') continue;
      if (!(await this.isChosen(rule))) continue;
      try {
        if (rule.body) await this.statement(rule.body);
        else this.call.out(`${this.record}${toText(this.globals.get('ORS'))}`);
      } catch (error) {
        if (error instanceof Jump && error.kind === 'next') return;
        throw error;
      }
    }
  }

  protected async isChosen(rule: Rule): Promise<boolean> {
    if (rule.pattern === null) return true;
    const pattern = rule.pattern as Expression;
    if (!rule.until) return truth(await this.value(pattern));
    if (!rule.isActive) {
      if (!truth(await this.value(pattern))) return false;
      rule.isActive = true;
    }
    if (truth(await this.value(rule.until))) rule.isActive = false;
    return true;
  }

  protected async statement(statement: Statement): Promise<void> {
    this.steps += 1;
    if (this.steps % 32 === 0) await this.call.machine.step();
    switch (statement.kind) {
      case 'block':
        for (const each of statement.body) await this.statement(each);
        return;
      case 'expression':
        await this.value(statement.value);
        return;
      case 'print':
        return this.print(statement);
      case 'if':
        if (truth(await this.value(statement.condition))) return this.statement(statement.yes);
        if (statement.no) return this.statement(statement.no);
        return;
      case 'while':
        if (statement.isDo && !(await this.turn(statement.body))) return;
        while (truth(await this.value(statement.condition))) if (!(await this.turn(statement.body))) return;
        return;
      case 'for':
        if (statement.start) await this.statement(statement.start);
        while (statement.condition === null || truth(await this.value(statement.condition))) {
          if (!(await this.turn(statement.body))) return;
          if (statement.step) await this.statement(statement.step);
        }
        return;
      case 'each':
        for (const key of [...this.array(statement.name).keys()]) {
          await this.assign({ kind: 'name', name: statement.variable }, { text: key });
          if (!(await this.turn(statement.body))) return;
        }
        return;
      case 'delete':
        if (statement.keys === null) this.array(statement.name).clear();
        else this.array(statement.name).delete(await this.key(statement.keys));
        return;
      case 'exit':
      case 'return':
        throw new Jump(
          statement.kind,
          statement.value ? await this.value(statement.value) : statement.kind === 'exit' ? 0 : undefined,
        );
      default:
        throw new Jump(statement.kind);
    }
  }

  /** One turn of a loop; false after `break`. */
  protected async turn(body: Statement): Promise<boolean> {
    try {
      await this.call.machine.step();
      await this.statement(body);
      return true;
    } catch (error) {
      if (error instanceof Jump && error.kind === 'break') return false;
      if (error instanceof Jump && error.kind === 'continue') return true;
      throw error;
    }
  }

  protected async print(statement: Statement & { kind: 'print' }): Promise<void> {
    let text: string;
    if (statement.isFormatted) text = await this.format(statement.args);
    else if (statement.args.length === 0) text = this.record + toText(this.globals.get('ORS'));
    else {
      const parts: string[] = [];
      for (const arg of statement.args) parts.push(toText(await this.value(arg)));
      text = parts.join(toText(this.globals.get('OFS'))) + toText(this.globals.get('ORS'));
    }
    if (!statement.redirect) {
      this.call.out(text);
      return;
    }
    const target = toText(await this.value(statement.redirect.target));
    if (statement.redirect.operator === '|') this.pipes.set(target, (this.pipes.get(target) ?? '') + text);
    else if (target === '/dev/stderr') this.call.err(text);
    else if (target === '/dev/stdout') this.call.out(text);
    else {
      const result = this.call.write(target, text, {
        append: statement.redirect.operator === '>>' || this.opened.has(target),
      });
      this.opened.add(target);
      if (!result.ok) {
        this.call.err(`${this.call.name}: cannot open "${target}" for output\n`);
        throw new Jump('exit', 2);
      }
    }
  }
}

async function awk(call: Call): Promise<number> {
  const usage = 'Usage: mawk [Options] [Program] [file ...]\n';
  if (call.args.length === 0) {
    call.err(usage);
    return 2;
  }
  const options = getopt(call, 'F:v:f:W:', { version: 'V', help: 'H' }, { stopAtFirst: true, help: '' });
  if (!options) return 2;
  if (options.has('V') || options.get('W') === 'version') {
    call.out('mawk 1.3.4 20200120\n');
    return 0;
  }
  let source: string | undefined;
  const rest = [...options.rest];
  const file = options.get('f');
  if (file === undefined) source = rest.shift();
  else {
    const content = await call.read(file);
    if (!content.ok) {
      call.err(`${call.name}: couldn't open file ${file}: ${content.error.message}\n`);
      return 2;
    }
    source = content.value;
  }
  if (source === undefined) {
    call.err(usage);
    return 2;
  }
  let program: AwkProgram;
  try {
    program = parseAwk(source);
  } catch (error) {
    if (!(error instanceof AwkSyntaxError)) throw error;
    call.err(`${call.name}: ${error.message}\n`);
    return 2;
  }
  const run = new AwkRun(call, program);
  const separator = options.get('F');
  if (separator !== undefined) run.set('FS', separator);
  for (const each of options.all('v')) {
    const [name, value = ''] = splitOnce(each, '=');
    run.set(name, value);
  }
  return run.run(rest);
}

export const awkCommands: CommandTable = { awk, mawk: awk, nawk: awk, gawk: awk, 'original-awk': awk };
