import { floating, formatFloat, integer } from '../../builtins/output.ts';
import { type Call, type CommandTable, getopt, splitOnce } from '../../run/call.ts';
import { Input } from '../../run/streams.ts';
import { clip, posixRegex } from '../regex.ts';
import { type AwkProgram, AwkSyntaxError, type Expression, parseAwk, type Rule, type Statement } from './syntax.ts';

type Value = string | number | undefined | { text: string };
type Store = Map<string, Value>;

class Jump {
  readonly kind: 'next' | 'break' | 'continue' | 'exit' | 'return';
  readonly value: Value;
  constructor(kind: Jump['kind'], value: Value = undefined) {
    this.kind = kind;
    this.value = value;
  }
}

const looksNumeric = (text: string): boolean => /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/.test(text);
const toNumber = (value: Value): number => {
  if (typeof value === 'number') return value;
  if (value === undefined) return 0;
  const text = typeof value === 'string' ? value : value.text;
  return Number(/^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/.exec(text)?.[0] ?? 0);
};
/** Input that looks like a number compares as one. */
const isNumber = (value: Value): boolean =>
  typeof value === 'number' || value === undefined || (typeof value === 'object' && looksNumeric(value.text));
const numberText = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 1e16 ? String(value) : formatFloat(value, 'g', 6);
const toText = (value: Value): string =>
  value === undefined
    ? ''
    : typeof value === 'number'
      ? numberText(value)
      : typeof value === 'string'
        ? value
        : value.text;
const truth = (value: Value): boolean =>
  typeof value === 'number'
    ? value !== 0
    : value === undefined
      ? false
      : typeof value === 'object' && looksNumeric(value.text)
        ? Number(value.text) !== 0
        : toText(value) !== '';

class AwkRun {
  readonly #call: Call;
  readonly #program: AwkProgram;
  readonly #globals: Store = new Map<string, Value>([
    ['FS', ' '],
    ['OFS', ' '],
    ['RS', '\n'],
    ['ORS', '\n'],
    ['NR', 0],
    ['NF', 0],
    ['FNR', 0],
    ['SUBSEP', '\x1c'],
    ['CONVFMT', '%.6g'],
    ['OFMT', '%.6g'],
    ['RSTART', 0],
    ['RLENGTH', -1],
    ['FILENAME', ''],
  ]);
  readonly #arrays = new Map<string, Map<string, Value>>();
  #frames: { values: Store; arrays: Map<string, Map<string, Value>> }[] = [];
  #record = '';
  #fields: Value[] = [];
  readonly #regexes = new Map<string, RegExp>();
  readonly #inputs = new Map<string, Input>();
  readonly #pipes = new Map<string, string>();
  readonly #opened = new Set<string>();
  #main: Input | null = null;
  #files: string[] = [];
  #steps = 0;

  constructor(call: Call, program: AwkProgram) {
    this.#call = call;
    this.#program = program;
    this.#arrays.set('ENVIRON', new Map([...call.environment].map(([name, value]) => [name, { text: value }])));
  }

  set(name: string, value: string): void {
    this.#globals.set(name, { text: value.replace(/\\t/g, '\t').replace(/\\n/g, '\n') });
  }

  async run(files: readonly string[]): Promise<number> {
    let status = 0;
    this.#arrays.set(
      'ARGV',
      new Map([['0', 'awk'], ...files.map((file, at): [string, Value] => [String(at + 1), { text: file }])]),
    );
    this.#globals.set('ARGC', files.length + 1);
    const bodyOf = async (kind: 'BEGIN' | 'END'): Promise<void> => {
      for (const rule of this.#program.rules) if (rule.pattern === kind && rule.body) await this.#statement(rule.body);
    };
    try {
      await bodyOf('BEGIN');
      if (this.#program.rules.some(({ pattern }) => pattern !== 'BEGIN')) {
        this.#files = [...files];
        if (!files.some((file) => !/^[A-Za-z_]\w*=/.test(file))) {
          for (const file of files) this.#assignment(file);
          this.#files = ['-'];
        }
        while (await this.#nextRecord()) await this.#rules();
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
    for (const [command, text] of this.#pipes)
      await this.#call.shell.runWords(['sh', '-c', command], { input: new Input(text) });
    return this.failed ? 2 : status & 255;
  }

  failed = false;

  #assignment(text: string): boolean {
    if (!/^[A-Za-z_]\w*=/.test(text)) return false;
    const [name, value = ''] = splitOnce(text, '=');
    this.set(name, value);
    return true;
  }

  async #rules(): Promise<void> {
    for (const rule of this.#program.rules) {
      if (rule.pattern === 'BEGIN' || rule.pattern === 'END') continue;
      if (!(await this.#isChosen(rule))) continue;
      try {
        if (rule.body) await this.#statement(rule.body);
        else this.#call.out(`${this.#record}${toText(this.#globals.get('ORS'))}`);
      } catch (error) {
        if (error instanceof Jump && error.kind === 'next') return;
        throw error;
      }
    }
  }

  async #isChosen(rule: Rule): Promise<boolean> {
    if (rule.pattern === null) return true;
    const pattern = rule.pattern as Expression;
    if (!rule.until) return truth(await this.#value(pattern));
    if (!rule.isActive) {
      if (!truth(await this.#value(pattern))) return false;
      rule.isActive = true;
    }
    if (truth(await this.#value(rule.until))) rule.isActive = false;
    return true;
  }

  async #readRecord(input: Input): Promise<string | null> {
    const separator = toText(this.#globals.get('RS'));
    if (separator === '\n' || separator.length !== 1) {
      const line = await input.line(separator === '' ? '\n\n' : '\n');
      return line === null ? null : line.replace(/\n+$/, '');
    }
    const text = await input.line(separator);
    return text === null ? null : text.endsWith(separator) ? text.slice(0, -1) : text.replace(/\n$/, '');
  }

  async #nextRecord(): Promise<boolean> {
    for (;;) {
      if (this.#main === null) {
        const file = this.#files.shift();
        if (file === undefined) return false;
        if (this.#assignment(file)) continue;
        if (file === '-') this.#main = this.#call.stdin;
        else {
          const content = await this.#call.read(file);
          if (!content.ok) {
            this.#call.err(`${this.#call.name}: cannot open ${file} (${content.error.message})\n`);
            this.failed = true;
            continue;
          }
          this.#main = new Input(content.value);
          this.#globals.set('FILENAME', file);
        }
        this.#globals.set('FNR', 0);
      }
      const record = await this.#readRecord(this.#main);
      if (record === null) {
        this.#main = null;
        if (this.#files.length === 0) return false;
        continue;
      }
      this.#count();
      this.#setRecord(record);
      await this.#call.machine.step();
      return true;
    }
  }

  #count(): void {
    for (const name of ['NR', 'FNR']) this.#globals.set(name, toNumber(this.#globals.get(name)) + 1);
  }

  #setRecord(record: string): void {
    this.#record = record;
    this.#fields = this.#split(record, toText(this.#globals.get('FS'))).map((text) => ({ text }));
    this.#globals.set('NF', this.#fields.length);
  }

  #split(text: string, separator: string): string[] {
    if (separator === ' ') return text.match(/[^ \t\n]+/g) ?? [];
    if (text === '') return [];
    if (separator === '') return [...text];
    if (separator.length === 1 && separator !== '\\')
      return text.split(separator === '|' || separator === '.' ? separator : separator === '\t' ? '\t' : separator);
    return clip(text).split(this.#regex(separator));
  }

  #regex(source: string): RegExp {
    const known = this.#regexes.get(source);
    if (known) return known;
    const regex = posixRegex(source, true) ?? /(?!)/;
    // Groups would add their texts to a split.
    const flat = new RegExp(regex.source.replace(/\((?!\?)/g, '(?:').replace(/\\\(\?:/g, '\\('));
    if (this.#regexes.size < 500) this.#regexes.set(source, flat);
    return flat;
  }

  #rebuild(): void {
    this.#record = this.#fields.map(toText).join(toText(this.#globals.get('OFS')));
  }

  #array(name: string): Map<string, Value> {
    const frame = this.#frames.at(-1);
    const local = frame?.arrays.get(name);
    if (local) return local;
    if (frame?.values.has(name)) {
      const made = new Map<string, Value>();
      frame.arrays.set(name, made);
      return made;
    }
    const known = this.#arrays.get(name);
    if (known) return known;
    const made = new Map<string, Value>();
    this.#arrays.set(name, made);
    return made;
  }

  async #key(keys: readonly Expression[]): Promise<string> {
    const parts: string[] = [];
    for (const key of keys) parts.push(toText(await this.#value(key)));
    return parts.join('\x1c');
  }

  async #assign(target: Expression, value: Value): Promise<void> {
    const size = typeof value === 'number' || value === undefined ? 0 : toText(value).length;
    if (size > this.#call.machine.caps.valueBytes) this.#call.machine.limit('valueBytes');
    if (target.kind === 'name') {
      const frame = this.#frames.at(-1);
      if (frame?.values.has(target.name)) frame.values.set(target.name, value);
      else {
        this.#globals.set(target.name, value);
        if (target.name === 'NF') {
          this.#fields.length = Math.min(Math.max(0, toNumber(value)), 10_000);
          this.#fields = Array.from(this.#fields, (field) => field ?? '');
          this.#rebuild();
        }
      }
    } else if (target.kind === 'element') {
      const array = this.#array(target.name);
      if (array.size > 50_000) this.#call.machine.limit('valueBytes');
      array.set(await this.#key(target.keys), value);
    } else if (target.kind === 'field') {
      const index = toNumber(await this.#value(target.index));
      if (index === 0) this.#setRecord(toText(value));
      else if (index > 0 && index < 10_000) {
        while (this.#fields.length < index) this.#fields.push('');
        this.#fields[index - 1] = value;
        this.#globals.set('NF', this.#fields.length);
        this.#rebuild();
      }
    }
  }

  async #value(expression: Expression): Promise<Value> {
    this.#steps += 1;
    if (this.#steps % 64 === 0) await this.#call.machine.step();
    switch (expression.kind) {
      case 'number':
      case 'string':
        return expression.value;
      case 'regex':
        return this.#regex(expression.source).test(clip(this.#record)) ? 1 : 0;
      case 'name': {
        const frame = this.#frames.at(-1);
        return frame?.values.has(expression.name)
          ? frame.values.get(expression.name)
          : this.#globals.get(expression.name);
      }
      case 'field': {
        const index = toNumber(await this.#value(expression.index));
        return index === 0
          ? { text: this.#record }
          : (this.#fields[index - 1] ?? (index > 0 ? { text: '' } : undefined));
      }
      case 'element': {
        const array = this.#array(expression.name);
        const key = await this.#key(expression.keys);
        if (!array.has(key)) array.set(key, undefined);
        return array.get(key);
      }
      case 'in':
        return this.#array(expression.name).has(await this.#key(expression.keys)) ? 1 : 0;
      case 'assign': {
        const value = await this.#value(expression.value);
        const result =
          expression.operator === '='
            ? value
            : this.#arithmetic(
                expression.operator.slice(0, -1),
                toNumber(await this.#value(expression.target)),
                toNumber(value),
              );
        await this.#assign(expression.target, result);
        return result;
      }
      case 'change': {
        const before = toNumber(await this.#value(expression.target));
        await this.#assign(expression.target, before + expression.by);
        return expression.isPrefix ? before + expression.by : before;
      }
      case 'ternary':
        return this.#value(truth(await this.#value(expression.condition)) ? expression.yes : expression.no);
      case 'unary': {
        const value = await this.#value(expression.operand);
        if (expression.operator === '(') return value;
        return expression.operator === '!'
          ? truth(value)
            ? 0
            : 1
          : expression.operator === '-'
            ? -toNumber(value)
            : toNumber(value);
      }
      case 'binary':
        return this.#binary(expression);
      case 'call':
        return this.#callFunction(expression);
      case 'getline':
        return this.#getline(expression);
    }
  }

  #arithmetic(operator: string, left: number, right: number): number {
    switch (operator) {
      case '+':
        return left + right;
      case '-':
        return left - right;
      case '*':
        return left * right;
      case '/':
        if (right === 0) {
          this.#call.err(`${this.#call.name}: division by zero\n`);
          throw new Jump('exit', 2);
        }
        return left / right;
      case '%':
        return left % right;
      default:
        return left ** right;
    }
  }

  async #binary(expression: Expression & { kind: 'binary' }): Promise<Value> {
    const { operator } = expression;
    if (operator === '&&')
      return truth(await this.#value(expression.left)) && truth(await this.#value(expression.right)) ? 1 : 0;
    if (operator === '||')
      return truth(await this.#value(expression.left)) || truth(await this.#value(expression.right)) ? 1 : 0;
    const left = await this.#value(expression.left);
    if (operator === '~' || operator === '!~') {
      const source =
        expression.right.kind === 'regex' ? expression.right.source : toText(await this.#value(expression.right));
      return this.#regex(source).test(clip(toText(left))) === (operator === '~') ? 1 : 0;
    }
    const right = await this.#value(expression.right);
    if (operator === ' ') {
      const text = toText(left) + toText(right);
      if (text.length > this.#call.machine.caps.valueBytes) this.#call.machine.limit('valueBytes');
      return text;
    }
    if (['<', '<=', '==', '!=', '>=', '>'].includes(operator)) {
      const [a, b] =
        isNumber(left) && isNumber(right) ? [toNumber(left), toNumber(right)] : [toText(left), toText(right)];
      const order = a < b ? -1 : a > b ? 1 : 0;
      const isTrue =
        operator === '<'
          ? order < 0
          : operator === '<='
            ? order <= 0
            : operator === '=='
              ? order === 0
              : operator === '!='
                ? order !== 0
                : operator === '>='
                  ? order >= 0
                  : order > 0;
      return isTrue ? 1 : 0;
    }
    return this.#arithmetic(operator, toNumber(left), toNumber(right));
  }

  async #getline(expression: Expression & { kind: 'getline' }): Promise<Value> {
    let record: string | null;
    if (expression.source === null) {
      if (this.#main === null && !(await this.#nextRecord())) return 0;
      record = this.#main ? await this.#readRecord(this.#main) : null;
      if (record !== null) this.#count();
    } else {
      const name = toText(await this.#value(expression.source));
      let input = this.#inputs.get(name);
      if (!input) {
        if (expression.isCommand) {
          input = new Input(await this.#capture(name));
        } else {
          const content = await this.#call.read(name);
          if (!content.ok) return -1;
          input = new Input(content.value);
        }
        this.#inputs.set(name, input);
      }
      record = await this.#readRecord(input);
    }
    if (record === null) return 0;
    if (expression.target) await this.#assign(expression.target, { text: record });
    else this.#setRecord(record);
    return 1;
  }

  async #capture(command: string): Promise<string> {
    return this.#call.shell.capture(['sh', '-c', command]);
  }

  async #callFunction(expression: Expression & { kind: 'call' }): Promise<Value> {
    const { name, args } = expression;
    const own = this.#program.functions.get(name);
    if (own) return this.#ownFunction(own, args);
    const regexOf = async (at: number): Promise<RegExp> => {
      const arg = args[at];
      return this.#regex(arg?.kind === 'regex' ? arg.source : toText(arg ? await this.#value(arg) : ''));
    };
    const value = async (at: number): Promise<Value> => (args[at] ? this.#value(args[at]) : undefined);
    const text = async (at: number): Promise<string> => toText(await value(at));
    const number = async (at: number): Promise<number> => toNumber(await value(at));
    switch (name) {
      case 'length':
        if (args[0]?.kind === 'name' && this.#arrays.has(args[0].name)) return this.#array(args[0].name).size;
        return args.length === 0 ? this.#record.length : (await text(0)).length;
      case 'substr': {
        const source = await text(0);
        const start = Math.round(await number(1));
        const end = args[2] ? start + Math.round(await number(2)) : Number.POSITIVE_INFINITY;
        return source.slice(Math.max(0, start - 1), Math.max(0, Math.min(source.length, end - 1)));
      }
      case 'index':
        return (await text(0)).indexOf(await text(1)) + 1;
      case 'split': {
        const separator = args[2]
          ? args[2].kind === 'regex'
            ? args[2].source
            : await text(2)
          : toText(this.#globals.get('FS'));
        const parts = this.#split(await text(0), separator);
        const array = this.#array(args[1]?.kind === 'name' ? args[1].name : '');
        array.clear();
        for (const [at, part] of parts.entries()) array.set(String(at + 1), { text: part });
        return parts.length;
      }
      case 'sub':
      case 'gsub': {
        const regex = await regexOf(0);
        const replacement = await text(1);
        const target: Expression = args[2] ?? { kind: 'field', index: { kind: 'number', value: 0 } };
        const source = clip(toText(await this.#value(target)));
        let count = 0;
        const result = source.replace(new RegExp(regex.source, name === 'gsub' ? 'g' : ''), (match) => {
          count += 1;
          return replacement.replace(/\\\\&|\\&|&/g, (mark) => (mark === '&' ? match : '&'));
        });
        if (count > 0) await this.#assign(target, result);
        return count;
      }
      case 'match': {
        const match = (await regexOf(1)).exec(clip(await text(0)));
        this.#globals.set('RSTART', match ? match.index + 1 : 0);
        this.#globals.set('RLENGTH', match ? match[0].length : -1);
        return match ? match.index + 1 : 0;
      }
      case 'sprintf':
        return this.#format(args);
      case 'tolower':
        return (await text(0)).replace(/[A-Z]/g, (each) => each.toLowerCase());
      case 'toupper':
        return (await text(0)).replace(/[a-z]/g, (each) => each.toUpperCase());
      case 'int':
        return Math.trunc(await number(0));
      case 'sqrt':
        return Math.sqrt(await number(0));
      case 'exp':
        return Math.exp(await number(0));
      case 'log':
        return Math.log(await number(0));
      case 'sin':
        return Math.sin(await number(0));
      case 'cos':
        return Math.cos(await number(0));
      case 'atan2':
        return Math.atan2(await number(0), await number(1));
      case 'rand':
        return this.#call.machine.options.random();
      case 'srand':
        return 0;
      case 'systime':
        return Math.floor(this.#call.now / 1000);
      case 'system':
        return this.#call.run(['sh', '-c', await text(0)]);
      case 'close': {
        const file = await text(0);
        this.#inputs.delete(file);
        return 0;
      }
      case 'fflush':
        return 0;
      default:
        this.#call.err(`${this.#call.name}: line 1: function ${name} never defined\n`);
        throw new Jump('exit', 2);
    }
  }

  async #ownFunction(own: { parameters: string[]; body: Statement }, args: readonly Expression[]): Promise<Value> {
    if (this.#frames.length > 40) this.#call.machine.limit('depth');
    const frame = { values: new Map<string, Value>(), arrays: new Map<string, Map<string, Value>>() };
    for (const [at, parameter] of own.parameters.entries()) {
      const arg = args[at];
      if (arg?.kind === 'name' && (this.#arrays.has(arg.name) || this.#frames.at(-1)?.arrays.has(arg.name)))
        frame.arrays.set(parameter, this.#array(arg.name));
      frame.values.set(parameter, arg ? await this.#value(arg) : undefined);
    }
    this.#frames.push(frame);
    try {
      await this.#statement(own.body);
      return undefined;
    } catch (error) {
      if (error instanceof Jump && error.kind === 'return') return error.value;
      throw error;
    } finally {
      this.#frames.pop();
    }
  }

  async #format(args: readonly Expression[]): Promise<string> {
    const values: Value[] = [];
    for (const arg of args) values.push(await this.#value(arg));
    const format = toText(values.shift());
    return format.replace(
      /%([-+ #0]*)(\*|\d*)(?:\.(\*|\d*))?[hlL]*([a-zA-Z%])/g,
      (whole, flags: string, width: string, precision: string | undefined, conversion: string) => {
        if (conversion === '%') return '%';
        const item = {
          flags,
          width: width === '*' ? String(toNumber(values.shift())) : width,
          precision: precision === '*' ? String(toNumber(values.shift())) : precision,
          conversion,
        };
        if ('dioxXu'.includes(conversion)) {
          const number = toNumber(values.shift());
          return integer(
            BigInt(Math.trunc(Number.isFinite(number) ? Math.max(-9e18, Math.min(9e18, number)) : 0)),
            item,
          );
        }
        if ('eEfFgG'.includes(conversion)) return floating(String(toNumber(values.shift())), item, () => undefined);
        const value = values.shift();
        const text =
          conversion === 'c'
            ? typeof value === 'number'
              ? String.fromCharCode(value & 255)
              : toText(value).slice(0, 1)
            : conversion === 's'
              ? toText(value)
              : whole;
        const cut = item.precision === undefined || conversion !== 's' ? text : text.slice(0, Number(item.precision));
        const size = Math.min(Number(item.width || 0), 10_000);
        return flags.includes('-') ? cut.padEnd(size) : cut.padStart(size);
      },
    );
  }

  async #statement(statement: Statement): Promise<void> {
    this.#steps += 1;
    if (this.#steps % 32 === 0) await this.#call.machine.step();
    switch (statement.kind) {
      case 'block':
        for (const each of statement.body) await this.#statement(each);
        return;
      case 'expression':
        await this.#value(statement.value);
        return;
      case 'print':
        return this.#print(statement);
      case 'if':
        if (truth(await this.#value(statement.condition))) return this.#statement(statement.yes);
        if (statement.no) return this.#statement(statement.no);
        return;
      case 'while':
        if (statement.isDo && !(await this.#turn(statement.body))) return;
        while (truth(await this.#value(statement.condition))) if (!(await this.#turn(statement.body))) return;
        return;
      case 'for':
        if (statement.start) await this.#statement(statement.start);
        while (statement.condition === null || truth(await this.#value(statement.condition))) {
          if (!(await this.#turn(statement.body))) return;
          if (statement.step) await this.#statement(statement.step);
        }
        return;
      case 'each':
        for (const key of [...this.#array(statement.name).keys()]) {
          await this.#assign({ kind: 'name', name: statement.variable }, { text: key });
          if (!(await this.#turn(statement.body))) return;
        }
        return;
      case 'delete':
        if (statement.keys === null) this.#array(statement.name).clear();
        else this.#array(statement.name).delete(await this.#key(statement.keys));
        return;
      case 'exit':
      case 'return':
        throw new Jump(
          statement.kind,
          statement.value ? await this.#value(statement.value) : statement.kind === 'exit' ? 0 : undefined,
        );
      default:
        throw new Jump(statement.kind);
    }
  }

  /** One turn of a loop; false after `break`. */
  async #turn(body: Statement): Promise<boolean> {
    try {
      await this.#call.machine.step();
      await this.#statement(body);
      return true;
    } catch (error) {
      if (error instanceof Jump && error.kind === 'break') return false;
      if (error instanceof Jump && error.kind === 'continue') return true;
      throw error;
    }
  }

  async #print(statement: Statement & { kind: 'print' }): Promise<void> {
    let text: string;
    if (statement.isFormatted) text = await this.#format(statement.args);
    else if (statement.args.length === 0) text = this.#record + toText(this.#globals.get('ORS'));
    else {
      const parts: string[] = [];
      for (const arg of statement.args) parts.push(toText(await this.#value(arg)));
      text = parts.join(toText(this.#globals.get('OFS'))) + toText(this.#globals.get('ORS'));
    }
    if (!statement.redirect) {
      this.#call.out(text);
      return;
    }
    const target = toText(await this.#value(statement.redirect.target));
    if (statement.redirect.operator === '|') this.#pipes.set(target, (this.#pipes.get(target) ?? '') + text);
    else if (target === '/dev/stderr') this.#call.err(text);
    else if (target === '/dev/stdout') this.#call.out(text);
    else {
      const result = this.#call.write(target, text, {
        append: statement.redirect.operator === '>>' || this.#opened.has(target),
      });
      this.#opened.add(target);
      if (!result.ok) {
        this.#call.err(`${this.#call.name}: cannot open "${target}" for output\n`);
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
