import type { Redirect, Word } from './ast.ts';

/** What a text that is no shell program fails with. */
export class ShellSyntaxError extends Error {
  readonly line: number;
  /** The token in the way; null at the end of the text. */
  readonly token: string | null;
  /** Whether more text could mend it. */
  readonly isIncomplete: boolean;
  constructor(message: string, line: number, token: string | null, isIncomplete: boolean) {
    super(message);
    this.line = line;
    this.token = token;
    this.isIncomplete = isIncomplete;
  }
}

const operators = [
  '&>>',
  '<<<',
  '<<-',
  ';;&',
  '&&',
  '||',
  ';;',
  ';&',
  '|&',
  '&>',
  '<<',
  '<&',
  '<>',
  '<(',
  '>>',
  '>&',
  '>|',
  '>(',
  '(',
  ')',
  ';',
  '&',
  '|',
  '<',
  '>',
];

/** Place in a text, with what both levels of the parser need. */
export class Scanner {
  readonly source: string;
  at = 0;
  line = 1;
  /** Here-documents whose bodies begin after the line. */
  pending: { redirect: Redirect; delimiter: string; isQuoted: boolean; strip: boolean }[] = [];
  /** Turns the body of a here-document into a word; set by the word level. */
  bodyWord: (body: string) => Word = () => ({ parts: [] });

  constructor(source: string) {
    this.source = source;
  }

  get isAtEnd(): boolean {
    return this.at >= this.source.length;
  }

  peek(ahead = 0): string {
    return this.source[this.at + ahead] ?? '';
  }

  startsWith(text: string): boolean {
    return this.source.startsWith(text, this.at);
  }

  /** Blanks, continued lines and comments. */
  skipBlanks(): void {
    for (;;) {
      const next = this.peek();
      if (next === ' ' || next === '\t') this.at += 1;
      else if (next === '\\' && this.peek(1) === '\n') {
        this.at += 2;
        this.line += 1;
      } else if (next === '#') {
        while (!this.isAtEnd && this.peek() !== '\n') this.at += 1;
      } else return;
    }
  }

  /** The operator here (not taken), `\n`, or null before a word or the end. */
  operator(): string | null {
    this.skipBlanks();
    if (this.peek() === '\n') return '\n';
    return operators.find((each) => this.startsWith(each)) ?? null;
  }

  /** Takes the operator if it is the next thing. */
  take(operator: string): boolean {
    if (this.operator() !== operator) return false;
    this.at += operator.length;
    if (operator === '\n') this.afterNewline();
    return true;
  }

  skipNewlines(): void {
    while (this.take('\n'));
  }

  /** Counts the line and reads the here-documents that begin here. */
  afterNewline(): void {
    this.line += 1;
    for (const { redirect, delimiter, isQuoted, strip } of this.pending.splice(0)) {
      let body = '';
      let isFound = false;
      while (!this.isAtEnd) {
        const end = this.source.indexOf('\n', this.at);
        let line = this.source.slice(this.at, end < 0 ? undefined : end);
        this.at = end < 0 ? this.source.length : end + 1;
        this.line += 1;
        if (strip) line = line.replace(/^\t+/, '');
        if (line === delimiter) {
          isFound = true;
          break;
        }
        body += `${line}\n`;
      }
      if (!isFound) this.unfinished.push(delimiter);
      redirect.target = isQuoted ? { parts: [{ kind: 'text', text: body, isQuoted: true }] } : this.bodyWord(body);
    }
  }

  /** Delimiters of here-documents that ended with the text. */
  unfinished: string[] = [];

  unexpected(): ShellSyntaxError {
    this.skipBlanks();
    if (this.isAtEnd) return this.endTooEarly();
    const token = this.operator() ?? this.source.slice(this.at).match(/^[^\s;&|<>()]+/)?.[0] ?? this.peek();
    const shown = token === '\n' ? 'newline' : token;
    return new ShellSyntaxError(`syntax error near unexpected token \`${shown}'`, this.line, shown, false);
  }

  endTooEarly(): ShellSyntaxError {
    const line = this.line + (this.source.endsWith('\n') ? 0 : 1);
    return new ShellSyntaxError('syntax error: unexpected end of file', line, null, true);
  }

  unmatched(mark: string, line: number): ShellSyntaxError {
    return new ShellSyntaxError(`unexpected EOF while looking for matching \`${mark}'`, line, null, true);
  }
}
