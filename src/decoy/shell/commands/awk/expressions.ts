import { floating, integer } from '../../builtins/output.ts';
import { Input } from '../../run/streams.ts';
import { visitorsRegex } from '../../run/visitors-regex.ts';
import { clip } from '../regex.ts';
import { AwkState } from './state.ts';
import type { Expression, Statement } from './tree.ts';
import { isNumber, Jump, toNumber, toText, truth, type Value } from './values.ts';

/** Expressions and functions. */
export abstract class AwkExpressions extends AwkState {
  protected abstract statement(statement: Statement): Promise<void>;

  protected async key(keys: readonly Expression[]): Promise<string> {
    const parts: string[] = [];
    for (const key of keys) parts.push(toText(await this.value(key)));
    return parts.join('\x1c');
  }

  protected async assign(target: Expression, value: Value): Promise<void> {
    const size = typeof value === 'number' || value === undefined ? 0 : toText(value).length;
    if (size > this.call.machine.caps.valueBytes) this.call.machine.limit('valueBytes');
    if (target.kind === 'name') {
      const frame = this.frames.at(-1);
      if (frame?.values.has(target.name)) frame.values.set(target.name, value);
      else {
        this.globals.set(target.name, value);
        if (target.name === 'NF') {
          this.fields.length = Math.min(Math.max(0, toNumber(value)), 10_000);
          this.fields = Array.from(this.fields, (field) => field ?? '');
          this.rebuild();
        }
      }
    } else if (target.kind === 'element') {
      const array = this.array(target.name);
      if (array.size > 50_000) this.call.machine.limit('valueBytes');
      array.set(await this.key(target.keys), value);
    } else if (target.kind === 'field') {
      const index = toNumber(await this.value(target.index));
      if (index === 0) this.setRecord(toText(value));
      else if (index > 0 && index < 10_000) {
        while (this.fields.length < index) this.fields.push('');
        this.fields[index - 1] = value;
        this.globals.set('NF', this.fields.length);
        this.rebuild();
      }
    }
  }

  protected async value(expression: Expression): Promise<Value> {
    this.steps += 1;
    if (this.steps % 64 === 0) await this.call.machine.step();
    switch (expression.kind) {
      case 'number':
      case 'string':
        return expression.value;
      case 'regex':
        return this.regex(expression.source).test(clip(this.record)) ? 1 : 0;
      case 'name': {
        const frame = this.frames.at(-1);
        return frame?.values.has(expression.name)
          ? frame.values.get(expression.name)
          : this.globals.get(expression.name);
      }
      case 'field': {
        const index = toNumber(await this.value(expression.index));
        return index === 0 ? { text: this.record } : (this.fields[index - 1] ?? (index > 0 ? { text: '' } : undefined));
      }
      case 'element': {
        const array = this.array(expression.name);
        const key = await this.key(expression.keys);
        if (!array.has(key)) array.set(key, undefined);
        return array.get(key);
      }
      case 'in':
        return this.array(expression.name).has(await this.key(expression.keys)) ? 1 : 0;
      case 'assign': {
        const value = await this.value(expression.value);
        const result =
          expression.operator === '='
            ? value
            : this.arithmetic(
                expression.operator.slice(0, -1),
                toNumber(await this.value(expression.target)),
                toNumber(value),
              );
        await this.assign(expression.target, result);
        return result;
      }
      case 'change': {
        const before = toNumber(await this.value(expression.target));
        await this.assign(expression.target, before + expression.by);
        return expression.isPrefix ? before + expression.by : before;
      }
      case 'ternary':
        return this.value(truth(await this.value(expression.condition)) ? expression.yes : expression.no);
      case 'unary': {
        const value = await this.value(expression.operand);
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
        return this.binary(expression);
      case 'call':
        return this.callFunction(expression);
      case 'getline':
        return this.getline(expression);
    }
  }

  protected arithmetic(operator: string, left: number, right: number): number {
    switch (operator) {
      case '+':
        return left + right;
      case '-':
        return left - right;
      case '*':
        return left * right;
      case '/':
        if (right === 0) {
          this.call.err(`${this.call.name}: division by zero\n`);
          throw new Jump('exit', 2);
        }
        return left / right;
      case '%':
        return left % right;
      default:
        return left ** right;
    }
  }

  protected async binary(expression: Expression & { kind: 'binary' }): Promise<Value> {
    const { operator } = expression;
    if (operator === '&&')
      return truth(await this.value(expression.left)) && truth(await this.value(expression.right)) ? 1 : 0;
    if (operator === '||')
      return truth(await this.value(expression.left)) || truth(await this.value(expression.right)) ? 1 : 0;
    const left = await this.value(expression.left);
    if (operator === '~' || operator === '!~') {
      const source =
        expression.right.kind === 'regex' ? expression.right.source : toText(await this.value(expression.right));
      return this.regex(source).test(clip(toText(left))) === (operator === '~') ? 1 : 0;
    }
    const right = await this.value(expression.right);
    if (operator === ' ') {
      const text = toText(left) + toText(right);
      if (text.length > this.call.machine.caps.valueBytes) this.call.machine.limit('valueBytes');
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
    return this.arithmetic(operator, toNumber(left), toNumber(right));
  }

  protected async getline(expression: Expression & { kind: 'getline' }): Promise<Value> {
    let record: string | null;
    if (expression.source === null) {
      if (this.main === null && !(await this.nextRecord())) return 0;
      record = this.main ? await this.readRecord(this.main) : null;
      if (record !== null) this.count();
    } else {
      const name = toText(await this.value(expression.source));
      let input = this.inputs.get(name);
      if (!input) {
        if (expression.isCommand) {
          input = new Input(await this.capture(name));
        } else {
          const content = await this.call.read(name);
          if (!content.ok) return -1;
          input = new Input(content.value);
        }
        this.inputs.set(name, input);
      }
      record = await this.readRecord(input);
    }
    if (record === null) return 0;
    if (expression.target) await this.assign(expression.target, { text: record });
    else this.setRecord(record);
    return 1;
  }

  protected async capture(command: string): Promise<string> {
    return this.call.shell.capture(['sh', '-c', command]);
  }

  protected async callFunction(expression: Expression & { kind: 'call' }): Promise<Value> {
    const { name, args } = expression;
    const own = this.program.functions.get(name);
    if (own) return this.ownFunction(own, args);
    const regexOf = async (at: number): Promise<RegExp> => {
      const arg = args[at];
      return this.regex(arg?.kind === 'regex' ? arg.source : toText(arg ? await this.value(arg) : ''));
    };
    const value = async (at: number): Promise<Value> => (args[at] ? this.value(args[at]) : undefined);
    const text = async (at: number): Promise<string> => toText(await value(at));
    const number = async (at: number): Promise<number> => toNumber(await value(at));
    switch (name) {
      case 'length':
        if (args[0]?.kind === 'name' && this.arrays.has(args[0].name)) return this.array(args[0].name).size;
        return args.length === 0 ? this.record.length : (await text(0)).length;
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
          : toText(this.globals.get('FS'));
        const parts = this.split(await text(0), separator);
        const array = this.array(args[1]?.kind === 'name' ? args[1].name : '');
        array.clear();
        for (const [at, part] of parts.entries()) array.set(String(at + 1), { text: part });
        return parts.length;
      }
      case 'sub':
      case 'gsub': {
        const regex = await regexOf(0);
        const replacement = await text(1);
        const target: Expression = args[2] ?? { kind: 'field', index: { kind: 'number', value: 0 } };
        const source = clip(toText(await this.value(target)));
        let count = 0;
        const result = source.replace(visitorsRegex(regex.source, name === 'gsub' ? 'g' : ''), (match) => {
          count += 1;
          return replacement.replace(/\\\\&|\\&|&/g, (mark) => (mark === '&' ? match : '&'));
        });
        if (count > 0) await this.assign(target, result);
        return count;
      }
      case 'match': {
        const match = (await regexOf(1)).exec(clip(await text(0)));
        this.globals.set('RSTART', match ? match.index + 1 : 0);
        this.globals.set('RLENGTH', match ? match[0].length : -1);
        return match ? match.index + 1 : 0;
      }
      case 'sprintf':
        return this.format(args);
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
        return this.call.machine.options.random();
      case 'srand':
        return 0;
      case 'systime':
        return Math.floor(this.call.now / 1000);
      case 'system':
        return this.call.run(['sh', '-c', await text(0)]);
      case 'close': {
        const file = await text(0);
        this.inputs.delete(file);
        return 0;
      }
      case 'fflush':
        return 0;
      default:
        this.call.err(`${this.call.name}: line 1: function ${name} never defined\n`);
        throw new Jump('exit', 2);
    }
  }

  protected async ownFunction(
    own: { parameters: string[]; body: Statement },
    args: readonly Expression[],
  ): Promise<Value> {
    if (this.frames.length > 40) this.call.machine.limit('depth');
    const frame = { values: new Map<string, Value>(), arrays: new Map<string, Map<string, Value>>() };
    for (const [at, parameter] of own.parameters.entries()) {
      const arg = args[at];
      if (arg?.kind === 'name' && (this.arrays.has(arg.name) || this.frames.at(-1)?.arrays.has(arg.name)))
        frame.arrays.set(parameter, this.array(arg.name));
      frame.values.set(parameter, arg ? await this.value(arg) : undefined);
    }
    this.frames.push(frame);
    try {
      await this.statement(own.body);
      return undefined;
    } catch (error) {
      if (error instanceof Jump && error.kind === 'return') return error.value;
      throw error;
    } finally {
      this.frames.pop();
    }
  }

  protected async format(args: readonly Expression[]): Promise<string> {
    const values: Value[] = [];
    for (const arg of args) values.push(await this.value(arg));
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
}
