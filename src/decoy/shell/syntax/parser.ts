import type { AndOr, Command, Compound, List, Pipeline, Word } from './ast.ts';
import { Scanner, ShellSyntaxError } from './scanner.ts';
import { SimpleParser } from './simple.ts';
import { balanced, WordReader } from './words.ts';

/** Words that may not begin a command. */
const closers = new Set(['then', 'else', 'elif', 'fi', 'do', 'done', 'esac', '}']);
const maximumDepth = 100;

/** Reads shell text command line by command line, as a shell does. */
export class Parser extends SimpleParser {
  protected readonly words: WordReader;
  protected depth = 0;

  constructor(source: string | Scanner, depth = 0) {
    super(typeof source === 'string' ? new Scanner(source) : source);
    this.depth = depth;
    this.words = new WordReader(this.scanner, (scanner, closing) => {
      const inner = scanner === this.scanner ? this : new Parser(scanner, this.depth + 1);
      return closing === '' ? inner.all() : inner.enclosed(closing);
    });
  }

  /** The next command line; null at the end of the text. */
  next(): List | null {
    const { scanner } = this;
    scanner.skipNewlines();
    scanner.skipBlanks();
    if (scanner.isAtEnd) return null;
    const list = this.lineList();
    if (!scanner.take('\n')) {
      scanner.skipBlanks();
      if (!scanner.isAtEnd) throw scanner.unexpected();
      scanner.afterNewline();
    }
    return list;
  }

  /** Everything to the end of the text. */
  all(): List {
    const list: List = [];
    for (let line = this.next(); line !== null; line = this.next()) list.push(...line);
    return list;
  }

  /** A list up to a closing operator, which is taken. */
  enclosed(closing: string): List {
    const list = this.list(() => this.scanner.operator() === closing);
    if (!this.scanner.take(closing)) {
      this.scanner.skipBlanks();
      throw this.scanner.isAtEnd ? this.scanner.unmatched(closing, this.scanner.line) : this.scanner.unexpected();
    }
    return list;
  }

  protected lineList(): List {
    const list: List = [];
    for (;;) {
      list.push(this.andOr());
      if (!this.separator(list)) return list;
      const operator = this.scanner.operator();
      if (operator === '\n' || (operator === null && this.isAtEnd())) return list;
    }
  }

  /** `;` or `&` after a command. */
  protected separator(list: List): boolean {
    const last = list.at(-1) as AndOr;
    if (this.scanner.take('&')) last.isBackground = true;
    else if (!this.scanner.take(';')) return false;
    return true;
  }

  /** A list inside a construct, where line ends separate as well. */
  protected list(isEnd: () => boolean): List {
    const list: List = [];
    this.scanner.skipNewlines();
    while (!isEnd()) {
      if (this.isAtEnd()) break;
      list.push(this.andOr());
      const separated = this.separator(list);
      const before = this.scanner.at;
      this.scanner.skipNewlines();
      if (!separated && before === this.scanner.at) break;
    }
    return list;
  }

  /** A list up to one of the reserved words, which is not taken. It must not be empty. */
  protected listTo(...ends: string[]): List {
    const list = this.list(() => ends.includes(this.keyword() ?? ''));
    if (list.length === 0) throw this.scanner.unexpected();
    return list;
  }

  protected andOr(): AndOr {
    const { scanner } = this;
    scanner.skipBlanks();
    const from = scanner.at;
    const first = this.pipeline();
    const rest: AndOr['rest'] = [];
    for (;;) {
      const operator = scanner.operator();
      if (operator !== '&&' && operator !== '||') break;
      scanner.take(operator);
      scanner.skipNewlines();
      rest.push({ operator, pipeline: this.pipeline() });
    }
    return { first, rest, isBackground: false, source: scanner.source.slice(from, scanner.at).trim() };
  }

  protected pipeline(): Pipeline {
    const { scanner } = this;
    const pipeline: Pipeline = { commands: [], isNegated: false, withErrors: [], time: 'none' };
    for (;;) {
      if (this.takeKeyword('!')) pipeline.isNegated = !pipeline.isNegated;
      else if (this.takeKeyword('time')) {
        pipeline.time = 'bash';
        scanner.skipBlanks();
        if (/^-p(?=\s|$)/.test(scanner.source.slice(scanner.at, scanner.at + 3))) {
          scanner.at += 2;
          pipeline.time = 'posix';
        }
      } else break;
    }
    const operator = scanner.operator();
    if ((pipeline.isNegated || pipeline.time !== 'none') && (operator === '\n' || operator === ';' || this.isAtEnd())) {
      pipeline.commands.push({ kind: 'simple', assignments: [], words: [], redirects: [], line: scanner.line });
      return pipeline;
    }
    for (;;) {
      pipeline.commands.push(this.command());
      const next = scanner.operator();
      if (next !== '|' && next !== '|&') return pipeline;
      scanner.take(next);
      pipeline.withErrors.push(next === '|&');
      scanner.skipNewlines();
    }
  }

  protected command(): Command {
    const { scanner } = this;
    this.depth += 1;
    if (this.depth > maximumDepth) throw new ShellSyntaxError('memory exhausted', scanner.line, null, false);
    try {
      scanner.skipBlanks();
      const line = scanner.line;
      const keyword = this.keyword();
      if (keyword !== null && closers.has(keyword)) throw scanner.unexpected();
      if (keyword === 'function') return this.functionKeyword();
      const compound = this.compound(keyword);
      if (compound) return { ...compound, redirects: this.redirects(), line } as Compound;
      const definition = /^([^\s;&|<>()$`'"\\={}!#]+)[ \t]*\([ \t]*\)/.exec(
        scanner.source.slice(scanner.at, scanner.at + 200),
      );
      if (definition) {
        scanner.at += definition[0].length;
        scanner.skipNewlines();
        return { kind: 'function', name: definition[1] as string, body: this.command() };
      }
      return this.simple(line);
    } finally {
      this.depth -= 1;
    }
  }

  protected functionKeyword(): Command {
    const { scanner } = this;
    this.expect('function');
    scanner.skipBlanks();
    const name = /^[^\s;&|<>()$`'"\\]+/.exec(scanner.source.slice(scanner.at, scanner.at + 200))?.[0];
    if (name === undefined) throw scanner.unexpected();
    scanner.at += name.length;
    if (scanner.take('(') && !scanner.take(')')) throw scanner.unexpected();
    scanner.skipNewlines();
    return { kind: 'function', name, body: this.command() };
  }

  protected compound(keyword: string | null): Omit<Compound, 'redirects' | 'line'> | null {
    const { scanner } = this;
    if (keyword === null) {
      if (scanner.operator() !== '(') return null;
      if (scanner.startsWith('((')) {
        const text = balanced(scanner.source, scanner.at + 2);
        if (text !== null) {
          scanner.at += text.length + 4;
          return { kind: 'arithmetic', expression: this.words.inside(text) } as Omit<Compound, 'redirects' | 'line'>;
        }
      }
      scanner.take('(');
      const body = this.list(() => scanner.operator() === ')');
      if (body.length === 0 || !scanner.take(')')) throw scanner.unexpected();
      return { kind: 'subshell', body } as Omit<Compound, 'redirects' | 'line'>;
    }
    const made = this.keywordCompound(keyword);
    return made as Omit<Compound, 'redirects' | 'line'> | null;
  }

  protected keywordCompound(keyword: string): object | null {
    switch (keyword) {
      case '{': {
        this.expect('{');
        const body = this.listTo('}');
        this.expect('}');
        return { kind: 'group', body };
      }
      case 'if': {
        this.expect('if');
        const branches = [this.branch()];
        while (this.takeKeyword('elif')) branches.push(this.branch());
        const otherwise = this.takeKeyword('else') ? this.listTo('fi') : null;
        this.expect('fi');
        return { kind: 'if', branches, otherwise };
      }
      case 'while':
      case 'until': {
        this.expect(keyword);
        const condition = this.listTo('do');
        return { kind: 'while', condition, body: this.doDone(), isUntil: keyword === 'until' };
      }
      case 'for':
      case 'select':
        this.expect(keyword);
        return this.for();
      case 'case':
        this.expect('case');
        return this.case();
      case '[[':
        this.expect('[[');
        return this.conditional();
      default:
        return null;
    }
  }

  protected branch(): { condition: List; body: List } {
    const condition = this.listTo('then');
    this.expect('then');
    return { condition, body: this.listTo('elif', 'else', 'fi') };
  }

  protected doDone(): List {
    this.expect('do');
    const body = this.listTo('done');
    this.expect('done');
    return body;
  }

  protected for(): object {
    const { scanner } = this;
    scanner.skipBlanks();
    if (scanner.startsWith('((')) {
      const text = balanced(scanner.source, scanner.at + 2);
      const parts = text?.split(';') ?? [];
      if (text === null || parts.length !== 3) throw scanner.unexpected();
      scanner.at += text.length + 4;
      scanner.take(';');
      scanner.skipNewlines();
      const [start, condition, step] = parts.map((part) => this.words.inside(part));
      const body = this.keyword() === '{' ? this.braceBody() : this.doDone();
      return { kind: 'for-arithmetic', start, condition, step, body };
    }
    const name = /^[A-Za-z_][A-Za-z0-9_]*(?=[\s;]|$)/.exec(scanner.source.slice(scanner.at, scanner.at + 200))?.[0];
    if (name === undefined) throw scanner.unexpected();
    scanner.at += name.length;
    scanner.skipNewlines();
    let words: Word[] | null = null;
    if (/^in(?=[\s;]|$)/.test(scanner.source.slice(scanner.at, scanner.at + 3))) {
      scanner.at += 2;
      words = [];
      while (scanner.operator() === null && !this.isAtEnd()) words.push(this.word());
    }
    if (!scanner.take(';') && scanner.operator() !== '\n' && words !== null) throw scanner.unexpected();
    scanner.skipNewlines();
    return { kind: 'for', name, words, body: this.keyword() === '{' ? this.braceBody() : this.doDone() };
  }

  protected braceBody(): List {
    this.expect('{');
    const body = this.listTo('}');
    this.expect('}');
    return body;
  }

  protected case(): object {
    const { scanner } = this;
    const subject = this.word();
    scanner.skipNewlines();
    scanner.skipBlanks();
    if (!/^in(?=[\s;(]|$)/.test(scanner.source.slice(scanner.at, scanner.at + 3))) throw scanner.unexpected();
    scanner.at += 2;
    scanner.skipNewlines();
    const branches: { patterns: Word[]; body: List; end: string }[] = [];
    while (!this.takeKeyword('esac')) {
      if (this.isAtEnd()) throw scanner.endTooEarly();
      scanner.take('(');
      const patterns = [this.word()];
      while (scanner.take('|')) patterns.push(this.word());
      if (!scanner.take(')')) throw scanner.unexpected();
      const isOver = (): boolean => [';;', ';&', ';;&'].includes(scanner.operator() ?? '') || this.keyword() === 'esac';
      const body = this.list(isOver);
      const end = scanner.operator() ?? '';
      if (end.startsWith(';')) scanner.take(end);
      else if (this.keyword() !== 'esac') throw scanner.unexpected();
      branches.push({ patterns, body, end: end.startsWith(';') ? end : ';;' });
      scanner.skipNewlines();
    }
    return { kind: 'case', subject, branches };
  }
}
