/** The tree of a shell text. */

export type Part =
  | { kind: 'text'; text: string; isQuoted: boolean }
  | Parameter
  | { kind: 'command'; body: List; isQuoted: boolean }
  | { kind: 'arithmetic'; expression: Word; isQuoted: boolean }
  | { kind: 'process'; body: List; isInput: boolean; isQuoted: boolean };

export interface Parameter {
  kind: 'parameter';
  name: string;
  /** `[…]` after the name. */
  index: Word | null;
  /** `#` for the length, `!` for a detour, `:-`, `%%`, `//` and so on; empty for the plain value. */
  operator: string;
  argument: Word | null;
  /** Replacement of `/`, length of `:`. */
  second: Word | null;
  isQuoted: boolean;
}

export interface Word {
  parts: Part[];
}

export interface Assignment {
  name: string;
  index: Word | null;
  append: boolean;
  value: Word | null;
  array: Word[] | null;
}

export interface Redirect {
  fd: number | null;
  operator: '<' | '>' | '>>' | '>|' | '<>' | '<&' | '>&' | '&>' | '&>>' | '<<' | '<<-' | '<<<';
  target: Word;
}

export interface Simple {
  kind: 'simple';
  assignments: Assignment[];
  words: Word[];
  redirects: Redirect[];
  line: number;
}

export type Compound = (
  | { kind: 'group'; body: List }
  | { kind: 'subshell'; body: List }
  | { kind: 'if'; branches: { condition: List; body: List }[]; otherwise: List | null }
  | { kind: 'while'; condition: List; body: List; isUntil: boolean }
  | { kind: 'for'; name: string; words: Word[] | null; body: List }
  | { kind: 'for-arithmetic'; start: Word; condition: Word; step: Word; body: List }
  | { kind: 'case'; subject: Word; branches: { patterns: Word[]; body: List; end: string }[] }
  | { kind: 'arithmetic'; expression: Word }
  | { kind: 'conditional'; expression: Condition }
) & { redirects: Redirect[]; line: number };

export type Condition =
  | { kind: 'unary'; operator: string; operand: Word }
  | { kind: 'binary'; operator: string; left: Word; right: Word }
  | { kind: 'and' | 'or'; left: Condition; right: Condition }
  | { kind: 'not'; inner: Condition };

export interface FunctionDefinition {
  kind: 'function';
  name: string;
  body: Command;
}

export type Command = Simple | Compound | FunctionDefinition;

export interface Pipeline {
  commands: Command[];
  isNegated: boolean;
  /** Whether stderr of stage n goes into the pipe as well (`|&`). */
  withErrors: boolean[];
  time: 'none' | 'bash' | 'posix';
}

export interface AndOr {
  first: Pipeline;
  rest: { operator: '&&' | '||'; pipeline: Pipeline }[];
  isBackground: boolean;
  /** The text, for `jobs`. */
  source: string;
}

export type List = AndOr[];
