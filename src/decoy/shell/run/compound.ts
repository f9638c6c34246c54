import type { Compound, Condition, List } from '../syntax/ast.ts';
import { expandMarked, expandOne, expandWords } from './expand.ts';
import type { Interpreter } from './interpreter.ts';
import { compilePattern, matches, plain } from './pattern.ts';
import { withRedirects } from './redirect.ts';
import { LoopSignal } from './signals.ts';
import { binaryTest, TestError, unaryTest } from './test.ts';

/** Runs everything that has a body or an expression. */
export function runCompound(shell: Interpreter, command: Compound): Promise<number> {
  return withRedirects(shell, command.redirects, () => shell.machine.deeper(() => inner(shell, command)));
}

async function inner(shell: Interpreter, command: Compound): Promise<number> {
  switch (command.kind) {
    case 'group':
      return body(shell, command.body);
    case 'subshell': {
      const copy = shell.fork();
      let status: number;
      try {
        status = await copy.runList(command.body);
      } catch (error) {
        status = copy.statusOf(error);
      }
      return copy.finish(status);
    }
    case 'if':
      for (const branch of command.branches) if (await holds(shell, branch.condition)) return body(shell, branch.body);
      return command.otherwise ? body(shell, command.otherwise) : 0;
    case 'while':
      return loop(shell, async () => (await holds(shell, command.condition)) !== command.isUntil, command.body);
    case 'for': {
      const words = command.words ? await expandWords(shell, command.words) : [...shell.positional];
      let at = 0;
      return loop(
        shell,
        async () => {
          const word = words[at++];
          return word !== undefined && shell.assign(command.name, word);
        },
        command.body,
      );
    }
    case 'for-arithmetic': {
      await shell.arithmetic(command.start);
      let isFirst = true;
      return loop(
        shell,
        async () => {
          if (!isFirst) await shell.arithmetic(command.step);
          isFirst = false;
          const condition = await expandOne(shell, command.condition, false);
          return condition.trim() === '' || shell.evaluate(condition) !== '0';
        },
        command.body,
      );
    }
    case 'case': {
      const subject = await expandOne(shell, command.subject);
      let isOpen = false;
      shell.status = 0;
      for (const branch of command.branches) {
        let isMatch = isOpen;
        for (const pattern of isMatch ? [] : branch.patterns)
          isMatch ||= matches(subject, await expandMarked(shell, pattern));
        if (!isMatch) continue;
        await body(shell, branch.body);
        if (branch.end === ';;') return shell.status;
        isOpen = branch.end === ';&';
      }
      return shell.status;
    }
    case 'arithmetic':
      return (await shell.arithmetic(command.expression)) === '0' ? 1 : 0;
    case 'conditional':
      try {
        return (await condition(shell, command.expression)) ? 0 : 1;
      } catch (error) {
        if (!(error instanceof TestError)) throw error;
        shell.complain(`[[: ${error.message}`);
        return 2;
      }
  }
}

async function body(shell: Interpreter, list: List): Promise<number> {
  if (list.length === 0) return 0;
  return shell.runList(list);
}

/** Runs a condition: its failure never ends the shell. */
async function holds(shell: Interpreter, list: List): Promise<boolean> {
  shell.guarded += 1;
  try {
    return (await shell.runList(list)) === 0;
  } finally {
    shell.guarded -= 1;
  }
}

async function loop(shell: Interpreter, goesOn: () => Promise<boolean>, list: List): Promise<number> {
  let status = 0;
  shell.loops += 1;
  try {
    while (await goesOn()) {
      await shell.machine.step();
      try {
        status = await shell.runList(list);
      } catch (error) {
        if (!(error instanceof LoopSignal)) throw error;
        status = 0;
        if (error.levels > 1 && shell.loops > 1) {
          error.levels -= 1;
          throw error;
        }
        if (error.kind === 'break') break;
      }
    }
  } finally {
    shell.loops -= 1;
  }
  shell.status = status;
  return status;
}

async function condition(shell: Interpreter, expression: Condition): Promise<boolean> {
  switch (expression.kind) {
    case 'not':
      return !(await condition(shell, expression.inner));
    case 'and':
      return (await condition(shell, expression.left)) && (await condition(shell, expression.right));
    case 'or':
      return (await condition(shell, expression.left)) || (await condition(shell, expression.right));
    case 'unary':
      return unaryTest(shell, expression.operator, await expandOne(shell, expression.operand));
    case 'binary': {
      const left = await expandOne(shell, expression.left);
      if (expression.operator === '=~') return regexMatch(shell, left, await expandMarked(shell, expression.right));
      const right = await expandMarked(shell, expression.right);
      if (['=', '==', '!='].includes(expression.operator))
        return matches(left, right) === (expression.operator !== '!=');
      if (/^-(?:eq|ne|lt|le|gt|ge)$/.test(expression.operator))
        return binaryTest(shell, expression.operator, shell.evaluate(left), shell.evaluate(plain(right)));
      return binaryTest(shell, expression.operator, left, plain(right));
    }
  }
}

function regexMatch(shell: Interpreter, text: string, pattern: string): boolean {
  let source = '';
  for (const character of pattern)
    source += character.charCodeAt(0) > 255 ? plain(character).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : character;
  const found = compilePattern(
    source.replace(/\[\[:(\w+):\]\]/g, (_, name) =>
      name === 'digit' ? '[0-9]' : name === 'space' ? '\\s' : '[A-Za-z]',
    ),
  )?.exec(text.slice(0, 20_000));
  if (!found) return false;
  const groups = new Map([...found].map((group, at) => [String(at), group ?? '']));
  shell.variables.put('BASH_REMATCH', {
    value: '',
    array: groups,
    isAssociative: false,
    isExported: false,
    isReadonly: false,
    isInteger: false,
  });
  return true;
}
