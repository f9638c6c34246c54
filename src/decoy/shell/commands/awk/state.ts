import { type Call, splitOnce } from '../../run/call.ts';
import { Input } from '../../run/streams.ts';
import { visitorsRegex } from '../../run/visitors-regex.ts';
import { clip, posixRegex } from '../regex.ts';
import type { AwkProgram } from './tree.ts';
import { type Store, toNumber, toText, type Value } from './values.ts';

/** The record, its fields, the variables and the files of a running program. */
export class AwkState {
  protected readonly call: Call;
  protected readonly program: AwkProgram;
  protected readonly globals: Store = new Map<string, Value>([
    ['FS', ' '],
    ['OFS', ' '],
    ['RS', '\n'],
    ['ORS', '\n'],
    ['NR', 0],
    ['NF', 0],
    ['FNR', 0],
    ['SUBSEP', '\x1c'],
    ['CONVFMT', '%.6g'],
    ['OFMT', '%.6g'],
    ['RSTART', 0],
    ['RLENGTH', -1],
    ['FILENAME', ''],
  ]);
  protected readonly arrays = new Map<string, Map<string, Value>>();
  protected frames: { values: Store; arrays: Map<string, Map<string, Value>> }[] = [];
  protected record = '';
  protected fields: Value[] = [];
  protected readonly regexes = new Map<string, RegExp>();
  protected readonly inputs = new Map<string, Input>();
  protected readonly pipes = new Map<string, string>();
  protected readonly opened = new Set<string>();
  protected main: Input | null = null;
  protected files: string[] = [];
  protected steps = 0;

  constructor(call: Call, program: AwkProgram) {
    this.call = call;
    this.program = program;
    this.arrays.set('ENVIRON', new Map([...call.environment].map(([name, value]) => [name, { text: value }])));
  }

  failed = false;

  set(name: string, value: string): void {
    this.globals.set(name, { text: value.replace(/\\t/g, '\t').replace(/\\n/g, '\n') });
  }

  protected assignment(text: string): boolean {
    if (!/^[A-Za-z_]\w*=/.test(text)) return false;
    const [name, value = ''] = splitOnce(text, '=');
    this.set(name, value);
    return true;
  }

  protected async readRecord(input: Input): Promise<string | null> {
    const separator = toText(this.globals.get('RS'));
    if (separator === '\n' || separator.length !== 1) {
      const line = await input.line(separator === '' ? '\n\n' : '\n');
      return line === null ? null : line.replace(/\n+$/, '');
    }
    const text = await input.line(separator);
    return text === null ? null : text.endsWith(separator) ? text.slice(0, -1) : text.replace(/\n$/, '');
  }

  protected async nextRecord(): Promise<boolean> {
    for (;;) {
      if (this.main === null) {
        const file = this.files.shift();
        if (file === undefined) return false;
        if (this.assignment(file)) continue;
        if (file === '-') this.main = this.call.stdin;
        else {
          const content = await this.call.read(file);
          if (!content.ok) {
            this.call.err(`${this.call.name}: cannot open ${file} (${content.error.message})\n`);
            this.failed = true;
            continue;
          }
          this.main = new Input(content.value);
          this.globals.set('FILENAME', file);
        }
        this.globals.set('FNR', 0);
      }
      const record = await this.readRecord(this.main);
      if (record === null) {
        this.main = null;
        if (this.files.length === 0) return false;
        continue;
      }
      this.count();
      this.setRecord(record);
      await this.call.machine.step();
      return true;
    }
  }

  protected count(): void {
    for (const name of ['NR', 'FNR']) this.globals.set(name, toNumber(this.globals.get(name)) + 1);
  }

  protected setRecord(record: string): void {
    this.record = record;
    this.fields = this.split(record, toText(this.globals.get('FS'))).map((text) => ({ text }));
    this.globals.set('NF', this.fields.length);
  }

  protected split(text: string, separator: string): string[] {
    if (separator === ' ') return text.match(/[^ \t\n]+/g) ?? [];
    if (text === '') return [];
    if (separator === '') return [...text];
    if (separator.length === 1 && separator !== '\\')
      return text.split(separator === '|' || separator === '.' ? separator : separator === '\t' ? '\t' : separator);
    return clip(text).split(this.regex(separator));
  }

  protected regex(source: string): RegExp {
    const known = this.regexes.get(source);
    if (known) return known;
    const regex = posixRegex(source, true) ?? /(?!)/;
    // Groups would add their texts to a split.
    const flat = visitorsRegex(regex.source.replace(/\((?!\?)/g, '(?:').replace(/\\\(\?:/g, '\\('));
    if (this.regexes.size < 500) this.regexes.set(source, flat);
    return flat;
  }

  protected rebuild(): void {
    this.record = this.fields.map(toText).join(toText(this.globals.get('OFS')));
  }

  protected array(name: string): Map<string, Value> {
    const frame = this.frames.at(-1);
    const local = frame?.arrays.get(name);
    if (local) return local;
    if (frame?.values.has(name)) {
      const made = new Map<string, Value>();
      frame.arrays.set(name, made);
      return made;
    }
    const known = this.arrays.get(name);
    if (known) return known;
    const made = new Map<string, Value>();
    this.arrays.set(name, made);
    return made;
  }
}
