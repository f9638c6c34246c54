import { type Expression, RuleError } from '../form.ts';
import type { Path } from './yaml.ts';

/** The names in an extended temporal condition, in the order in which they first appear. */
export function namesIn(text: string): string[] {
  const words = text.match(/[^\s()]+/g) ?? [];
  return [...new Set(words.filter((word) => !/^(?:and|or|not)$/i.test(word)))];
}

/**
 * An extended temporal condition: names of rules with `and`, `or`, `not` and parentheses. Weakest to strongest: or, and, not.
 * @param numberOf the step that a name means; -1: none.
 */
export function parseExpression(text: string, numberOf: (name: string) => number, path: Path): Expression {
  const tokens = text.match(/\(|\)|[^\s()]+/g) ?? [];
  let at = 0;
  let depth = 0;
  const fail = (what: string): never => {
    throw new RuleError(path, `${what} in the condition \`${text}\``);
  };
  const word = () => (tokens[at] ?? '').toLowerCase();
  const chain = (kind: 'and' | 'or', part: () => Expression): Expression => {
    const children = [part()];
    while (word() === kind) {
      at += 1;
      children.push(part());
    }
    return children.length === 1 ? (children[0] as Expression) : { kind, children };
  };
  const either = (): Expression => chain('or', () => chain('and', one));
  const one = (): Expression => {
    const token = tokens[at];
    if (token === undefined) return fail('something is missing at the end');
    depth += 1;
    if (depth > 64) fail('more than 64 levels of nesting');
    at += 1;
    let result: Expression;
    if (token.toLowerCase() === 'not') result = { kind: 'not', child: one() };
    else if (token === '(') {
      result = either();
      if (tokens[at] !== ')') fail('a `)` is missing');
      at += 1;
    } else {
      const step = numberOf(token);
      if (step < 0) fail(`no rule of the correlation is called \`${token}\``);
      result = { kind: 'step', step };
    }
    depth -= 1;
    return result;
  };
  const expression = either();
  if (at < tokens.length) fail(`\`${tokens[at]}\` was not expected`);
  return expression;
}
