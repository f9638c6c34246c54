import type { List, Parameter, Part, Word } from './ast.ts';
import { Scanner } from './scanner.ts';

const metacharacters = ' \t\n;&|<>()';
const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '?': '?',
};

/** Reads words: quotes, `$…`, backquotes. Commands inside them are read by the functions handed in. */
export class WordReader {
  readonly scanner: Scanner;
  readonly #list: (scanner: Scanner, closing: string) => List;
  #depth = 0;

  constructor(scanner: Scanner, list: (scanner: Scanner, closing: string) => List) {
    this.scanner = scanner;
    this.#list = list;
    scanner.bodyWord = (body) => {
      const inner = new Scanner(body);
      return new WordReader(inner, list).until('', 'here');
    };
  }

  /** The word here, or null where none begins. */
  word(stop = metacharacters): Word | null {
    const { scanner } = this;
    scanner.skipBlanks();
    const parts = this.#parts((next) => stop.includes(next), 'plain');
    return parts.length > 0 ? { parts } : null;
  }

  /** Everything up to an unquoted `end`, which is taken; to the end of the text where `end` is empty. */
  until(end: string, mode: 'plain' | 'double' | 'here'): Word {
    const { scanner } = this;
    const line = scanner.line;
    const parts = this.#parts((next) => next === end && end !== '', mode);
    if (end !== '') {
      if (scanner.isAtEnd) throw scanner.unmatched(end, line);
      scanner.at += 1;
    }
    return { parts };
  }

  #parts(isEnd: (next: string) => boolean, mode: 'plain' | 'double' | 'here'): Part[] {
    this.#depth += 1;
    if (this.#depth > 200) throw this.scanner.unexpected();
    const { scanner } = this;
    const parts: Part[] = [];
    let text = '';
    const isQuoted = mode !== 'plain';
    const flush = (): void => {
      if (text !== '') parts.push({ kind: 'text', text, isQuoted });
      text = '';
    };
    while (!scanner.isAtEnd) {
      const next = scanner.peek();
      if (isEnd(next) && !((next === '<' || next === '>') && scanner.peek(1) === '(' && mode === 'plain')) break;
      if (next === '\n') scanner.line += 1;
      if (next === '\\') {
        const escaped = scanner.peek(1);
        scanner.at += 2;
        if (escaped === '\n') {
          scanner.line += 1;
          continue;
        }
        if (mode === 'plain') {
          flush();
          parts.push({ kind: 'text', text: escaped === '' ? '\\' : escaped, isQuoted: true });
        } else
          text +=
            '$`\\'.includes(escaped) || (escaped === '"' && mode === 'double') || escaped === ''
              ? escaped
              : `\\${escaped}`;
      } else if (next === "'" && mode === 'plain') {
        flush();
        parts.push(this.#single());
      } else if (next === '"' && mode !== 'here') {
        flush();
        scanner.at += 1;
        const inner = this.until('"', 'double').parts;
        parts.push(...(inner.length > 0 ? inner : [{ kind: 'text', text: '', isQuoted: true } as const]));
      } else if (next === '$') {
        const part = this.#dollar(isQuoted);
        if (part === null) {
          text += '$';
          scanner.at += 1;
        } else {
          flush();
          parts.push(...part);
        }
      } else if (next === '`') {
        flush();
        parts.push(this.#backquote(isQuoted));
      } else if ((next === '<' || next === '>') && scanner.peek(1) === '(' && mode === 'plain') {
        flush();
        scanner.at += 2;
        parts.push({ kind: 'process', body: this.#list(scanner, ')'), isInput: next === '<', isQuoted: false });
      } else {
        text += next;
        scanner.at += 1;
      }
    }
    flush();
    this.#depth -= 1;
    return parts;
  }

  #single(): Part {
    const { scanner } = this;
    const end = scanner.source.indexOf("'", scanner.at + 1);
    if (end < 0) throw scanner.unmatched("'", scanner.line);
    const text = scanner.source.slice(scanner.at + 1, end);
    scanner.line += text.split('\n').length - 1;
    scanner.at = end + 1;
    return { kind: 'text', text, isQuoted: true };
  }

  #ansi(): Part {
    const { scanner } = this;
    scanner.at += 2;
    let text = '';
    while (scanner.peek() !== "'") {
      if (scanner.isAtEnd) throw scanner.unmatched("'", scanner.line);
      const rest = scanner.source.slice(scanner.at, scanner.at + 8);
      const numeric = /^\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3}))/.exec(rest);
      const named = rest[0] === '\\' ? escapes[rest[1] ?? ''] : undefined;
      if (numeric) {
        text += String.fromCharCode(
          (numeric[1] === undefined ? Number.parseInt(numeric[2] ?? '0', 8) : Number.parseInt(numeric[1], 16)) & 255,
        );
        scanner.at += numeric[0].length;
      } else if (named !== undefined) {
        text += named;
        scanner.at += 2;
      } else {
        text += scanner.peek();
        scanner.at += 1;
      }
    }
    scanner.at += 1;
    return { kind: 'text', text, isQuoted: true };
  }

  #dollar(isQuoted: boolean): Part[] | null {
    const { scanner } = this;
    const next = scanner.peek(1);
    if (next === '(' && scanner.peek(2) === '(') {
      const arithmetic = this.#arithmetic(isQuoted);
      if (arithmetic) return [arithmetic];
    }
    if (next === '(') {
      scanner.at += 2;
      return [{ kind: 'command', body: this.#list(scanner, ')'), isQuoted }];
    }
    if (next === '{') return [this.#braces(isQuoted)];
    if (next === '[') {
      scanner.at += 2;
      return [{ kind: 'arithmetic', expression: this.until(']', 'double'), isQuoted }];
    }
    if (next === "'" && !isQuoted) return [this.#ansi()];
    if (next === '"' && !isQuoted) {
      scanner.at += 2;
      return this.until('"', 'double').parts;
    }
    const name = /^(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])/.exec(
      scanner.source.slice(scanner.at + 1, scanner.at + 257),
    )?.[0];
    if (name === undefined) return null;
    scanner.at += 1 + name.length;
    return [{ kind: 'parameter', name, index: null, operator: '', argument: null, second: null, isQuoted }];
  }

  /** `$((…))`, where it is one and not a substitution of a subshell. */
  #arithmetic(isQuoted: boolean): Part | null {
    const { scanner } = this;
    const text = balanced(scanner.source, scanner.at + 3);
    if (text === null) return null;
    scanner.at += 3 + text.length + 2;
    return { kind: 'arithmetic', expression: this.inside(text), isQuoted };
  }

  /** The word of a text that stands in an arithmetic place. */
  inside(text: string): Word {
    return new WordReader(new Scanner(text), this.#list).until('', 'double');
  }

  #backquote(isQuoted: boolean): Part {
    const { scanner } = this;
    let text = '';
    scanner.at += 1;
    while (scanner.peek() !== '`') {
      if (scanner.isAtEnd) throw scanner.unmatched('`', scanner.line);
      if (scanner.peek() === '\\' && '`\\$'.includes(scanner.peek(1))) scanner.at += 1;
      text += scanner.peek();
      scanner.at += 1;
    }
    scanner.at += 1;
    const inner = new Scanner(text);
    inner.line = scanner.line;
    return { kind: 'command', body: this.#list(inner, ''), isQuoted };
  }

  /** `${…}`. */
  #braces(isQuoted: boolean): Parameter {
    const { scanner } = this;
    const line = scanner.line;
    scanner.at += 2;
    const rest = (): string => scanner.source.slice(scanner.at, scanner.at + 300);
    const lead = /^[#!](?=[A-Za-z_0-9@*?$-])/.exec(rest())?.[0] ?? '';
    scanner.at += lead.length;
    const name = /^(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])/.exec(rest())?.[0];
    const part: Parameter = {
      kind: 'parameter',
      name: name ?? '',
      index: null,
      operator: lead === '#' ? 'length' : lead,
      argument: null,
      second: null,
      isQuoted,
    };
    if (name === undefined) {
      const text = this.until('}', 'plain');
      return { ...part, operator: 'bad', argument: text };
    }
    scanner.at += name.length;
    if (scanner.peek() === '[') {
      scanner.at += 1;
      part.index = this.until(']', 'double');
    }
    if (scanner.peek() === '}') {
      scanner.at += 1;
      return part;
    }
    if (lead === '!' && /^[@*]\}/.test(rest())) {
      part.operator = `!${scanner.peek()}`;
      scanner.at += 2;
      return part;
    }
    const operator = /^(?::[-=?+]|[-=?+]|##?|%%?|\/\/|\/#|\/%|\/|\^\^?|,,?|:|@)/.exec(rest())?.[0];
    if (operator === undefined) {
      if (scanner.isAtEnd) throw scanner.unmatched('}', line);
      return { ...part, operator: 'bad', argument: this.until('}', 'plain') };
    }
    scanner.at += operator.length;
    const mode = isQuoted && !/^[#%/]/.test(operator) ? 'double' : 'plain';
    part.operator = operator;
    if (operator[0] === '/' || operator === ':') {
      const splitter = operator === ':' ? ':' : '/';
      part.argument = { parts: this.#parts((next) => next === splitter || next === '}', mode) };
      if (scanner.peek() === splitter) {
        scanner.at += 1;
        part.second = this.until('}', mode);
        return part;
      }
      if (scanner.isAtEnd) throw scanner.unmatched('}', line);
      scanner.at += 1;
      return part;
    }
    part.argument = this.until('}', mode);
    return part;
  }
}

/** The text up to `))`, with inner parentheses in balance; null where it is not arithmetic. */
export function balanced(source: string, from: number): string | null {
  let depth = 0;
  for (let at = from; at < source.length && at < from + 20_000; at++) {
    const next = source[at];
    if (next === '(') depth += 1;
    else if (next === ')') {
      if (depth === 0) return source[at + 1] === ')' ? source.slice(from, at) : null;
      depth -= 1;
    }
  }
  return null;
}
