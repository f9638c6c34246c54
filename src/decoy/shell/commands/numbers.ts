import { curly } from '../bytes.ts';
import type { Call } from '../run/call.ts';
import { posixRegex } from './regex.ts';

export async function seq(call: Call): Promise<number> {
  const args = [...call.args];
  let separator = '\n';
  let isPadded = false;
  while (args[0] !== undefined && /^-[swf]/.test(args[0])) {
    const flag = args.shift() as string;
    if (flag.startsWith('-s')) separator = flag.length > 2 ? flag.slice(2) : (args.shift() ?? '\n');
    else if (flag.startsWith('-w')) isPadded = true;
    else args.shift();
  }
  if (args.length === 0) return call.fail(`missing operand\nTry '${call.name} --help' for more information.`);
  for (const arg of args)
    if (!/^[-+]?\d*\.?\d+$/.test(arg))
      return call.fail(
        `invalid floating point argument: ${curly(arg)}\nTry '${call.name} --help' for more information.`,
      );
  const [first, step, end] =
    args.length === 1
      ? [1, 1, Number(args[0])]
      : args.length === 2
        ? [Number(args[0]), 1, Number(args[1])]
        : [Number(args[0]), Number(args[1]), Number(args[2])];
  if (step === 0) return call.fail(`invalid Zero increment value: ${curly(args[1] ?? '')}`);
  const digits = Math.max(...args.map((arg) => arg.split('.')[1]?.length ?? 0));
  const width = isPadded ? Math.max(...args.map((arg) => arg.length)) : 0;
  const values: string[] = [];
  for (let at = 0; step > 0 ? first + at * step <= end + 1e-9 : first + at * step >= end - 1e-9; at++) {
    if (at % 200 === 0) await call.machine.step(4);
    if (values.length > 200_000) break;
    values.push((first + at * step).toFixed(digits).padStart(width, '0'));
  }
  if (values.length > 0) call.out(`${values.join(separator)}\n`);
  return 0;
}

export async function yes(call: Call): Promise<number> {
  const chunk = `${call.args.join(' ') || 'y'}\n`.repeat(512);
  for (;;) {
    call.out(chunk);
    await call.machine.step(4);
  }
}

export function expr(call: Call): number {
  const { args } = call;
  if (args.length === 0) return call.fail(`missing operand\nTry '${call.name} --help' for more information.`, 2);
  let at = 0;
  class ExprError extends Error {}
  const integer = (text: string): number => {
    if (!/^-?\d+$/.test(text)) throw new ExprError('non-integer argument');
    return Number(text);
  };
  const take = (...signs: string[]): string | null => (signs.includes(args[at] ?? '') ? (args[at++] as string) : null);
  const match = (text: string, pattern: string): string => {
    const found = posixRegex(`^${pattern}`, false)?.exec(text);
    return pattern.includes('\\(') ? (found?.[1] ?? '') : String(found?.[0].length ?? 0);
  };
  const primary = (): string => {
    const word = args[at++];
    if (word === undefined) throw new ExprError(`syntax error: missing argument after ${curly(args[at - 2] ?? '')}`);
    if (word === '(') {
      const value = or();
      if (args[at++] !== ')') throw new ExprError("syntax error: expecting ')'");
      return value;
    }
    if (word === 'length' && at < args.length) return String(primary().length);
    if (word === 'substr' && at + 2 < args.length) {
      const text = primary();
      const start = integer(primary());
      return text.substr(Math.max(0, start - 1), integer(primary()));
    }
    if (word === 'index' && at + 1 < args.length) {
      const text = primary();
      const set = primary();
      return String([...text].findIndex((each) => set.includes(each)) + 1);
    }
    if (word === 'match' && at + 1 < args.length) return match(primary(), primary());
    return word;
  };
  const colon = (): string => {
    let left = primary();
    while (take(':')) left = match(left, primary());
    return left;
  };
  const product = (): string => {
    let left = colon();
    for (let sign = take('*', '/', '%'); sign !== null; sign = take('*', '/', '%')) {
      const [a, b] = [integer(left), integer(colon())];
      if (b === 0 && sign !== '*') throw new ExprError('division by zero');
      left = String(sign === '*' ? a * b : sign === '/' ? Math.trunc(a / b) : a % b);
    }
    return left;
  };
  const sum = (): string => {
    let left = product();
    for (let sign = take('+', '-'); sign !== null; sign = take('+', '-')) {
      const right = integer(product());
      left = String(sign === '+' ? integer(left) + right : integer(left) - right);
    }
    return left;
  };
  const compare = (): string => {
    let left = sum();
    for (
      let sign = take('<', '<=', '=', '==', '!=', '>=', '>');
      sign !== null;
      sign = take('<', '<=', '=', '==', '!=', '>=', '>')
    ) {
      const right = sum();
      const isNumber = /^-?\d+$/.test(left) && /^-?\d+$/.test(right);
      const order = isNumber ? Number(left) - Number(right) : left < right ? -1 : left > right ? 1 : 0;
      left = (
        {
          '<': order < 0,
          '<=': order <= 0,
          '=': order === 0,
          '==': order === 0,
          '!=': order !== 0,
          '>=': order >= 0,
          '>': order > 0,
        } as Record<string, boolean>
      )[sign]
        ? '1'
        : '0';
    }
    return left;
  };
  const isNull = (text: string): boolean => text === '' || /^-?0+$/.test(text);
  const and = (): string => {
    let left = compare();
    while (take('&')) {
      const right = compare();
      left = isNull(left) || isNull(right) ? '0' : left;
    }
    return left;
  };
  const or = (): string => {
    let left = and();
    while (take('|')) {
      const right = and();
      left = isNull(left) ? right : left;
    }
    return left;
  };
  try {
    const value = or();
    if (at < args.length) throw new ExprError(`syntax error: unexpected argument ${curly(args[at] as string)}`);
    call.out(`${value}\n`);
    return isNull(value) ? 1 : 0;
  } catch (error) {
    if (!(error instanceof ExprError)) throw error;
    return call.fail(error.message, 2);
  }
}

export async function factor(call: Call): Promise<number> {
  const words = call.args.length > 0 ? call.args : (await call.stdin.all()).split(/\s+/).filter(Boolean);
  for (const word of words) {
    let rest = Number(word);
    if (!/^\d+$/.test(word) || rest > 1e12) return call.fail(`${curly(word)} is not a valid positive integer`);
    const found: number[] = [];
    for (let divisor = 2; divisor * divisor <= rest; divisor++)
      while (rest % divisor === 0) {
        found.push(divisor);
        rest /= divisor;
      }
    if (rest > 1) found.push(rest);
    call.out(`${word}:${found.map((each) => ` ${each}`).join('')}\n`);
  }
  return 0;
}
