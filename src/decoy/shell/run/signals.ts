import type { ShellCaps } from '../types.ts';

/** `break` and `continue`, on their way to the loop they mean. */
export class LoopSignal {
  readonly kind: 'break' | 'continue';
  levels: number;
  constructor(kind: 'break' | 'continue', levels: number) {
    this.kind = kind;
    this.levels = levels;
  }
}

export class ReturnSignal {
  readonly status: number;
  constructor(status: number) {
    this.status = status;
  }
}

/** Ends a shell or subshell. */
export class ExitSignal {
  readonly status: number;
  constructor(status: number) {
    this.status = status;
  }
}

/** Ctrl-C. */
export class InterruptSignal {
  readonly status = 130;
}

/** The reader of a pipe has enough. */
export class PipeSignal {
  readonly status = 141;
}

/** A cap ended the line, or the connection is gone. */
export class LimitSignal {
  readonly cap: keyof ShellCaps | 'killed';
  readonly status = 137;
  constructor(cap: keyof ShellCaps | 'killed') {
    this.cap = cap;
  }
}
