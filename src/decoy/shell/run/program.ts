import { programIn } from '../disk/elf.ts';
import type { RunningProcess } from '../disk/proc.ts';
import { Call } from './call.ts';
import { intentOf } from './intent.ts';
import { type Dialect, Interpreter } from './interpreter.ts';
import { type Input, WriteError } from './streams.ts';

/** The path of a program, by PATH or as given; null where there is none. */
function findProgram(shell: Interpreter, name: string): string | null {
  if (name.includes('/')) return name;
  for (const path of searchPath(shell, name)) return path;
  return null;
}

/** All places where PATH finds a program. */
export function searchPath(shell: Interpreter, name: string): string[] {
  const found: string[] = [];
  if (name === '') return found;
  for (const folder of (shell.variables.get('PATH')?.value ?? '/usr/bin:/bin').split(':')) {
    const path = `${folder === '' ? '.' : folder}/${name}`;
    const full = path.startsWith('/') ? path : `${shell.cwd}/${path}`;
    const stat = shell.machine.disk.stat(full, shell.actor);
    if (stat.ok && stat.value.kind === 'file' && (stat.value.mode & 0o111) !== 0) found.push(path);
  }
  return found;
}

/** Runs a program of the imitated disk: one of ours, a script, or a strange one that seems to run. */
export async function runProgram(
  shell: Interpreter,
  name: string,
  args: readonly string[],
  options: { input?: Input; environment?: ReadonlyMap<string, string> } = {},
): Promise<number> {
  const { disk } = shell.machine;
  const path = findProgram(shell, name);
  const tell = (isKnown: boolean): void => {
    shell.machine.report({ type: 'command', name, args, isKnown });
    const intent = isKnown ? null : intentOf(name, args);
    if (intent !== null) shell.machine.report(intent);
  };
  if (path === null) {
    tell(false);
    notFound(shell, name);
    return 127;
  }
  const full = path.startsWith('/') ? path : `${shell.cwd === '/' ? '' : shell.cwd}/${path}`;
  const stat = disk.stat(full, shell.actor);
  if (!stat.ok) {
    tell(false);
    const message = stat.error.message;
    if (shell.dialect === 'bash') shell.complain(`${name}: ${message}`);
    else shell.complain(`${name}: ${stat.error.code === 'ENOENT' ? 'not found' : message}`);
    return stat.error.code === 'ENOENT' || stat.error.code === 'ENOTDIR' ? 127 : 126;
  }
  tell(true);
  if (stat.value.kind === 'directory') {
    shell.complain(`${name}: ${shell.dialect === 'bash' ? 'Is a directory' : 'Permission denied'}`);
    return 126;
  }
  if (!disk.may(full, 1, shell.actor) || stat.value.kind !== 'file') {
    shell.complain(`${name}: Permission denied`);
    return 126;
  }
  shell.machine.reportFiles(full);
  const node = disk.find(full, true);
  const content = node.program ? '' : disk.text(full);
  const program = node.program?.name ?? programIn(content);
  if (program !== null) return runKnown(shell, program, name, args, options, full);
  return runContent(shell, name, args, content, full, options);
}

function notFound(shell: Interpreter, name: string): void {
  shell.complain(shell.dialect === 'bash' ? `${name}: command not found` : `${name}: not found`);
}

/** Runs with the program in the list of processes. */
async function asProcess(
  shell: Interpreter,
  name: string,
  args: readonly string[],
  exe: string,
  work: (pid: number) => Promise<number>,
): Promise<number> {
  const { machine } = shell;
  const pid = shell.reservedPid ?? machine.newPid();
  shell.reservedPid = null;
  const process: RunningProcess = {
    pid,
    ppid: shell.pid,
    user: shell.user,
    tty: machine.terminalName,
    state: machine.options.terminal ? 'R+' : 'R',
    startedAt: machine.now(),
    cpuSeconds: 0,
    virtualKb: 8_500 + (pid % 2900),
    residentKb: 1_900 + (pid % 1800),
    name: (name.split('/').at(-1) as string).slice(0, 15),
    command: [name, ...args].join(' '),
    args: [name, ...args],
    exe,
    cwd: shell.cwd,
    env: shell.variables.exported(),
  };
  const self = machine.disk.world.self;
  machine.session.push(process);
  machine.disk.world.self = pid;
  try {
    return await machine.deeper(() => work(pid));
  } finally {
    machine.disk.world.self = self;
    const at = machine.session.indexOf(process);
    if (at >= 0) machine.session.splice(at, 1);
  }
}

function runKnown(
  shell: Interpreter,
  program: string,
  name: string,
  args: readonly string[],
  options: { input?: Input; environment?: ReadonlyMap<string, string> },
  exe: string,
): Promise<number> {
  const called = name.split('/').at(-1) as string;
  const command = shell.machine.findCommand(program);
  const where = shell.machine.disk.realpath(exe);
  return asProcess(shell, name, args, where.ok ? where.value : exe, async () => {
    // A program changes nothing of the shell that starts it.
    const child = shell.fork();
    if (options.input) child.descriptors.set(0, { input: options.input });
    // GNU programs name themselves as they were called.
    const shown = /^(?:busybox|dash|bash)$/.test(program) || program === 'mawk' ? called : name;
    try {
      return await command(
        new Call(child, shown, args, { environment: options.environment ?? shell.variables.exported() }),
      );
    } catch (error) {
      if (!(error instanceof WriteError)) return child.caught(error);
      child.err(`${shown}: write error: ${error.message}\n`);
      return 1;
    }
  });
}

const shells: Readonly<Record<string, Dialect>> = { sh: 'dash', dash: 'dash', bash: 'bash', rbash: 'bash', ash: 'ash' };

async function runContent(
  shell: Interpreter,
  name: string,
  args: readonly string[],
  content: string,
  full: string,
  options: { environment?: ReadonlyMap<string, string>; input?: Input },
): Promise<number> {
  if (content.startsWith('\x7fELF')) return strangeProgram(shell, name, args, content, full);
  const bang = /^#![ \t]*(\S+)[ \t]*([^\n]*)/.exec(content.slice(0, 256));
  if (!bang) {
    if (/\0/.test(content.slice(0, 80))) {
      shell.complain(`${name}: cannot execute binary file: Exec format error`);
      return 126;
    }
    return asProcess(shell, name, args, '/usr/bin/bash', () =>
      runScript(shell, content, name, args, shell.dialect, options),
    );
  }
  const interpreter = bang[1] as string;
  const extra = (bang[2] ?? '').trim();
  const base = interpreter.split('/').at(-1) as string;
  const found = shell.machine.disk.stat(interpreter);
  if (!found.ok) {
    if (shell.dialect === 'bash') shell.complain(`${name}: cannot execute: required file not found`);
    else shell.complain(`${name}: not found`);
    return 127;
  }
  const dialect = shells[base];
  if (dialect)
    return asProcess(shell, interpreter, [name, ...args], interpreter, () =>
      runScript(shell, content, name, args, dialect, options),
    );
  return runProgram(shell, interpreter, [...(extra === '' ? [] : [extra]), name, ...args], options);
}

/** Runs a script in a shell of its own. */
export async function runScript(
  shell: Interpreter,
  content: string,
  name: string,
  args: readonly string[],
  dialect: Dialect,
  options: { environment?: ReadonlyMap<string, string>; input?: Input; mode?: Interpreter['mode'] } = {},
): Promise<number> {
  const descriptors = new Map(shell.descriptors);
  if (options.input) descriptors.set(0, { input: options.input });
  const child = new Interpreter({
    machine: shell.machine,
    name,
    dialect,
    mode: options.mode ?? 'script',
    env: options.environment ?? shell.variables.exported(),
    cwd: shell.cwd,
    actor: shell.actor,
    user: shell.user,
    descriptors,
    positional: args,
  });
  child.umask = shell.umask;
  return child.runWhole(content);
}

const machines: Readonly<Record<number, string>> = { 3: 'i386', 62: 'x86-64' };

/** A program the visitor brought: it seems to run where a real one would, and does nothing. */
async function strangeProgram(
  shell: Interpreter,
  name: string,
  args: readonly string[],
  content: string,
  full: string,
): Promise<number> {
  const architecture =
    content.charCodeAt(5) === 2
      ? content.charCodeAt(18) * 256 + content.charCodeAt(19)
      : content.charCodeAt(18) + content.charCodeAt(19) * 256;
  if (machines[architecture] === undefined || content.length < 52) {
    shell.complain(`${name}: cannot execute binary file: Exec format error`);
    return 126;
  }
  return asProcess(shell, name, args, full, async () => {
    await shell.machine.wait(40);
    return 0;
  });
}
