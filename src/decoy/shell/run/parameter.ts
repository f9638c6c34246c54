import type { Parameter } from '../syntax/ast.ts';
import { expandMarked, expandOne } from './expand.ts';
import type { Interpreter } from './interpreter.ts';
import { compilePattern, matches, patternSource, plain } from './pattern.ts';
import { ExitSignal } from './signals.ts';

interface Values {
  values: string[];
  /** `$@` and `${a[@]}`: each value is a word of its own, none at all is no word. */
  isList: boolean;
  isSet: boolean;
}

/** What `$name` and `${name…}` stand for. */
export async function parameterValues(shell: Interpreter, part: Parameter): Promise<Values> {
  if (part.operator === 'bad') {
    shell.complain(
      `\${${part.name}${part.argument ? part.argument.parts.map((each) => (each.kind === 'text' ? each.text : '')).join('') : ''}}: bad substitution`,
    );
    throw new ExitSignal(1);
  }
  let { name } = part;
  if (part.operator.startsWith('!') && part.operator.length === 2)
    return { values: shell.variables.names().filter((each) => each.startsWith(name)), isList: true, isSet: true };
  if (part.operator === '!' && part.index !== null) {
    const variable = shell.variables.get(name);
    const keys = variable ? shell.variables.elements(variable).map(([key]) => key) : [];
    return { values: keys, isList: true, isSet: true };
  }
  if (part.operator === '!') {
    const target = (await plainValue(shell, name, part)).values.join(' ');
    name = /^(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?])$/.test(target) ? target : '_unset';
    return plainValue(shell, name, { ...part, index: null });
  }
  const found = await plainValue(shell, name, part);
  const { operator } = part;
  if (operator === 'length') {
    const length = found.isList ? found.values.length : (found.values[0] ?? '').length;
    return single(String(length));
  }
  if (!found.isSet && shell.options.has('nounset') && !/^:?[-=?+]/.test(operator) && !'@*'.includes(name)) {
    shell.complain(`${name}: unbound variable`);
    throw new ExitSignal(shell.isInteractive ? 1 : 127);
  }
  if (operator === '') return found;
  const isEmpty = found.values.join('') === '';
  const isMissing = operator.startsWith(':') ? !found.isSet || isEmpty : !found.isSet;
  const argument = (): Promise<string> => (part.argument ? expandOne(shell, part.argument) : Promise.resolve(''));
  switch (operator) {
    case '-':
    case ':-':
      return isMissing ? single(await argument()) : found;
    case '+':
    case ':+':
      return isMissing ? { values: [''], isList: false, isSet: true } : single(await argument());
    case '=':
    case ':=': {
      if (!isMissing) return found;
      const value = await argument();
      shell.assign(name, value);
      return single(value);
    }
    case '?':
    case ':?': {
      if (!isMissing) return found;
      const message = await argument();
      shell.complain(
        `${name}: ${message === '' ? (operator === '?' ? 'parameter not set' : 'parameter null or not set') : message}`,
      );
      throw new ExitSignal(shell.dialect === 'bash' ? 127 : 2);
    }
    case ':':
      return slice(shell, part, found);
    default:
      return { ...found, values: await transform(shell, part, found.values) };
  }
}

const single = (value: string): Values => ({ values: [value], isList: false, isSet: true });

async function plainValue(shell: Interpreter, name: string, part: Parameter): Promise<Values> {
  const list = (values: readonly string[], star: boolean): Values => {
    if (star && part.isQuoted)
      return {
        values: [values.join((shell.variables.get('IFS')?.value ?? ' ').slice(0, 1))],
        isList: false,
        isSet: values.length > 0,
      };
    return { values: [...values], isList: true, isSet: values.length > 0 };
  };
  if (name === '@' || name === '*') return list(shell.positional, name === '*');
  if (part.index !== null) {
    const variable = shell.variables.get(name);
    const key = (await expandOne(shell, part.index)).trim();
    if (key === '@' || key === '*')
      return list(variable ? shell.variables.elements(variable).map(([, value]) => value) : [], key === '*');
    const index = variable?.isAssociative ? key : shell.arrayIndex(key, variable);
    const value = variable?.array ? variable.array.get(index) : index === '0' ? variable?.value : undefined;
    return { values: [value ?? ''], isList: false, isSet: value !== undefined };
  }
  const value = shell.value(name);
  return { values: [value ?? ''], isList: false, isSet: value !== undefined };
}

async function slice(shell: Interpreter, part: Parameter, found: Values): Promise<Values> {
  const number = async (word: Parameter['argument']): Promise<number> =>
    Number(shell.evaluate(word ? await expandOne(shell, word) : '0'));
  const start = await number(part.argument);
  const length = part.second ? await number(part.second) : null;
  if (found.isList) {
    const all = part.name === '@' || part.name === '*' ? [shell.name, ...found.values] : found.values;
    const from = start < 0 ? all.length + start : start;
    return {
      ...found,
      values: all.slice(from, length === null ? undefined : length < 0 ? all.length + length : from + length),
    };
  }
  const text = found.values[0] ?? '';
  const from = start < 0 ? text.length + start : start;
  if (from < 0) return single('');
  const end = length === null ? text.length : length < 0 ? text.length + length : from + length;
  return single(text.slice(from, Math.max(from, end)));
}

async function transform(shell: Interpreter, part: Parameter, values: readonly string[]): Promise<string[]> {
  const pattern = part.argument ? await expandMarked(shell, part.argument, false) : '';
  const replacement = part.second ? await expandOne(shell, part.second, false) : '';
  return values.map((value) => {
    switch (part.operator) {
      case '#':
      case '##':
        return withoutPrefix(value, pattern, part.operator === '##');
      case '%':
      case '%%':
        return withoutSuffix(value, pattern, part.operator === '%%');
      case '^':
      case ',':
        return value.slice(0, 1)[part.operator === '^' ? 'toUpperCase' : 'toLowerCase']() + value.slice(1);
      case '^^':
        return upper(value);
      case ',,':
        return value.replace(/[A-Z]/g, (each) => each.toLowerCase());
      case '@':
        return plain(pattern) === 'Q'
          ? `'${value.replaceAll("'", "'\\''")}'`
          : plain(pattern) === 'U'
            ? upper(value)
            : plain(pattern) === 'L'
              ? value.toLowerCase()
              : value;
      default:
        return replaced(value, pattern, replacement, part.operator);
    }
  });
}

const upper = (text: string): string => text.replace(/[a-z]/g, (each) => each.toUpperCase());

/** Each step looks at the whole text: of a long one fewer are made. */
const mostSteps = (value: string): number => Math.min(20_000, 4_000_000 / (value.length + 1));

function withoutPrefix(value: string, pattern: string, isLongest: boolean): string {
  const most = mostSteps(value);
  for (let step = 0; step <= value.length; step++) {
    const length = isLongest ? value.length - step : step;
    if (matches(value.slice(0, length), pattern)) return value.slice(length);
    if (step > most) break;
  }
  return value;
}

function withoutSuffix(value: string, pattern: string, isLongest: boolean): string {
  const most = mostSteps(value);
  for (let step = 0; step <= value.length; step++) {
    const from = isLongest ? step : value.length - step;
    if (matches(value.slice(from), pattern)) return value.slice(0, from);
    if (step > most) break;
  }
  return value;
}

function replaced(value: string, pattern: string, replacement: string, operator: string): string {
  if (pattern === '') return value;
  const source = patternSource(pattern);
  const anchored = operator === '/#' ? `^(?:${source})` : operator === '/%' ? `(?:${source})$` : source;
  const regex = compilePattern(anchored, operator === '//' ? 'g' : '');
  return regex ? value.slice(0, 100_000).replace(regex, () => replacement) : value;
}
