import { type Node, RuleError } from '../form.ts';
import type { Path } from './yaml.ts';

/**
 * Sigma's condition grammar. Weakest to strongest: or, and, not, `1 of …`, parentheses.
 * `selections` gives the named parts in the order they are written.
 */
export function parseCondition(
  text: string,
  selections: ReadonlyMap<string, Node>,
  path: Path,
  used: Set<string> = new Set(),
): Node {
  if (/\|/.test(text)) {
    const near = /\|\s*near\b/i.test(text);
    const instead = near ? 'temporal with `timespan`' : 'event_count or value_count';
    throw new RuleError(
      path,
      `what stands behind \`|\` is Sigma 1; write a correlation document of the type ${instead} instead`,
    );
  }
  const tokens = text.match(/\(|\)|[^\s()]+/g) ?? [];
  if (tokens.length === 0) throw new RuleError(path, 'the condition is empty');
  return new Parser(tokens, selections, path, text, used).parse();
}

class Parser {
  readonly #tokens: readonly string[];
  readonly #selections: ReadonlyMap<string, Node>;
  readonly #path: Path;
  readonly #text: string;
  readonly #used: Set<string>;
  #at = 0;
  #depth = 0;

  constructor(
    tokens: readonly string[],
    selections: ReadonlyMap<string, Node>,
    path: Path,
    text: string,
    used: Set<string>,
  ) {
    this.#used = used;
    this.#tokens = tokens;
    this.#selections = selections;
    this.#path = path;
    this.#text = text;
  }

  parse(): Node {
    const node = this.#or();
    if (this.#at < this.#tokens.length) this.#fail(`\`${this.#tokens[this.#at]}\` was not expected`);
    return node;
  }

  #fail(what: string): never {
    throw new RuleError(this.#path, `${what} in the condition \`${this.#text}\``);
  }

  #word(): string {
    return (this.#tokens[this.#at] ?? '').toLowerCase();
  }

  #or(): Node {
    return this.#chain('or', () => this.#and());
  }

  #and(): Node {
    return this.#chain('and', () => this.#not());
  }

  #chain(word: 'or' | 'and', part: () => Node): Node {
    const children = [part()];
    while (this.#word() === word) {
      this.#at += 1;
      children.push(part());
    }
    return children.length === 1 ? (children[0] as Node) : { kind: word, label: word, children };
  }

  #not(): Node {
    if (this.#word() !== 'not') return this.#primary();
    this.#deeper();
    this.#at += 1;
    const child = this.#not();
    this.#depth -= 1;
    return { kind: 'not', label: 'not', child };
  }

  #deeper(): void {
    this.#depth += 1;
    if (this.#depth > 64) this.#fail('more than 64 levels of nesting');
  }

  #primary(): Node {
    const token = this.#tokens[this.#at];
    if (token === undefined) this.#fail('something is missing at the end');
    if (token === '(') {
      this.#deeper();
      this.#at += 1;
      const node = this.#or();
      if (this.#tokens[this.#at] !== ')') this.#fail('a `)` is missing');
      this.#at += 1;
      this.#depth -= 1;
      return node;
    }
    if (token === ')') this.#fail('a `)` was not expected');
    if ((this.#tokens[this.#at + 1] ?? '').toLowerCase() === 'of') return this.#of(token.toLowerCase());
    this.#at += 1;
    const node = this.#selections.get(token);
    if (!node) this.#fail(`no selection is called \`${token}\``);
    this.#used.add(token);
    return node;
  }

  #of(quantifier: string): Node {
    if (quantifier !== '1' && quantifier !== 'any' && quantifier !== 'all') {
      this.#fail(
        `\`${quantifier} of\` is not Sigma (1, any and all are); name the combinations with \`and\` and \`or\``,
      );
    }
    const target = this.#tokens[this.#at + 2];
    if (target === undefined) this.#fail('`of` needs `them` or a name');
    this.#at += 3;
    const names = [...this.#selections.keys()].filter((name) =>
      target.toLowerCase() === 'them' ? !name.startsWith('_') : wildcard(target, name),
    );
    if (names.length === 0) this.#fail(`no selection fits \`${target}\``);
    for (const name of names) this.#used.add(name);
    const children = names.map((name) => this.#selections.get(name) as Node);
    const label = `${quantifier} of ${target}`;
    return { kind: quantifier === 'all' ? 'and' : 'or', label, children };
  }
}

function wildcard(pattern: string, name: string): boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return pattern === name;
  if (!name.startsWith(parts[0] as string)) return false;
  let at = (parts[0] as string).length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  const last = parts.at(-1) as string;
  return name.length - at >= last.length && name.endsWith(last);
}
