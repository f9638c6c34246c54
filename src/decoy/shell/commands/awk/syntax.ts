import { AwkSyntaxError, type Token, tokenize } from './tokens.ts';
import type { AwkProgram, Expression, Rule, Statement } from './tree.ts';

const builtinNames = new Set([
  'length',
  'substr',
  'index',
  'split',
  'sub',
  'gsub',
  'match',
  'sprintf',
  'sin',
  'cos',
  'atan2',
  'exp',
  'log',
  'sqrt',
  'int',
  'rand',
  'srand',
  'tolower',
  'toupper',
  'system',
  'close',
  'fflush',
  'strftime',
  'systime',
  'mktime',
]);

/** Reads an awk program. */
export function parseAwk(text: string): AwkProgram {
  const tokens = tokenize(text);
  let at = 0;
  let depth = 0;
  const peek = (): Token => tokens[at] as Token;
  const is = (value: string): boolean =>
    peek().text === value && (peek().kind === 'operator' || peek().kind === 'keyword');
  const take = (value: string): boolean => {
    if (!is(value)) return false;
    at += 1;
    return true;
  };
  const fail = (): never => {
    const token = peek();
    if (token.kind === 'end') throw new AwkSyntaxError(`line ${token.line}: missing } near end of file`);
    throw new AwkSyntaxError(
      `line ${token.line}: syntax error at or near ${token.kind === 'newline' ? 'end of line' : token.text}`,
    );
  };
  const expect = (value: string): void => {
    if (!take(value)) fail();
  };
  const skipNewlines = (): void => {
    while (peek().kind === 'newline') at += 1;
  };
  const skipEnds = (): void => {
    while (peek().kind === 'newline' || is(';')) at += 1;
  };

  const list = (end: string): Expression[] => {
    const items: Expression[] = [];
    skipNewlines();
    while (!is(end)) {
      items.push(expression());
      skipNewlines();
      if (!take(',')) break;
      skipNewlines();
    }
    expect(end);
    return items;
  };

  const primary = (): Expression => {
    const token = peek();
    at += 1;
    switch (token.kind) {
      case 'number':
        return { kind: 'number', value: Number(token.text) };
      case 'string':
        return { kind: 'string', value: token.text };
      case 'regex':
        return { kind: 'regex', source: token.text };
      case 'function':
      case 'name':
        if (token.kind === 'function' || builtinNames.has(token.text)) {
          if (take('(')) return { kind: 'call', name: token.text, args: list(')') };
          return { kind: 'call', name: token.text, args: [] };
        }
        if (take('[')) return { kind: 'element', name: token.text, keys: list(']') };
        return { kind: 'name', name: token.text };
      default:
    }
    if (token.text === '$') return { kind: 'field', index: incremented() };
    if (token.text === '(') {
      const items = list(')');
      if (items.length > 1) {
        expect('in');
        const name = peek().text;
        at += 1;
        return { kind: 'in', keys: items, name };
      }
      return items[0] === undefined ? fail() : { kind: 'unary', operator: '(', operand: items[0] };
    }
    if (token.text === '-' || token.text === '+' || token.text === '!')
      return { kind: 'unary', operator: token.text, operand: token.text === '!' ? unary() : power() };
    if (token.text === 'getline') {
      const target = /^(?:name)$/.test(peek().kind) || is('$') ? primary() : null;
      if (take('<')) return { kind: 'getline', source: concatenation(true), isCommand: false, target };
      return { kind: 'getline', source: null, isCommand: false, target };
    }
    at -= 1;
    return fail();
  };
  const incremented = (): Expression => {
    if (take('++')) return { kind: 'change', by: 1, isPrefix: true, target: incremented() };
    if (take('--')) return { kind: 'change', by: -1, isPrefix: true, target: incremented() };
    const value = primary();
    if (value.kind === 'name' || value.kind === 'element' || value.kind === 'field') {
      if (take('++')) return { kind: 'change', by: 1, isPrefix: false, target: value };
      if (take('--')) return { kind: 'change', by: -1, isPrefix: false, target: value };
    }
    return value;
  };
  const power = (): Expression => {
    const left = incremented();
    if (take('^') || take('**')) return { kind: 'binary', operator: '^', left, right: unary() };
    return left;
  };
  const unary = (): Expression => {
    depth += 1;
    if (depth > 200) throw new AwkSyntaxError('line 1: program too deep');
    const result: Expression = take('!')
      ? { kind: 'unary', operator: '!', operand: unary() }
      : take('-')
        ? { kind: 'unary', operator: '-', operand: unary() }
        : power();
    depth -= 1;
    return result;
  };
  const chain = (next: () => Expression, ...signs: string[]): Expression => {
    let left = next();
    for (let sign = signs.find(is); sign !== undefined; sign = signs.find(is)) {
      at += 1;
      left = { kind: 'binary', operator: sign, left, right: next() };
    }
    return left;
  };
  const term = (): Expression => chain(unary, '*', '/', '%');
  const sum = (): Expression => chain(term, '+', '-');
  const startsOperand = (): boolean => {
    const token = peek();
    return (
      ['number', 'string', 'name', 'function'].includes(token.kind) ||
      (token.kind === 'operator' &&
        ['$', '(', '!', '-', '+', '++', '--'].includes(token.text) &&
        !['!'].includes(token.text)) ||
      (token.kind === 'regex' && false)
    );
  };
  const concatenation = (noIn = false): Expression => {
    let left = sum();
    while (startsOperand() && !is('in')) {
      const token = peek();
      if ((token.text === '-' || token.text === '+') && token.kind === 'operator') break;
      left = { kind: 'binary', operator: ' ', left, right: sum() };
    }
    void noIn;
    return left;
  };
  let isPrinting = 0;
  const comparison = (): Expression => {
    let left = concatenation();
    for (;;) {
      const sign = ['<', '<=', '==', '!=', '>=', '>'].find(is);
      if (sign !== undefined && !(sign === '>' && isPrinting > 0)) {
        at += 1;
        left = { kind: 'binary', operator: sign, left, right: concatenation() };
      } else if (is('|') && tokens[at + 1]?.text === 'getline') {
        at += 2;
        left = {
          kind: 'getline',
          source: left,
          isCommand: true,
          target: peek().kind === 'name' || is('$') ? primary() : null,
        };
      } else return left;
    }
  };
  const match = (): Expression => {
    let left = comparison();
    for (let sign = ['~', '!~'].find(is); sign !== undefined; sign = ['~', '!~'].find(is)) {
      at += 1;
      left = { kind: 'binary', operator: sign, left, right: comparison() };
    }
    return left;
  };
  const member = (): Expression => {
    let left = match();
    while (take('in')) {
      left = { kind: 'in', keys: [left], name: peek().text };
      at += 1;
    }
    return left;
  };
  const and = (): Expression => {
    let left = member();
    while (take('&&')) {
      skipNewlines();
      left = { kind: 'binary', operator: '&&', left, right: member() };
    }
    return left;
  };
  const or = (): Expression => {
    let left = and();
    while (take('||')) {
      skipNewlines();
      left = { kind: 'binary', operator: '||', left, right: and() };
    }
    return left;
  };
  const expression = (): Expression => {
    const left = or();
    if (take('?')) {
      const yes = expression();
      expect(':');
      return { kind: 'ternary', condition: left, yes, no: expression() };
    }
    const operator = ['=', '+=', '-=', '*=', '/=', '%=', '^=', '**='].find(is);
    if (operator !== undefined && (left.kind === 'name' || left.kind === 'element' || left.kind === 'field')) {
      at += 1;
      return { kind: 'assign', operator, target: left, value: expression() };
    }
    return left;
  };

  const simple = (): Statement => {
    if (is('print') || is('printf')) {
      const isFormatted = peek().text === 'printf';
      at += 1;
      isPrinting += 1;
      const args: Expression[] = [];
      if (
        !is(';') &&
        !is('}') &&
        !is('>') &&
        !is('>>') &&
        !is('|') &&
        peek().kind !== 'newline' &&
        peek().kind !== 'end'
      ) {
        const from = at;
        let isWhole = false;
        if (take('(')) {
          const saved = isPrinting;
          isPrinting = 0;
          args.push(...list(')'));
          isPrinting = saved;
          isWhole =
            is(';') || is('}') || is('>') || is('>>') || is('|') || peek().kind === 'newline' || peek().kind === 'end';
        }
        if (!isWhole) {
          at = from;
          args.length = 0;
          do {
            skipNewlines();
            args.push(expression());
          } while (take(','));
        }
      }
      isPrinting -= 1;
      const operator = ['>', '>>', '|'].find(is);
      if (operator === undefined) return { kind: 'print', args, isFormatted, redirect: null };
      at += 1;
      return { kind: 'print', args, isFormatted, redirect: { operator, target: concatenation() } };
    }
    if (take('delete')) {
      const name = peek().text;
      at += 1;
      return { kind: 'delete', name, keys: take('[') ? list(']') : null };
    }
    return { kind: 'expression', value: expression() };
  };
  const statement = (): Statement => {
    depth += 1;
    if (depth > 200) throw new AwkSyntaxError('line 1: program too deep');
    try {
      return statementHere();
    } finally {
      depth -= 1;
    }
  };
  const statementHere = (): Statement => {
    skipNewlines();
    if (is('{')) return block();
    if (take(';')) return { kind: 'block', body: [] };
    if (take('if')) {
      expect('(');
      const condition = expression();
      expect(')');
      const yes = statement();
      const before = at;
      skipEnds();
      if (take('else')) return { kind: 'if', condition, yes, no: statement() };
      at = before;
      return { kind: 'if', condition, yes, no: null };
    }
    if (take('while')) {
      expect('(');
      const condition = expression();
      expect(')');
      return { kind: 'while', condition, body: statement(), isDo: false };
    }
    if (take('do')) {
      const body = statement();
      skipEnds();
      expect('while');
      expect('(');
      const condition = expression();
      expect(')');
      return { kind: 'while', condition, body, isDo: true };
    }
    if (take('for')) {
      expect('(');
      if (peek().kind === 'name' && tokens[at + 1]?.text === 'in' && tokens[at + 3]?.text === ')') {
        const [variable, , name] = tokens.slice(at, at + 3).map((token) => token.text) as [string, string, string];
        at += 4;
        return { kind: 'each', variable, name, body: statement() };
      }
      const start = is(';') ? null : simple();
      expect(';');
      const condition = is(';') ? null : expression();
      expect(';');
      const step = is(')') ? null : simple();
      expect(')');
      return { kind: 'for', start, condition, step, body: statement() };
    }
    let made: Statement;
    const word = peek().text;
    if (take('next') || take('nextfile')) made = { kind: 'next' };
    else if (take('break')) made = { kind: 'break' };
    else if (take('continue')) made = { kind: 'continue' };
    else if (take('exit') || take('return'))
      made = {
        kind: word as 'exit' | 'return',
        value: is(';') || is('}') || peek().kind === 'newline' || peek().kind === 'end' ? null : expression(),
      };
    else made = simple();
    if (!take(';') && peek().kind !== 'newline' && !is('}') && peek().kind !== 'end') fail();
    return made;
  };
  const block = (): Statement => {
    expect('{');
    const body: Statement[] = [];
    skipEnds();
    while (!is('}')) {
      if (peek().kind === 'end') fail();
      body.push(statement());
      skipEnds();
    }
    expect('}');
    return { kind: 'block', body };
  };

  const program: AwkProgram = { rules: [], functions: new Map() };
  skipEnds();
  while (peek().kind !== 'end') {
    if (take('function') || take('func')) {
      const name = peek().text;
      at += 1;
      expect('(');
      const parameters: string[] = [];
      while (!is(')')) {
        parameters.push(peek().text);
        at += 1;
        if (!take(',')) break;
      }
      expect(')');
      skipNewlines();
      program.functions.set(name, { parameters, body: block() });
    } else {
      let pattern: Rule['pattern'] = null;
      let until: Expression | null = null;
      if (take('BEGIN')) pattern = 'BEGIN';
      else if (take('END')) pattern = 'END';
      else if (!is('{')) {
        pattern = expression();
        if (take(',')) until = expression();
      }
      program.rules.push({ pattern, until, body: is('{') ? block() : null, isActive: false });
    }
    skipEnds();
  }
  return program;
}
