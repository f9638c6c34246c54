import type { AndOr, Command, Pipeline } from '../syntax/ast.ts';
import type { Interpreter } from './interpreter.ts';
import { ExitSignal } from './signals.ts';
import { BufferOutput, type Descriptor, Input } from './streams.ts';

export async function andOr(shell: Interpreter, each: AndOr): Promise<number> {
  const isGuarded = each.rest.length > 0;
  if (isGuarded) shell.guarded += 1;
  try {
    await runPipeline(shell, each.first);
    for (const [at, { operator, pipeline }] of each.rest.entries()) {
      if ((operator === '&&') !== (shell.status === 0)) continue;
      const isLast = at === each.rest.length - 1;
      if (isLast) shell.guarded -= 1;
      try {
        await runPipeline(shell, pipeline);
        if (isLast) exitOnError(shell, pipeline);
      } finally {
        if (isLast) shell.guarded += 1;
      }
    }
  } finally {
    if (isGuarded) shell.guarded -= 1;
  }
  if (!isGuarded) exitOnError(shell, each.first);
  return shell.status;
}

function exitOnError(shell: Interpreter, pipeline: Pipeline): void {
  if (shell.status !== 0 && shell.options.has('errexit') && shell.guarded === 0 && !pipeline.isNegated)
    throw new ExitSignal(shell.status);
}

async function runPipeline(shell: Interpreter, pipeline: Pipeline): Promise<number> {
  const started = shell.machine.now();
  if (pipeline.isNegated) shell.guarded += 1;
  try {
    if (pipeline.commands.length === 1) shell.status = await shell.command(pipeline.commands[0] as Command);
    else await stages(shell, pipeline);
  } finally {
    if (pipeline.isNegated) shell.guarded -= 1;
  }
  if (pipeline.isNegated) shell.status = shell.status === 0 ? 1 : 0;
  if (pipeline.time !== 'none') showTime(shell, pipeline.time, (shell.machine.now() - started) / 1000);
  return shell.status;
}

function showTime(shell: Interpreter, form: 'bash' | 'posix', seconds: number): void {
  const long = (value: number): string => `${Math.floor(value / 60)}m${(value % 60).toFixed(3)}s`;
  shell.err(
    form === 'posix'
      ? `real ${seconds.toFixed(2)}\nuser 0.00\nsys 0.00\n`
      : `\nreal\t${long(seconds)}\nuser\t0m0.001s\nsys\t0m0.000s\n`,
  );
}

async function stages(shell: Interpreter, pipeline: Pipeline): Promise<void> {
  let input: Descriptor | undefined = shell.descriptors.get(0);
  const statuses: number[] = [];
  for (const [at, command] of pipeline.commands.entries()) {
    const isLast = at === pipeline.commands.length - 1;
    const pipe = isLast ? null : new BufferOutput(shell.machine.caps.valueBytes);
    const copy = shell.fork();
    if (input) copy.descriptors.set(0, input);
    if (pipe) copy.descriptors.set(1, { output: pipe });
    if (pipe && pipeline.withErrors[at]) copy.descriptors.set(2, { output: pipe });
    let status: number;
    try {
      status = await copy.command(command);
      status = await copy.finish(status);
    } catch (error) {
      status = copy.statusOf(error);
      status = await copy.finish(status);
    }
    statuses.push(status);
    if (pipe) input = { input: new Input(pipe.text) };
  }
  shell.variables.put('PIPESTATUS', {
    value: '',
    array: new Map(statuses.map((status, at) => [String(at), String(status)])),
    isAssociative: false,
    isExported: false,
    isReadonly: false,
    isInteger: false,
  });
  const failed = shell.options.has('pipefail') ? statuses.findLast((status) => status !== 0) : undefined;
  shell.status = failed ?? statuses.at(-1) ?? 0;
}
