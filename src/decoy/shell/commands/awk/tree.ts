/** The tree of an awk program. */
export type Expression =
  | { kind: 'number'; value: number }
  | { kind: 'string'; value: string }
  | { kind: 'regex'; source: string }
  | { kind: 'name'; name: string }
  | { kind: 'field'; index: Expression }
  | { kind: 'element'; name: string; keys: Expression[] }
  | { kind: 'assign'; operator: string; target: Expression; value: Expression }
  | { kind: 'binary'; operator: string; left: Expression; right: Expression }
  | { kind: 'unary'; operator: string; operand: Expression }
  | { kind: 'change'; by: 1 | -1; isPrefix: boolean; target: Expression }
  | { kind: 'ternary'; condition: Expression; yes: Expression; no: Expression }
  | { kind: 'in'; keys: Expression[]; name: string }
  | { kind: 'call'; name: string; args: Expression[] }
  | { kind: 'getline'; source: Expression | null; isCommand: boolean; target: Expression | null };

export type Statement =
  | { kind: 'block'; body: Statement[] }
  | { kind: 'expression'; value: Expression }
  | {
      kind: 'print';
      args: Expression[];
      isFormatted: boolean;
      redirect: { operator: string; target: Expression } | null;
    }
  | { kind: 'if'; condition: Expression; yes: Statement; no: Statement | null }
  | { kind: 'while'; condition: Expression; body: Statement; isDo: boolean }
  | { kind: 'for'; start: Statement | null; condition: Expression | null; step: Statement | null; body: Statement }
  | { kind: 'each'; variable: string; name: string; body: Statement }
  | { kind: 'next' | 'break' | 'continue' }
  | { kind: 'exit' | 'return'; value: Expression | null }
  | { kind: 'delete'; name: string; keys: Expression[] | null };

export interface Rule {
  pattern: 'BEGIN' | 'END' | Expression | null;
  until: Expression | null;
  body: Statement | null;
  isActive: boolean;
}

export interface AwkProgram {
  rules: Rule[];
  functions: Map<string, { parameters: string[]; body: Statement }>;
}
