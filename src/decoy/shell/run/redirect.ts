import type { Redirect } from '../syntax/ast.ts';
import { expandOne } from './expand.ts';
import type { Interpreter } from './interpreter.ts';
import { failureOf, failureText } from './reach.ts';
import { type Descriptor, FileOutput, Input, type Output } from './streams.ts';

const swallow: Output = { write: () => undefined };

/** Runs with the redirections in place and puts the old descriptors back. A failed one is told and gives status 1. */
export async function withRedirects(
  shell: Interpreter,
  redirects: readonly Redirect[],
  run: () => Promise<number>,
  tool = 'sh',
): Promise<number> {
  if (redirects.length === 0) return run();
  const before = shell.descriptors;
  const opened: string[] = [];
  shell.descriptors = new Map(before);
  try {
    for (const redirect of redirects) if (!(await apply(shell, redirect, opened))) return 1;
    return await run();
  } finally {
    shell.descriptors = before;
    for (const path of opened) shell.machine.touched(path, tool);
  }
}

/** Redirections of `exec` without a command: they stay. */
export async function keepRedirects(shell: Interpreter, redirects: readonly Redirect[]): Promise<number> {
  const opened: string[] = [];
  shell.descriptors = new Map(shell.descriptors);
  for (const redirect of redirects) if (!(await apply(shell, redirect, opened))) return 1;
  for (const path of opened) shell.machine.touched(path, 'sh');
  return 0;
}

async function apply(shell: Interpreter, redirect: Redirect, opened: string[]): Promise<boolean> {
  const { descriptors, machine } = shell;
  const fail = (name: string, message: string): boolean => {
    if (shell.dialect === 'dash')
      shell.complain(
        `cannot ${/^[<]/.test(redirect.operator) ? 'open' : 'create'} ${name}: ${message.replace('No such file or directory', /^</.test(redirect.operator) ? 'No such file' : 'Directory nonexistent')}`,
      );
    else if (shell.dialect === 'ash')
      shell.complain(`can't ${/^[<]/.test(redirect.operator) ? 'open' : 'create'} ${name}: ${message}`);
    else shell.complain(`${name}: ${message}`);
    return false;
  };
  const target = await expandOne(shell, redirect.target);
  switch (redirect.operator) {
    case '<<':
    case '<<-':
      descriptors.set(redirect.fd ?? 0, { input: new Input(target) });
      return true;
    case '<<<':
      descriptors.set(redirect.fd ?? 0, { input: new Input(`${target}\n`) });
      return true;
    case '<&':
    case '>&': {
      const fd = redirect.fd ?? (redirect.operator === '<&' ? 0 : 1);
      if (target === '-') {
        descriptors.delete(fd);
        return true;
      }
      if (/^\d+-?$/.test(target)) {
        const source = descriptors.get(Number.parseInt(target, 10));
        if (!source) return fail(target, 'Bad file descriptor');
        descriptors.set(fd, source);
        if (target.endsWith('-')) descriptors.delete(Number.parseInt(target, 10));
        return true;
      }
      if (redirect.operator === '<&') return fail(target, 'ambiguous redirect');
      return both(await openOutput(shell, target, false, opened, fail), descriptors);
    }
    case '&>':
    case '&>>':
      return both(await openOutput(shell, target, redirect.operator === '&>>', opened, fail), descriptors);
    case '<': {
      const input = await openInput(shell, target, fail);
      if (input) descriptors.set(redirect.fd ?? 0, input);
      return input !== null;
    }
    case '<>': {
      const dialled = network(shell, target);
      if (dialled) return fail(target, dialled);
      const input = machine.disk.stat(path(shell, target)).ok
        ? await openInput(shell, target, fail)
        : { input: new Input('') };
      const output = await openOutput(shell, target, true, opened, fail);
      if (!input || !output) return false;
      descriptors.set(redirect.fd ?? 0, { ...input, ...output });
      return true;
    }
    default: {
      if (shell.options.has('noclobber') && redirect.operator === '>' && machine.disk.stat(path(shell, target)).ok)
        return fail(target, 'cannot overwrite existing file');
      const output = await openOutput(shell, target, redirect.operator === '>>', opened, fail);
      if (output) descriptors.set(redirect.fd ?? 1, output);
      return output !== null;
    }
  }
}

const path = (shell: Interpreter, name: string): string => (name.startsWith('/') ? name : `${shell.cwd}/${name}`);

function both(output: Descriptor | null, descriptors: Map<number, Descriptor>): boolean {
  if (!output) return false;
  descriptors.set(1, output);
  descriptors.set(2, output);
  return true;
}

/** `/dev/tcp/host/port` is bash's own way to connect: recorded, and never dialled. */
function network(shell: Interpreter, target: string): string | null {
  const match = /^\/dev\/(tcp|udp)\/([^/]+)\/(\d+)$/.exec(target);
  if (!match || shell.dialect !== 'bash') return null;
  shell.machine.report({
    type: 'connect',
    tool: `bash /dev/${match[1]}`,
    host: match[2] as string,
    port: Number(match[3]),
  });
  return failureText[failureOf(shell.machine, match[2] as string)];
}

/** An input whose content is looked up when it is read. */
function lazily(read: () => string): Input {
  let isRead = false;
  return new Input(() => {
    const text = isRead ? null : read();
    isRead = true;
    return Promise.resolve(text);
  });
}

type Fail = (name: string, message: string) => boolean;

async function openInput(shell: Interpreter, target: string, fail: Fail): Promise<Descriptor | null> {
  const dialled = network(shell, target);
  if (dialled) {
    shell.complain(`connect: ${dialled}`);
    return fail(target, dialled) ? {} : null;
  }
  if (/^\/dev\/(?:stdin|fd\/0|tty)$/.test(target)) return { input: shell.stdin };
  const { disk } = shell.machine;
  const name = path(shell, target);
  const stat = target === '' ? null : disk.stat(name, shell.actor);
  if (!stat?.ok) return fail(target, stat ? stat.error.message : 'No such file or directory') ? {} : null;
  if (stat.value.kind === 'directory') return { input: new Input('') };
  // The reader itself is who `/proc/self` means.
  if (name.startsWith('/proc/')) return { input: lazily(() => disk.text(name)) };
  const content = disk.read(name, shell.actor);
  if (!content.ok) return fail(target, content.error.message) ? {} : null;
  return { input: new Input(disk.text(name)) };
}

async function openOutput(
  shell: Interpreter,
  target: string,
  append: boolean,
  opened: string[],
  fail: Fail,
): Promise<Descriptor | null> {
  const dialled = network(shell, target);
  if (dialled) {
    shell.complain(`connect: ${dialled}`);
    return fail(target, dialled) ? {} : null;
  }
  const { disk } = shell.machine;
  const name = path(shell, target);
  const existing = shell.descriptors.get(
    /^\/dev\/(?:stdout|fd\/1)$/.test(target) ? 1 : /^\/dev\/(?:stderr|fd\/2)$/.test(target) ? 2 : -1,
  );
  if (existing) return existing;
  if (target === '/dev/null') return { output: swallow };
  if (target === '/dev/tty' && shell.machine.options.terminal) return shell.descriptors.get(1) ?? { output: swallow };
  if (target === '') return fail(target, 'No such file or directory') ? {} : null;
  const stat = disk.stat(name, shell.actor);
  if (stat.ok && stat.value.kind !== 'file') {
    if (stat.value.kind === 'directory') return fail(target, 'Is a directory') ? {} : null;
    const write = (text: string): void => void disk.writeText(name, text, { append: true });
    return { output: { write } };
  }
  const isProc = stat.ok && /^\/(?:proc|sys)\//.test(name);
  if (!isProc) {
    const result = disk.writeText(name, '', { append, mode: 0o666 & ~shell.umask }, shell.actor);
    if (!result.ok) return fail(target, result.error.message) ? {} : null;
    opened.push(name);
  }
  return { output: new FileOutput(disk, name, shell.actor) };
}
