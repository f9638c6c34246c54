/** Variables as arithmetic sees them. */
export interface ArithmeticScope {
  get: (name: string, index: string | null) => string;
  set: (name: string, index: string | null, value: string) => void;
}

/** What is wrong with an expression, in bash's words after the expression itself. */
export class ArithmeticError extends Error {}

type Token =
  | { kind: 'number'; value: bigint }
  | { kind: 'name'; name: string; index: string | null }
  | { kind: 'operator'; text: string };

const symbols = [
  '<<=',
  '>>=',
  '**',
  '++',
  '--',
  '<<',
  '>>',
  '<=',
  '>=',
  '==',
  '!=',
  '&&',
  '||',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '&=',
  '|=',
  '^=',
  '+',
  '-',
  '*',
  '/',
  '%',
  '<',
  '>',
  '=',
  '!',
  '~',
  '&',
  '|',
  '^',
  '?',
  ':',
  '(',
  ')',
  ',',
];
const levels = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '>', '<=', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];
const wrap = (value: bigint): bigint => BigInt.asIntN(64, value);

/** The value of an arithmetic expression, 64 bits with sign. */
export function evaluate(text: string, scope: ArithmeticScope, depth = 0): bigint {
  if (depth > 20) throw new ArithmeticError(`${text}: expression recursion level exceeded`);
  const tokens = tokenize(text);
  let at = 0;
  const rest = (): string => text.slice(Math.min(starts(tokens, at, text), text.length));
  const peek = (operator: string): boolean => {
    const token = tokens[at];
    return token?.kind === 'operator' && token.text === operator;
  };
  const take = (operator: string): boolean => {
    if (!peek(operator)) return false;
    at += 1;
    return true;
  };
  const valueFor = (name: string, index: string | null): bigint => {
    const value = scope.get(name, index);
    if (/^\s*$/.test(value)) return 0n;
    return evaluate(value, scope, depth + 1);
  };
  const fail = (why: string): never => {
    throw new ArithmeticError(`${text.trim()}: ${why} (error token is "${rest()}")`);
  };

  const primary = (): bigint => {
    const token = tokens[at];
    if (!token) return fail('syntax error: operand expected');
    if (token.kind === 'number') {
      at += 1;
      return token.value;
    }
    if (token.kind === 'name') {
      at += 1;
      const before = valueFor(token.name, token.index);
      for (const [sign, change] of [
        ['++', 1n],
        ['--', -1n],
      ] as const)
        if (take(sign)) {
          scope.set(token.name, token.index, String(wrap(before + change)));
          return before;
        }
      return before;
    }
    if (take('(')) {
      const value = comma();
      if (!take(')')) fail("missing `)'");
      return value;
    }
    return fail('syntax error: operand expected');
  };
  const unary = (): bigint => {
    if (take('!')) return unary() === 0n ? 1n : 0n;
    if (take('~')) return ~unary();
    for (const [sign, change] of [
      ['++', 1n],
      ['--', -1n],
    ] as const)
      if (peek(sign)) {
        at += 1;
        const token = tokens[at];
        if (token?.kind !== 'name') return unary();
        at += 1;
        const value = wrap(valueFor(token.name, token.index) + change);
        scope.set(token.name, token.index, String(value));
        return value;
      }
    if (take('-')) return wrap(-unary());
    if (take('+')) return unary();
    const base = primary();
    if (!take('**')) return base;
    const exponent = unary();
    if (exponent < 0n) fail('exponent less than 0');
    let result = 1n;
    for (let turn = 0n; turn < exponent && turn < 64n * 64n; turn++) result = wrap(result * base);
    return result;
  };
  const apply = (operator: string, left: bigint, right: bigint): bigint => {
    switch (operator) {
      case '|':
        return left | right;
      case '^':
        return left ^ right;
      case '&':
        return left & right;
      case '==':
        return left === right ? 1n : 0n;
      case '!=':
        return left !== right ? 1n : 0n;
      case '<':
        return left < right ? 1n : 0n;
      case '>':
        return left > right ? 1n : 0n;
      case '<=':
        return left <= right ? 1n : 0n;
      case '>=':
        return left >= right ? 1n : 0n;
      case '<<':
        return wrap(left << (right & 63n));
      case '>>':
        return wrap(left >> (right & 63n));
      case '+':
        return wrap(left + right);
      case '-':
        return wrap(left - right);
      case '*':
        return wrap(left * right);
      default:
        if (right === 0n)
          throw new ArithmeticError(`${text.trim()}: division by 0 (error token is "${lastOperand(tokens, at)}")`);
        return operator === '/' ? wrap(left / right) : left % right;
    }
  };
  const binary = (level: number): bigint => {
    const own = levels[level];
    if (!own) return unary();
    let left = binary(level + 1);
    for (;;) {
      const operator = own.find(peek);
      if (operator === undefined) return left;
      at += 1;
      if (operator === '&&' || operator === '||') {
        const right = binary(level + 1);
        left = (operator === '&&' ? left !== 0n && right !== 0n : left !== 0n || right !== 0n) ? 1n : 0n;
      } else left = apply(operator, left, binary(level + 1));
    }
  };
  const ternary = (): bigint => {
    const condition = binary(0);
    if (!take('?')) return condition;
    const yes = assignment();
    if (!take(':')) fail("`:' expected for conditional expression");
    const no = assignment();
    return condition !== 0n ? yes : no;
  };
  const assignment = (): bigint => {
    const target = tokens[at];
    const operator = tokens[at + 1];
    if (target?.kind === 'name' && operator?.kind === 'operator' && /^(?:<<|>>|[-+*/%&|^])?=$/.test(operator.text)) {
      at += 2;
      const right = assignment();
      const value =
        operator.text === '=' ? right : apply(operator.text.slice(0, -1), valueFor(target.name, target.index), right);
      scope.set(target.name, target.index, String(value));
      return value;
    }
    return ternary();
  };
  const comma = (): bigint => {
    let value = assignment();
    while (take(',')) value = assignment();
    return value;
  };

  if (tokens.length === 0) return 0n;
  const value = comma();
  if (at < tokens.length) {
    if (tokens[at - 1]?.kind === 'number' || tokens[at]?.kind !== 'operator') fail('syntax error in expression');
    fail('syntax error in expression');
  }
  return value;
}

interface Placed {
  start: number;
}

function starts(tokens: readonly (Token & Partial<Placed>)[], at: number, text: string): number {
  return tokens[at]?.start ?? text.length;
}

const lastOperand = (tokens: readonly Token[], at: number): string => {
  const token = tokens[at - 1];
  return token?.kind === 'number' ? String(token.value) : token?.kind === 'name' ? token.name : '0';
};

function tokenize(text: string): (Token & Placed)[] {
  const tokens: (Token & Placed)[] = [];
  let at = 0;
  while (at < text.length) {
    const start = at;
    const rest = text.slice(at);
    const blank = /^[\s]+/.exec(rest);
    if (blank) {
      at += blank[0].length;
      continue;
    }
    const number = /^(?:0[xX][0-9a-fA-F]+|\d+#[0-9a-zA-Z@_]+|\d+)/.exec(rest)?.[0];
    const name = /^([A-Za-z_][A-Za-z0-9_]*)(?:\[([^\]]*)\])?/.exec(rest);
    const symbol = symbols.find((each) => rest.startsWith(each));
    if (number !== undefined) {
      tokens.push({ kind: 'number', value: numberOf(number, text), start });
      at += number.length;
    } else if (name) {
      tokens.push({ kind: 'name', name: name[1] as string, index: name[2] ?? null, start });
      at += name[0].length;
    } else if (symbol !== undefined) {
      tokens.push({ kind: 'operator', text: symbol, start });
      at += symbol.length;
    } else throw new ArithmeticError(`${text.trim()}: syntax error: operand expected (error token is "${rest}")`);
  }
  return tokens;
}

function numberOf(digits: string, text: string): bigint {
  const based = /^(\d+)#(.+)$/.exec(digits);
  if (based) {
    const base = BigInt(based[1] as string);
    let value = 0n;
    for (const digit of (based[2] as string).toLowerCase())
      value = value * base + BigInt(Number.parseInt(digit, 36) || 0);
    return wrap(value);
  }
  if (/^0\d/.test(digits)) {
    if (/[89]/.test(digits))
      throw new ArithmeticError(`${digits}: value too great for base (error token is "${digits}")`);
    return wrap(BigInt(`0o${digits.slice(1)}`));
  }
  void text;
  return wrap(BigInt(digits));
}
