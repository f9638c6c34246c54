import type { Interpreter } from './interpreter.ts';

/** What is wrong with a test, in bash's words. */
export class TestError extends Error {}

const kindTests: Readonly<Record<string, string>> = {
  '-f': 'file',
  '-d': 'directory',
  '-L': 'symlink',
  '-h': 'symlink',
  '-b': 'block',
  '-c': 'character',
  '-p': 'fifo',
  '-S': 'socket',
};

export function unaryTest(shell: Interpreter, operator: string, operand: string): boolean {
  const { disk } = shell.machine;
  const path = operand === '' ? '' : operand.startsWith('/') ? operand : `${shell.cwd}/${operand}`;
  const kind = kindTests[operator];
  if (kind !== undefined) {
    const stat = kind === 'symlink' ? disk.lstat(path, shell.actor) : disk.stat(path, shell.actor);
    return operand !== '' && stat.ok && stat.value.kind === kind;
  }
  const stat = operand === '' ? null : disk.stat(path, shell.actor);
  switch (operator) {
    case '-n':
      return operand !== '';
    case '-z':
      return operand === '';
    case '-e':
    case '-a':
      return stat?.ok ?? false;
    case '-s':
      return stat?.ok === true && stat.value.size > 0;
    case '-r':
      return stat?.ok === true && disk.may(path, 4, shell.actor);
    case '-w':
      return stat?.ok === true && disk.may(path, 2, shell.actor);
    case '-x':
      return stat?.ok === true && disk.may(path, 1, shell.actor);
    case '-u':
    case '-g':
    case '-k':
      return (
        stat?.ok === true &&
        (stat.value.mode & (operator === '-u' ? 0o4000 : operator === '-g' ? 0o2000 : 0o1000)) !== 0
      );
    case '-O':
      return stat?.ok === true && stat.value.uid === shell.actor.uid;
    case '-G':
      return stat?.ok === true && stat.value.gid === shell.actor.gid;
    case '-N':
      return stat?.ok ?? false;
    case '-t':
      return (
        (operand === '0'
          ? shell.descriptors.get(0)?.input?.isTerminal
          : shell.descriptors.get(Number(operand))?.output?.isTerminal) === true
      );
    case '-v':
      return shell.value(operand) !== undefined;
    case '-o':
      return shell.options.has(operand);
    default:
      throw new TestError(`${operator}: unary operator expected`);
  }
}

const unaryOperators = new Set([
  ...Object.keys(kindTests),
  '-n',
  '-z',
  '-e',
  '-a',
  '-s',
  '-r',
  '-w',
  '-x',
  '-u',
  '-g',
  '-k',
  '-O',
  '-G',
  '-N',
  '-t',
  '-v',
  '-o',
]);
const binaryOperators = new Set([
  '=',
  '==',
  '!=',
  '<',
  '>',
  '-eq',
  '-ne',
  '-lt',
  '-le',
  '-gt',
  '-ge',
  '-nt',
  '-ot',
  '-ef',
]);

export function binaryTest(shell: Interpreter, operator: string, left: string, right: string): boolean {
  const { disk } = shell.machine;
  const time = (path: string): number => {
    const stat = disk.stat(path.startsWith('/') ? path : `${shell.cwd}/${path}`, shell.actor);
    return stat.ok ? stat.value.modifiedAt : -1;
  };
  const number = (text: string): bigint => {
    if (!/^\s*[-+]?\d+\s*$/.test(text)) throw new TestError(`${text}: integer expression expected`);
    return BigInt(text.trim().replace(/^\+/, ''));
  };
  switch (operator) {
    case '=':
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '>':
      return left > right;
    case '-eq':
      return number(left) === number(right);
    case '-ne':
      return number(left) !== number(right);
    case '-lt':
      return number(left) < number(right);
    case '-le':
      return number(left) <= number(right);
    case '-gt':
      return number(left) > number(right);
    case '-ge':
      return number(left) >= number(right);
    case '-nt':
      return time(left) > time(right);
    case '-ot':
      return time(left) < time(right) || (time(left) < 0 && time(right) >= 0);
    case '-ef': {
      const [a, b] = [left, right].map((path) => disk.realpath(path.startsWith('/') ? path : `${shell.cwd}/${path}`));
      return a?.ok === true && b?.ok === true && a.value === b.value;
    }
    default:
      throw new TestError(`${operator}: binary operator expected`);
  }
}

/** `test` and `[` (without its closing bracket). */
export function runTest(shell: Interpreter, args: readonly string[]): boolean {
  const [first = '', second = '', third = ''] = args;
  switch (args.length) {
    case 0:
      return false;
    case 1:
      return first !== '';
    case 2:
      if (first === '!') return second === '';
      if (unaryOperators.has(first)) return unaryTest(shell, first, second);
      throw new TestError(`${first}: unary operator expected`);
    case 3:
      if (binaryOperators.has(second)) return binaryTest(shell, second, first, third);
      if (second === '-a') return first !== '' && third !== '';
      if (second === '-o') return first !== '' || third !== '';
      if (first === '!') return !runTest(shell, args.slice(1));
      if (first === '(' && third === ')') return second !== '';
      throw new TestError(`${second}: binary operator expected`);
    default:
      if (args.length === 4 && first === '!') return !runTest(shell, args.slice(1));
      return longTest(shell, args);
  }
}

function longTest(shell: Interpreter, args: readonly string[]): boolean {
  let at = 0;
  const term = (): boolean => {
    const first = args[at++] ?? '';
    if (first === '!') return !term();
    if (first === '(') {
      const value = or();
      if (args[at++] !== ')') throw new TestError("`)' expected");
      return value;
    }
    const next = args[at] ?? '';
    if (binaryOperators.has(next)) {
      const right = args[at + 1] ?? '';
      at += 2;
      return binaryTest(shell, next, first, right);
    }
    if (unaryOperators.has(first) && at < args.length) return unaryTest(shell, first, args[at++] ?? '');
    return first !== '';
  };
  const and = (): boolean => {
    let value = term();
    while (args[at] === '-a') {
      at += 1;
      value = term() && value;
    }
    return value;
  };
  const or = (): boolean => {
    let value = and();
    while (args[at] === '-o') {
      at += 1;
      value = and() || value;
    }
    return value;
  };
  const value = or();
  if (at < args.length) throw new TestError('too many arguments');
  return value;
}
