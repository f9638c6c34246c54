/**
 * A small terminal for replays. It draws text and knows the sequences that move the cursor, erase and colour; every other
 * sequence is swallowed. Recordings are hostile: nothing in them can name a link, a title, a font or a colour beyond the
 * sixteen, and sizes are bounded.
 */
export interface Style {
  /** 0…15; null: the usual one. */
  colour: number | null;
  ground: number | null;
  bold: boolean;
  inverse: boolean;
}

export interface Cell {
  text: string;
  style: Style;
}

const plain: Style = { colour: null, ground: null, bold: false, inverse: false };
const blank: Cell = { text: ' ', style: plain };
const most = { columns: 300, rows: 120, parameters: 32, sequence: 256 };

export class Terminal {
  columns: number;
  rows: number;
  lines: Cell[][];
  x = 0;
  y = 0;
  #style: Style = plain;
  /** A sequence that has not ended yet. */
  #pending = '';
  #saved = { x: 0, y: 0 };

  constructor(columns: number, rows: number) {
    this.columns = bounded(columns, 1, most.columns);
    this.rows = bounded(rows, 1, most.rows);
    this.lines = this.#empty();
  }

  #empty(): Cell[][] {
    return Array.from({ length: this.rows }, () => this.#line());
  }

  #line(): Cell[] {
    return Array.from({ length: this.columns }, () => blank);
  }

  resize(columns: number, rows: number): void {
    this.columns = bounded(columns, 1, most.columns);
    this.rows = bounded(rows, 1, most.rows);
    const kept = this.lines.slice(-this.rows);
    this.y = Math.max(0, this.y - (this.lines.length - kept.length));
    this.lines = this.#empty().map((line, row) => line.map((cell, column) => kept[row]?.[column] ?? cell));
    this.x = Math.min(this.x, this.columns - 1);
    this.y = Math.min(this.y, this.rows - 1);
  }

  write(text: string): void {
    for (const character of text) {
      if (this.#pending !== '' && this.#take(character)) continue;
      this.#put(character);
    }
  }

  /** @returns whether the character belongs to a sequence */
  #take(character: string): boolean {
    const sequence = this.#pending + character;
    if (sequence.length > most.sequence) {
      this.#pending = '';
      return true;
    }
    const kind = sequence[1];
    const isString = kind === ']' || kind === 'P' || kind === '_' || kind === '^' || kind === 'X';
    const isOver = isString
      ? character === '\u0007' || sequence.endsWith('\u001b\\')
      : kind === '['
        ? sequence.length > 2 && character >= '@' && character <= '~'
        : !(sequence.length === 2 && '()*+#% '.includes(character));
    if (!isOver) {
      this.#pending = sequence;
      return true;
    }
    this.#pending = '';
    if (kind === '[') this.#control(sequence);
    else if (sequence === '\u001bc') this.#reset();
    else if (sequence === '\u001bM') this.y = Math.max(0, this.y - 1);
    else if (sequence === '\u001b7') this.#saved = { x: this.x, y: this.y };
    else if (sequence === '\u001b8') ({ x: this.x, y: this.y } = this.#saved);
    return true;
  }

  #reset(): void {
    this.lines = this.#empty();
    this.x = 0;
    this.y = 0;
    this.#style = plain;
  }

  #put(character: string): void {
    switch (character) {
      case '\u001b':
        this.#pending = character;
        return;
      case '\r':
        this.x = 0;
        return;
      case '\n':
      case '\u000b':
      case '\u000c':
        this.#down();
        return;
      case '\b':
        this.x = Math.max(0, this.x - 1);
        return;
      case '\t':
        this.x = Math.min(this.columns - 1, (Math.floor(this.x / 8) + 1) * 8);
        return;
    }
    if (/^\p{C}$/u.test(character)) return;
    if (this.x >= this.columns) {
      this.x = 0;
      this.#down();
    }
    this.#set(this.x, { text: character, style: this.#style });
    this.x += 1;
  }

  #set(column: number, cell: Cell): void {
    const line = this.lines[this.y];
    if (line !== undefined && column < this.columns) line[column] = cell;
  }

  #down(): void {
    if (this.y < this.rows - 1) {
      this.y += 1;
      return;
    }
    this.lines.shift();
    this.lines.push(this.#line());
  }

  #control(sequence: string): void {
    const name = sequence.at(-1) ?? '';
    const body = sequence.slice(2, -1);
    // Private ones (bracketed paste, cursor shape, mouse) change nothing that is seen.
    if (/^[?>=!]/.test(body)) return;
    const numbers = body
      .split(/[;:]/)
      .slice(0, most.parameters)
      .map((word) => Number.parseInt(word, 10) || 0);
    const first = numbers[0] ?? 0;
    const step = Math.max(1, first);
    const column = (value: number): number => bounded(value, 0, this.columns - 1);
    const row = (value: number): number => bounded(value, 0, this.rows - 1);
    switch (name) {
      case 'A':
        this.y = row(this.y - step);
        break;
      case 'B':
        this.y = row(this.y + step);
        break;
      case 'C':
        this.x = column(this.x + step);
        break;
      case 'D':
        this.x = column(this.x - step);
        break;
      case 'G':
        this.x = column(first - 1);
        break;
      case 'd':
        this.y = row(first - 1);
        break;
      case 'H':
      case 'f':
        this.y = row(first - 1);
        this.x = column((numbers[1] ?? 1) - 1);
        break;
      case 'J':
        this.#eraseScreen(first);
        break;
      case 'K':
        this.#eraseLine(first);
        break;
      case 'P':
        this.lines[this.y]?.splice(this.x, Math.min(step, this.columns));
        while ((this.lines[this.y]?.length ?? this.columns) < this.columns) this.lines[this.y]?.push(blank);
        break;
      case '@':
        this.lines[this.y]?.splice(this.x, 0, ...Array.from({ length: Math.min(step, this.columns) }, () => blank));
        this.lines[this.y]?.splice(this.columns);
        break;
      case 'm':
        this.#style = styled(this.#style, numbers);
        break;
    }
  }

  #eraseScreen(what: number): void {
    if (what >= 2) this.lines = this.#empty();
    else {
      const [from, to] = what === 1 ? [0, this.y] : [this.y + 1, this.rows];
      for (let row = from; row < to; row += 1) this.lines[row] = this.#line();
      this.#eraseLine(what);
    }
  }

  #eraseLine(what: number): void {
    const [from, to] = what === 2 ? [0, this.columns] : what === 1 ? [0, this.x + 1] : [this.x, this.columns];
    for (let column = from; column < to; column += 1) this.#set(column, blank);
  }

  /** What is seen: pieces of one style, line by line. */
  view(): { text: string; style: Style }[][] {
    return this.lines.map((line) => {
      const pieces: { text: string; style: Style }[] = [];
      for (const { text, style } of line) {
        const last = pieces.at(-1);
        if (last !== undefined && last.style === style) last.text += text;
        else pieces.push({ text, style });
      }
      return pieces;
    });
  }
}

const bounded = (value: number, least: number, greatest: number): number =>
  Math.min(greatest, Math.max(least, Math.trunc(value) || 0));

function styled(before: Style, numbers: readonly number[]): Style {
  let style = { ...before };
  for (let at = 0; at < numbers.length; at += 1) {
    const number = numbers[at] ?? 0;
    if (number === 0) style = { ...plain };
    else if (number === 1) style.bold = true;
    else if (number === 22) style.bold = false;
    else if (number === 7) style.inverse = true;
    else if (number === 27) style.inverse = false;
    else if (number >= 30 && number <= 37) style.colour = number - 30;
    else if (number >= 90 && number <= 97) style.colour = number - 82;
    else if (number === 39) style.colour = null;
    else if (number >= 40 && number <= 47) style.ground = number - 40;
    else if (number >= 100 && number <= 107) style.ground = number - 92;
    else if (number === 49) style.ground = null;
    // Colours beyond the sixteen are left out with their numbers.
    else if (number === 38 || number === 48) at += numbers[at + 1] === 2 ? 4 : 2;
  }
  return style;
}

export interface Recording {
  columns: number;
  rows: number;
  title: string;
  /** Seconds. */
  length: number;
  frames: { at: number; kind: 'o' | 'r'; text: string }[];
  markers: { at: number; label: string }[];
}

/** Reads an asciicast v2. Lines that are none are left out. */
export function readRecording(cast: string): Recording {
  const [head = '{}', ...lines] = cast.split('\n');
  const header = parsed(head) as { width?: unknown; height?: unknown; title?: unknown } | null;
  const recording: Recording = {
    columns: bounded(Number(header?.width), 20, most.columns),
    rows: bounded(Number(header?.height), 5, most.rows),
    title: typeof header?.title === 'string' ? header.title : '',
    length: 0,
    frames: [],
    markers: [],
  };
  for (const line of lines) {
    const entry = line === '' ? null : parsed(line);
    if (!Array.isArray(entry)) continue;
    const [at, kind, text] = entry as unknown[];
    if (typeof at !== 'number' || !(at >= 0) || typeof text !== 'string') continue;
    recording.length = Math.max(recording.length, at);
    if (kind === 'o' || kind === 'r') recording.frames.push({ at, kind, text });
    if (kind === 'm') recording.markers.push({ at, label: text });
  }
  return recording;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Plays frames into a terminal, forwards only; going back begins anew. */
export class Playback {
  readonly recording: Recording;
  #terminal: Terminal;
  #next = 0;

  constructor(recording: Recording) {
    this.recording = recording;
    this.#terminal = new Terminal(recording.columns, recording.rows);
  }

  /** The screen at this second. */
  at(seconds: number): Terminal {
    const { frames, columns, rows } = this.recording;
    if (this.#next > 0 && (frames[this.#next - 1]?.at ?? 0) > seconds) {
      this.#terminal = new Terminal(columns, rows);
      this.#next = 0;
    }
    for (; this.#next < frames.length; this.#next += 1) {
      const frame = frames[this.#next];
      if (frame === undefined || frame.at > seconds) break;
      if (frame.kind === 'o') this.#terminal.write(frame.text);
      else {
        const [width, height] = frame.text.split('x').map(Number);
        this.#terminal.resize(width ?? 80, height ?? 24);
      }
    }
    return this.#terminal;
  }
}
