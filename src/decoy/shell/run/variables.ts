/** One shell variable. */
export interface Variable {
  value: string;
  /** Elements of an array: by index, or by key. */
  array: Map<string, string> | null;
  isAssociative: boolean;
  isExported: boolean;
  isReadonly: boolean;
  isInteger: boolean;
}

export const newVariable = (value: string): Variable => ({
  value,
  array: null,
  isAssociative: false,
  isExported: false,
  isReadonly: false,
  isInteger: false,
});

/** The variables of a shell. Local ones of functions lie on top. */
export class Variables {
  #all: Map<string, Variable>;
  /** For each running function: what its `local` variables hid. */
  readonly #hidden: Map<string, Variable | undefined>[] = [];

  constructor(all: Map<string, Variable> = new Map()) {
    this.#all = all;
  }

  copy(): Variables {
    return new Variables(
      new Map(
        [...this.#all].map(([name, variable]) => [
          name,
          { ...variable, array: variable.array && new Map(variable.array) },
        ]),
      ),
    );
  }

  get(name: string): Variable | undefined {
    return this.#all.get(name);
  }

  set(name: string, value: string): Variable {
    const variable = this.#all.get(name);
    if (!variable) {
      const made = newVariable(value);
      this.#all.set(name, made);
      return made;
    }
    if (variable.array) variable.array.set('0', value);
    else variable.value = value;
    return variable;
  }

  put(name: string, variable: Variable): void {
    this.#all.set(name, variable);
  }

  unset(name: string): void {
    this.#all.delete(name);
  }

  names(): string[] {
    return [...this.#all.keys()].sort();
  }

  exported(): Map<string, string> {
    return new Map(
      [...this.#all].filter(([, each]) => each.isExported && !each.array).map(([name, each]) => [name, each.value]),
    );
  }

  /** Values in the order of their indexes. */
  elements(variable: Variable): [string, string][] {
    if (!variable.array) return variable.value === '' ? [] : [['0', variable.value]];
    const entries = [...variable.array];
    return variable.isAssociative ? entries : entries.sort(([a], [b]) => Number(a) - Number(b));
  }

  enterFunction(): void {
    this.#hidden.push(new Map());
  }

  get isInFunction(): boolean {
    return this.#hidden.length > 0;
  }

  leaveFunction(): void {
    for (const [name, variable] of this.#hidden.pop() ?? []) {
      if (variable) this.#all.set(name, variable);
      else this.#all.delete(name);
    }
  }

  /** Hides a variable until the running function ends. */
  local(name: string): void {
    const scope = this.#hidden.at(-1);
    if (!scope || scope.has(name)) return;
    scope.set(name, this.#all.get(name));
    this.#all.set(name, newVariable(''));
  }
}
