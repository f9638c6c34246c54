import { type Call, type CommandTable, getopt } from '../run/call.ts';
import { clip } from './regex.ts';
import { type Address, type Instruction, SedError, SedParser } from './sed-syntax.ts';

/** What `s` puts in the place of a match. */
function replacement(text: string, match: RegExpMatchArray): string {
  let result = '';
  let turn = '';
  for (let at = 0; at < text.length; at++) {
    const next = text[at] as string;
    let piece = next;
    if (next === '&') piece = match[0];
    else if (next === '\\') {
      at += 1;
      const escaped = text[at] ?? '';
      if (/[UuLlE]/.test(escaped)) {
        turn = escaped === 'E' ? '' : escaped;
        continue;
      }
      piece = /\d/.test(escaped)
        ? (match[Number(escaped)] ?? '')
        : escaped === 'n'
          ? '\n'
          : escaped === 't'
            ? '\t'
            : escaped;
    }
    if (turn === 'U') piece = piece.toUpperCase();
    else if (turn === 'L') piece = piece.toLowerCase();
    else if ((turn === 'u' || turn === 'l') && piece !== '') {
      piece = (turn === 'u' ? piece[0]?.toUpperCase() : piece[0]?.toLowerCase()) + piece.slice(1);
      turn = '';
    }
    result += piece;
  }
  return result;
}

class SedRun {
  readonly #call: Call;
  readonly #program: readonly Instruction[];
  readonly #isQuiet: boolean;
  output = '';
  hold = '';
  #lines: string[] = [];
  #number = 0;
  exit: number | null = null;

  constructor(call: Call, program: readonly Instruction[], isQuiet: boolean) {
    this.#call = call;
    this.#program = program;
    this.#isQuiet = isQuiet;
  }

  async run(text: string): Promise<string> {
    this.output = '';
    this.#lines = text.split(/(?<=\n)/).filter(Boolean);
    this.#number = 0;
    while (this.#number < this.#lines.length && this.exit === null) {
      const raw = this.#lines[this.#number] as string;
      this.#number += 1;
      await this.#call.machine.step();
      await this.#cycle(raw);
    }
    return this.output;
  }

  async #cycle(raw: string): Promise<void> {
    const state = {
      space: raw.replace(/\n$/, ''),
      end: raw.endsWith('\n') ? '\n' : '',
      isDeleted: false,
      appended: '',
      isReplaced: false,
      turns: 0,
    };
    await this.#execute(this.#program, state);
    if (!state.isDeleted && !this.#isQuiet) this.output += state.space + (state.end || (state.appended ? '\n' : ''));
    this.output += state.appended;
    if (this.output.length > this.#call.machine.caps.valueBytes * 2) this.#call.machine.limit('valueBytes');
  }

  #matches(address: Address, space: string): boolean {
    switch (address.kind) {
      case 'line':
        return this.#number === address.line;
      case 'last':
        return this.#number >= this.#lines.length;
      case 'regex':
        return address.regex.test(clip(space));
      case 'step':
        return address.step === 0
          ? this.#number === address.first
          : this.#number >= address.first && (this.#number - address.first) % address.step === 0;
      default:
        return false;
    }
  }

  #applies(each: Instruction, space: string): boolean {
    if (!each.from) return true;
    if (!each.to) return this.#matches(each.from, space);
    if (each.isActive) {
      const isOver =
        each.to.kind === 'line'
          ? this.#number >= each.to.line
          : each.to.kind === 'plus'
            ? this.#number >= each.until
            : this.#matches(each.to, space);
      if (isOver) each.isActive = false;
      return !(each.to.kind === 'line' && this.#number > each.to.line);
    }
    if (!this.#matches(each.from, space)) return false;
    if (each.to.kind === 'plus') each.until = this.#number + each.to.count;
    each.isActive =
      !(each.to.kind === 'line' && each.to.line <= this.#number) &&
      !(each.to.kind === 'plus' && each.to.count === 0) &&
      !(each.to.kind === 'last' && this.#number >= this.#lines.length);
    return true;
  }

  async #execute(
    program: readonly Instruction[],
    state: { space: string; end: string; isDeleted: boolean; appended: string; isReplaced: boolean; turns: number },
  ): Promise<string | 'over'> {
    for (let at = 0; at < program.length; at++) {
      const each = program[at] as Instruction;
      if (this.#applies(each, state.space) === each.isNegated) continue;
      switch (each.name) {
        case '{': {
          const result = await this.#execute(each.block ?? [], state);
          if (result !== '') return result;
          break;
        }
        case 's':
          this.#substitute(each, state);
          break;
        case 'y':
          state.space = [...state.space]
            .map((character) =>
              each.text.includes(character) ? (each.flags[each.text.indexOf(character)] ?? character) : character,
            )
            .join('');
          break;
        case 'd':
          state.isDeleted = true;
          return 'over';
        case 'D':
          state.isDeleted = true;
          return 'over';
        case 'p':
          this.output += `${state.space}\n`;
          break;
        case 'P':
          this.output += `${state.space.split('\n')[0]}\n`;
          break;
        case 'n':
        case 'N': {
          const next = this.#lines[this.#number];
          if (next === undefined) return 'over';
          this.#number += 1;
          if (each.name === 'n') {
            if (!this.#isQuiet) this.output += `${state.space}\n`;
            state.space = next.replace(/\n$/, '');
          } else state.space += `\n${next.replace(/\n$/, '')}`;
          state.end = next.endsWith('\n') ? '\n' : '';
          break;
        }
        case 'g':
          state.space = this.hold;
          break;
        case 'G':
          state.space += `\n${this.hold}`;
          break;
        case 'h':
          this.hold = state.space;
          break;
        case 'H':
          this.hold += `\n${state.space}`;
          break;
        case 'x':
          [state.space, this.hold] = [this.hold, state.space];
          break;
        case 'z':
          state.space = '';
          break;
        case '=':
          this.output += `${this.#number}\n`;
          break;
        case 'a':
          state.appended += `${each.text}\n`;
          break;
        case 'i':
          this.output += `${each.text}\n`;
          break;
        case 'c':
          if (!each.to || !each.isActive) this.output += `${each.text}\n`;
          state.isDeleted = true;
          return 'over';
        case 'q':
        case 'Q':
          this.exit = Number(each.text || 0);
          if (each.name === 'Q') state.isDeleted = true;
          return 'over';
        case 'b':
        case 't':
        case 'T': {
          if (each.name === 't' && !state.isReplaced) break;
          if (each.name === 'T' && state.isReplaced) break;
          state.isReplaced = false;
          state.turns += 1;
          await this.#call.machine.step(10);
          if (each.text === '') return 'over';
          const label = program.findIndex((other) => other.name === ':' && other.text === each.text);
          if (label < 0) throw new SedError(`-e expression #1, char 0: can't find label for jump to \`${each.text}'`);
          at = label;
          break;
        }
        default:
      }
    }
    return '';
  }

  #substitute(each: Instruction, state: { space: string; isReplaced: boolean }): void {
    const wanted = Number(/\d+/.exec(each.flags)?.[0] ?? 1);
    let count = 0;
    let result = '';
    let last = 0;
    const space = clip(state.space);
    for (const match of space.matchAll(each.regex as RegExp)) {
      count += 1;
      if (count < wanted) continue;
      result += space.slice(last, match.index) + replacement(each.text, match);
      last = (match.index as number) + match[0].length;
      if (!each.flags.includes('g')) break;
    }
    if (count < wanted || count === 0) return;
    state.space = result + space.slice(last) + state.space.slice(space.length);
    state.isReplaced = true;
    if (each.flags.includes('p')) this.output += `${state.space}\n`;
  }
}

async function sed(call: Call): Promise<number> {
  const args = call.args.map((arg) => (/^-i[^\s]+$/.test(arg) && !/^-i[nrEse]+$/.test(arg) ? '-i' : arg));
  const usage = 'Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n\n';
  const options = getopt(
    Object.create(call, { args: { value: args } }) as Call,
    'ne:f:rEisuz',
    {
      quiet: 'n',
      silent: 'n',
      'expression=': 'e',
      'file=': 'f',
      'regexp-extended': 'r',
      'in-place': 'i',
      separate: 's',
      posix: 'u',
      unbuffered: 'u',
    },
    { help: usage },
  );
  if (!options) return 1;
  const rest = [...options.rest];
  const scripts = [...options.all('e')];
  const file = options.get('f');
  if (file !== undefined) {
    const content = await call.read(file);
    if (!content.ok) return call.fail(`couldn't open file ${file}: ${content.error.message}`);
    scripts.push(content.value);
  }
  if (scripts.length === 0) {
    const script = rest.shift();
    if (script === undefined) {
      call.err(usage);
      return 1;
    }
    scripts.push(script);
  }
  try {
    const program = new SedParser(scripts.join('\n'), options.has('r') || options.has('E')).program();
    let status = 0;
    const run = new SedRun(call, program, options.has('n') || scripts[0]?.startsWith('#n\n') === true);
    if (options.has('i')) {
      for (const name of rest) {
        const content = await call.read(name);
        if (!content.ok) {
          status = call.fail(`can't read ${name}: ${content.error.message}`, 2);
          continue;
        }
        const result = call.write(name, await run.run(content.value));
        if (!result.ok) status = call.fail(`couldn't open temporary file ${name}: ${result.error.message}`, 4);
      }
      return run.exit ?? status;
    }
    let text = '';
    for (const name of rest.length > 0 ? rest : ['-']) {
      const content = await call.read(name);
      if (content.ok) text += content.value;
      else
        status =
          content.error.code === 'EISDIR'
            ? call.fail(`couldn't edit ${name}: not a regular file`, 2)
            : call.fail(`can't read ${name}: ${content.error.message}`, 2);
    }
    call.out(await run.run(text));
    return run.exit ?? status;
  } catch (error) {
    if (!(error instanceof SedError)) throw error;
    return call.fail(error.message);
  }
}

export const sedCommands: CommandTable = { sed };
