import type { Call, CommandTable } from '../run/call.ts';
import { runProgram, searchPath } from '../run/program.ts';
import { ExitSignal, LoopSignal, ReturnSignal } from '../run/signals.ts';
import { runTest, TestError } from '../run/test.ts';

function exit(call: Call): number {
  const [arg] = call.args;
  if (call.shell.isInteractive && !call.shell.isSubshell) call.err(call.shell.mode === 'login' ? 'logout\n' : 'exit\n');
  if (arg !== undefined && !/^[-+]?\d+$/.test(arg)) {
    call.complain(`${arg}: numeric argument required`);
    throw new ExitSignal(2);
  }
  throw new ExitSignal(arg === undefined ? call.shell.status : Number(arg) & 255);
}

function returns(call: Call): number {
  if (!call.shell.variables.isInFunction && call.shell.loops === 0 && call.shell.mode === 'command')
    return call.complain("can only `return' from a function or sourced script", 2);
  throw new ReturnSignal(Number(call.args[0] ?? call.shell.status) & 255);
}

function leave(call: Call): number {
  const kind = call.name as 'break' | 'continue';
  if (call.shell.loops === 0)
    return call.shell.dialect === 'bash' ? call.complain("only meaningful in a `for', `while', or `until' loop", 0) : 0;
  throw new LoopSignal(kind, Math.max(1, Number(call.args[0] ?? 1) || 1));
}

function evaluate(call: Call): Promise<number> {
  const text = call.args.filter((arg, at) => !(at === 0 && arg === '--')).join(' ');
  return call.machine.deeper(async () => {
    call.shell.status = 0;
    return call.shell.runText(text);
  });
}

async function exec(call: Call): Promise<number> {
  let words = [...call.args];
  while (words[0]?.startsWith('-')) words = words.slice(words[0] === '-a' ? 2 : 1);
  if (words.length === 0) return 0;
  const name = words[0] as string;
  if (!name.includes('/') && searchPath(call.shell, name).length === 0) {
    call.complain(`${name}: not found`);
    throw new ExitSignal(127);
  }
  throw new ExitSignal(await runProgram(call.shell, name, words.slice(1)));
}

async function source(call: Call): Promise<number> {
  const [name, ...args] = call.args;
  if (name === undefined) {
    call.complain('filename argument required');
    call.err(`${call.name}: usage: ${call.name} filename [arguments]\n`);
    return 2;
  }
  const place = name.includes('/') ? name : (searchPath(call.shell, name)[0] ?? name);
  const content = await call.read(place);
  if (!content.ok) {
    if (call.shell.dialect === 'bash') call.shell.complain(`${name}: ${content.error.message}`);
    else {
      call.shell.complain(`${call.name}: cannot open ${name}: No such file`);
      throw new ExitSignal(2);
    }
    return 1;
  }
  call.machine.reportFiles(call.path(place));
  const { shell } = call;
  const positional = shell.positional;
  if (args.length > 0) shell.positional = args;
  shell.status = 0;
  try {
    return await call.machine.deeper(() => shell.runText(content.value));
  } catch (error) {
    if (error instanceof ReturnSignal) return error.status;
    throw error;
  } finally {
    shell.positional = positional;
  }
}

function test(call: Call): number {
  let args = call.args;
  if (call.name.endsWith('[')) {
    if (args.at(-1) !== ']') return call.complain("missing `]'", 2);
    args = args.slice(0, -1);
  }
  try {
    return runTest(call.shell, args) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof TestError)) throw error;
    if (call.shell.dialect === 'dash' || call.isBusybox) {
      const bad = /^(.*): integer expression expected$/.exec(error.message);
      return call.complain(bad ? (call.isBusybox ? `bad number` : `Illegal number: ${bad[1]}`) : error.message, 2);
    }
    return call.complain(error.message, 2);
  }
}

function trap(call: Call): number {
  const args = call.args.filter((arg) => arg !== '--');
  const { traps } = call.shell;
  if (args.length === 0 || args[0] === '-p') {
    for (const [name, action] of traps) call.out(`trap -- '${action}' ${name === 'EXIT' ? name : `SIG${name}`}\n`);
    return 0;
  }
  if (args[0] === '-l') return 0;
  const [action = '', ...signals] = args;
  for (const signal of signals.length > 0 ? signals : [action]) {
    const name = signal === '0' ? 'EXIT' : signal.replace(/^SIG/, '').toUpperCase();
    if (!/^(?:EXIT|ERR|DEBUG|RETURN|HUP|INT|QUIT|TERM|USR1|USR2|PIPE|CHLD|ALRM|CONT|STOP|TSTP|WINCH|\d+)$/.test(name)) {
      call.complain(`${signal}: invalid signal specification`);
      return 1;
    }
    if (action === '-' || signals.length === 0) traps.delete(name);
    else traps.set(name, action);
  }
  return 0;
}

export const flowBuiltins: CommandTable = {
  exit,
  logout: exit,
  return: returns,
  break: leave,
  continue: leave,
  eval: evaluate,
  exec,
  source,
  '.': source,
  test,
  '[': test,
  trap,
  true: () => 0,
  false: () => 1,
  ':': () => 0,
};
