import { posixRegex } from './regex.ts';

export type Address =
  | { kind: 'line'; line: number }
  | { kind: 'last' }
  | { kind: 'regex'; regex: RegExp }
  | { kind: 'step'; first: number; step: number }
  | { kind: 'plus'; count: number };

export interface Instruction {
  from: Address | null;
  to: Address | null;
  isNegated: boolean;
  name: string;
  text: string;
  regex: RegExp | null;
  flags: string;
  block: Instruction[] | null;
  isActive: boolean;
  until: number;
}

export class SedError extends Error {}

/** Reads a sed program. */
export class SedParser {
  readonly #text: string;
  readonly #isExtended: boolean;
  #at = 0;
  constructor(text: string, isExtended: boolean) {
    this.#text = text;
    this.#isExtended = isExtended;
  }

  fail(message: string): never {
    throw new SedError(`-e expression #1, char ${this.#at}: ${message}`);
  }

  program(isNested = false): Instruction[] {
    const list: Instruction[] = [];
    for (;;) {
      while (/[\s;]/.test(this.#text[this.#at] ?? '')) this.#at += 1;
      const next = this.#text[this.#at];
      if (next === undefined) {
        if (isNested) throw new SedError("-e expression #1, char 0: unmatched `{'");
        return list;
      }
      if (next === '}') {
        if (!isNested) {
          this.#at += 1;
          this.fail("unexpected `}'");
        }
        this.#at += 1;
        return list;
      }
      if (next === '#') {
        while (this.#at < this.#text.length && this.#text[this.#at] !== '\n') this.#at += 1;
        continue;
      }
      list.push(this.#instruction());
    }
  }

  #address(): Address | null {
    const rest = this.#text.slice(this.#at);
    const step = /^(\d+)~(\d+)/.exec(rest);
    const number = /^\d+/.exec(rest)?.[0];
    if (step) {
      this.#at += step[0].length;
      return { kind: 'step', first: Number(step[1]), step: Number(step[2]) };
    }
    if (number !== undefined) {
      this.#at += number.length;
      return { kind: 'line', line: Number(number) };
    }
    if (rest[0] === '$') {
      this.#at += 1;
      return { kind: 'last' };
    }
    if (rest[0] === '/' || rest[0] === '\\') {
      this.#at += rest[0] === '/' ? 0 : 1;
      const delimiter = this.#text[this.#at] as string;
      const source = this.#delimited(delimiter, 'unterminated address regex');
      const isFolded = this.#text[this.#at] === 'I';
      if (isFolded) this.#at += 1;
      return { kind: 'regex', regex: this.#regex(source, isFolded ? 'i' : '') };
    }
    return null;
  }

  #regex(source: string, flags: string): RegExp {
    const regex = posixRegex(source, this.#isExtended, flags);
    return regex ?? this.fail('unterminated address regex');
  }

  /** Text between two delimiters; the first is at the place. */
  #delimited(delimiter: string, error: string): string {
    let result = '';
    this.#at += 1;
    for (;;) {
      const next = this.#text[this.#at];
      if (next === undefined) this.fail(error);
      this.#at += 1;
      if (next === delimiter) return result;
      if (next === '\\') {
        const escaped = this.#text[this.#at] ?? '';
        this.#at += 1;
        result += escaped === delimiter && !/[|(){}+?.*[\]^$]/.test(delimiter) ? escaped : `\\${escaped}`;
      } else if (next === '[' && error.includes('address')) {
        const end = this.#text.indexOf(']', this.#at + 1);
        const set = end > 0 ? this.#text.slice(this.#at, end + 1) : '';
        if (set !== '' && !set.includes('\n') && set.length < 80) {
          result += next + set;
          this.#at = end + 1;
        } else result += next;
      } else result += next;
    }
  }

  #instruction(): Instruction {
    const from = this.#address();
    let to: Address | null = null;
    if (from && this.#text[this.#at] === ',') {
      this.#at += 1;
      const plus = /^\+(\d+)/.exec(this.#text.slice(this.#at));
      if (plus) {
        this.#at += plus[0].length;
        to = { kind: 'plus', count: Number(plus[1]) };
      } else to = this.#address() ?? this.fail("unexpected `,'");
    }
    while (this.#text[this.#at] === ' ') this.#at += 1;
    let isNegated = false;
    while (this.#text[this.#at] === '!') {
      isNegated = true;
      this.#at += 1;
    }
    while (this.#text[this.#at] === ' ') this.#at += 1;
    const name = this.#text[this.#at];
    if (name === undefined) this.fail('missing command');
    this.#at += 1;
    const made: Instruction = {
      from,
      to,
      isNegated,
      name,
      text: '',
      regex: null,
      flags: '',
      block: null,
      isActive: false,
      until: -1,
    };
    if (name === '{') made.block = this.program(true);
    else if (name === 's') this.#substitution(made);
    else if (name === 'y') {
      const delimiter = this.#text[this.#at] ?? '';
      const source = this.#delimited(delimiter, "unterminated `y' command");
      this.#at -= 1;
      made.text = source;
      made.flags = this.#delimited(delimiter, "unterminated `y' command");
    } else if ('aic'.includes(name)) {
      const rest = /^[ \t]*(?:\\\n?)?[ \t]*([^\n]*)/.exec(this.#text.slice(this.#at)) as RegExpExecArray;
      this.#at += rest[0].length;
      made.text = (rest[1] as string).replace(/\\(.)/g, '$1');
      if (made.text === '' && !rest[0].includes('\\')) this.fail("expected \\ after `a', `c' or `i'");
    } else if ('btT:rwRW'.includes(name)) {
      const rest = /^[ \t]*([^\n;}]*)/.exec(this.#text.slice(this.#at)) as RegExpExecArray;
      this.#at += rest[0].length;
      made.text = (rest[1] as string).trim();
    } else if ('qQ'.includes(name)) {
      const rest = /^\s*\d*/.exec(this.#text.slice(this.#at))?.[0] ?? '';
      this.#at += rest.length;
      made.text = rest.trim();
    } else if (!'pdDnNPgGhHxl=z'.includes(name)) this.fail(`unknown command: \`${name}'`);
    const tail = /^[ \t]*/.exec(this.#text.slice(this.#at))?.[0] ?? '';
    this.#at += tail.length;
    const after = this.#text[this.#at];
    if (after !== undefined && !';\n}#'.includes(after) && name !== '{') {
      this.#at += 1;
      this.fail('extra characters after command');
    }
    return made;
  }

  #substitution(made: Instruction): void {
    const delimiter = this.#text[this.#at];
    if (delimiter === undefined || delimiter === '\n') this.fail("unterminated `s' command");
    const source = this.#delimited(delimiter, "unterminated `s' command");
    this.#at -= 1;
    made.text = this.#delimited(delimiter, "unterminated `s' command");
    const flags = /^[gpiIme0-9]*/.exec(this.#text.slice(this.#at))?.[0] ?? '';
    this.#at += flags.length;
    const unknown = /^[a-zA-Z]/.exec(this.#text.slice(this.#at))?.[0];
    if (unknown !== undefined && unknown !== 'w') {
      this.#at += 1;
      this.fail("unknown option to `s'");
    }
    made.flags = flags;
    made.regex =
      posixRegex(source, this.#isExtended, `g${/[iI]/.test(flags) ? 'i' : ''}${flags.includes('m') ? 'm' : ''}`) ??
      this.fail('Invalid preceding regular expression');
  }
}
