import type { Assignment, Condition, Redirect, Simple, Word } from './ast.ts';
import type { Scanner } from './scanner.ts';
import type { WordReader } from './words.ts';

/** Simple commands, redirections, assignments and `[[ … ]]`: everything that holds no list of commands. */
export abstract class SimpleParser {
  protected abstract readonly words: WordReader;
  readonly scanner: Scanner;

  protected isAtEnd(): boolean {
    this.scanner.skipBlanks();
    return this.scanner.isAtEnd;
  }

  /** The reserved word here, not taken. */
  protected keyword(): string | null {
    const { scanner } = this;
    scanner.skipBlanks();
    const text = /^(?:[a-z]+|[{}!]|\[\[)(?=[\s;&|<>()]|$)/.exec(scanner.source.slice(scanner.at, scanner.at + 12))?.[0];
    return text !== undefined && reserved.has(text) ? text : null;
  }

  protected takeKeyword(word: string): boolean {
    if (this.keyword() !== word) return false;
    this.scanner.at += word.length;
    return true;
  }

  protected expect(word: string): void {
    if (!this.takeKeyword(word)) throw this.scanner.unexpected();
  }

  protected conditional(): object {
    const expression = this.conditionOr();
    this.scanner.skipNewlines();
    this.scanner.skipBlanks();
    if (!this.scanner.startsWith(']]')) throw this.scanner.unexpected();
    this.scanner.at += 2;
    return { kind: 'conditional', expression };
  }

  protected conditionOr(): Condition {
    let left = this.conditionAnd();
    while (this.scanner.take('||')) {
      this.scanner.skipNewlines();
      left = { kind: 'or', left, right: this.conditionAnd() };
    }
    return left;
  }

  protected conditionAnd(): Condition {
    let left = this.conditionTerm();
    while (this.scanner.take('&&')) {
      this.scanner.skipNewlines();
      left = { kind: 'and', left, right: this.conditionTerm() };
    }
    return left;
  }

  protected conditionTerm(): Condition {
    const { scanner } = this;
    scanner.skipNewlines();
    if (this.takeKeyword('!')) return { kind: 'not', inner: this.conditionTerm() };
    if (scanner.take('(')) {
      const inner = this.conditionOr();
      if (!scanner.take(')')) throw scanner.unexpected();
      return inner;
    }
    const first = this.word();
    const operator = literal(first);
    if (operator !== null && /^-[a-zA-Z]$/.test(operator) && scanner.operator() === null && !scanner.startsWith(']]'))
      return { kind: 'unary', operator, operand: this.word() };
    const comparison = scanner.operator();
    if (comparison === '<' || comparison === '>') {
      scanner.take(comparison);
      return { kind: 'binary', operator: comparison, left: first, right: this.word() };
    }
    scanner.skipBlanks();
    const named = /^(?:==|=~|!=|=|-(?:eq|ne|lt|le|gt|ge|nt|ot|ef))(?=\s)/.exec(
      scanner.source.slice(scanner.at, scanner.at + 4),
    )?.[0];
    if (named === undefined) return { kind: 'unary', operator: '-n', operand: first };
    scanner.at += named.length;
    scanner.skipBlanks();
    const right = named === '=~' ? this.words.word(' \t\n') : this.words.word(' \t\n;&|<>');
    if (!right) throw scanner.unexpected();
    return { kind: 'binary', operator: named, left: first, right };
  }

  protected simple(line: number): Simple {
    const { scanner } = this;
    const simple: Simple = { kind: 'simple', assignments: [], words: [], redirects: [], line };
    for (;;) {
      const redirect = this.redirect();
      if (redirect) {
        simple.redirects.push(redirect);
        continue;
      }
      if (scanner.operator() !== null && !/^[<>]\(/.test(scanner.operator() ?? '')) break;
      if (this.isAtEnd()) break;
      const assignment = simple.words.length === 0 || isDeclaration(simple.words[0]) ? this.assignment() : null;
      if (assignment && simple.words.length === 0) simple.assignments.push(assignment);
      else if (assignment)
        simple.words.push({
          parts: [{ kind: 'text', text: `${assignment.name}=`, isQuoted: true }, ...(assignment.value?.parts ?? [])],
        });
      else simple.words.push(this.word());
      if (scanner.operator() === '(' && simple.words.length > 0) throw scanner.unexpected();
    }
    if (simple.words.length + simple.assignments.length + simple.redirects.length === 0) throw scanner.unexpected();
    return simple;
  }

  protected assignment(): Assignment | null {
    const { scanner } = this;
    scanner.skipBlanks();
    const match = /^([A-Za-z_][A-Za-z0-9_]*)(\[[^\]\n]*\])?(\+?)=/.exec(
      scanner.source.slice(scanner.at, scanner.at + 300),
    );
    if (!match) return null;
    scanner.at += match[0].length;
    const index = match[2] === undefined ? null : this.words.inside(match[2].slice(1, -1));
    const assignment: Assignment = {
      name: match[1] as string,
      index,
      append: match[3] === '+',
      value: null,
      array: null,
    };
    if (scanner.peek() === '(') {
      scanner.at += 1;
      assignment.array = [];
      scanner.skipNewlines();
      while (!scanner.take(')')) {
        if (this.isAtEnd()) throw scanner.unmatched(')', scanner.line);
        assignment.array.push(this.word());
        scanner.skipNewlines();
      }
      return assignment;
    }
    const next = scanner.peek();
    assignment.value = next === '' || ' \t\n;&|<>()'.includes(next) ? { parts: [] } : this.words.word();
    return assignment;
  }

  protected redirects(): Redirect[] {
    const redirects: Redirect[] = [];
    for (let next = this.redirect(); next !== null; next = this.redirect()) redirects.push(next);
    return redirects;
  }

  protected redirect(): Redirect | null {
    const { scanner } = this;
    scanner.skipBlanks();
    const digits = /^\d+(?=[<>])/.exec(scanner.source.slice(scanner.at, scanner.at + 10))?.[0] ?? '';
    const before = scanner.at;
    scanner.at += digits.length;
    const operator = scanner.operator();
    if (operator === null || !/^(?:&?[<>]|&>>)/.test(operator) || /\($/.test(operator)) {
      scanner.at = before;
      return null;
    }
    scanner.take(operator);
    const redirect: Redirect = {
      fd: digits === '' ? null : Number(digits),
      operator: operator as Redirect['operator'],
      target: { parts: [] },
    };
    if (operator === '<<' || operator === '<<-') {
      scanner.skipBlanks();
      const from = scanner.at;
      const word = this.word();
      const isQuoted = /['"\\]/.test(scanner.source.slice(from, scanner.at));
      const delimiter = word.parts.map((part) => (part.kind === 'text' ? part.text : '')).join('');
      scanner.pending.push({ redirect, delimiter, isQuoted, strip: operator === '<<-' });
      return redirect;
    }
    redirect.target = this.word();
    return redirect;
  }

  protected word(): Word {
    const word = this.words.word();
    if (!word) throw this.scanner.unexpected();
    return word;
  }

  constructor(scanner: Scanner) {
    this.scanner = scanner;
  }
}

const reserved = new Set([
  'if',
  'then',
  'else',
  'elif',
  'fi',
  'do',
  'done',
  'case',
  'esac',
  'while',
  'until',
  'for',
  '{',
  '}',
  '!',
  '[[',
  'function',
  'select',
  'time',
]);
/** The text of a word that is one unquoted piece. */
function literal(word: Word | undefined): string | null {
  const part = word?.parts.length === 1 ? word.parts[0] : undefined;
  return part?.kind === 'text' && !part.isQuoted ? part.text : null;
}

const isDeclaration = (word: Word | undefined): boolean =>
  ['export', 'local', 'declare', 'readonly', 'typeset', 'alias'].includes(literal(word) ?? '');
