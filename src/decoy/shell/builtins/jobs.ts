import type { Call, CommandTable } from '../run/call.ts';
import { findJob, jobLine, waitFor } from '../run/jobs.ts';
import { ExitSignal, LimitSignal } from '../run/signals.ts';

export const signalNames = [
  '',
  'HUP',
  'INT',
  'QUIT',
  'ILL',
  'TRAP',
  'ABRT',
  'BUS',
  'FPE',
  'KILL',
  'USR1',
  'SEGV',
  'USR2',
  'PIPE',
  'ALRM',
  'TERM',
  'STKFLT',
  'CHLD',
  'CONT',
  'STOP',
  'TSTP',
  'TTIN',
  'TTOU',
  'URG',
  'XCPU',
  'XFSZ',
  'VTALRM',
  'PROF',
  'WINCH',
  'IO',
  'PWR',
  'SYS',
];

/** Signals that end nothing of what runs here. */
const harmless = new Set([
  '0',
  'CONT',
  '18',
  'STOP',
  '19',
  'TSTP',
  '20',
  'HUP',
  '1',
  'CHLD',
  '17',
  'WINCH',
  '28',
  'URG',
  '23',
]);

/** Ends one of the visitor's processes, or ends the session when it is their shell. */
export function killProcess(call: Call, pid: number, signal: string): 'gone' | 'denied' | 'done' {
  const { machine } = call;
  const process = machine.processes().find((each) => each.pid === pid);
  if (pid === call.shell.pid || (process && machine.session.includes(process) && process.name === 'bash')) {
    if (['9', 'KILL', 'SIGKILL', '1', 'HUP', 'SIGHUP'].includes(signal)) {
      machine.kill();
      throw new LimitSignal('killed');
    }
    return 'done';
  }
  if (!process) return 'gone';
  if (call.actor.uid !== 0 && process.user !== call.shell.user) return 'denied';
  if (harmless.has(signal.replace(/^SIG/, '')) || pid === 1) return 'done';
  const own = machine.session.indexOf(process);
  if (own >= 0) machine.session.splice(own, 1);
  else machine.ended.add(pid);
  const job = call.shell.jobs.find((each) => each.pid === pid && each.state === 'Running');
  if (job !== undefined) {
    job.state = /9|KILL/.test(signal) ? 'Killed' : 'Terminated';
    job.status = job.state === 'Killed' ? 137 : 143;
  }
  return 'done';
}

function kill(call: Call): number {
  const { args } = call;
  if (args.length === 0) {
    call.err('kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n');
    return 2;
  }
  if (args[0] === '-l' || args[0] === '-L') {
    if (args[1] === undefined) {
      const rows = signalNames.slice(1).map((name, at) => `${String(at + 1).padStart(2)}) SIG${name}`);
      for (let at = 0; at < rows.length; at += 5) call.out(`${rows.slice(at, at + 5).join('\t')}\n`);
      return 0;
    }
    for (const arg of args.slice(1)) {
      const number = Number(arg);
      if (Number.isInteger(number) && signalNames[number & 127]) call.out(`${signalNames[number & 127]}\n`);
      else if (signalNames.includes(arg.replace(/^SIG/, '').toUpperCase()))
        call.out(`${signalNames.indexOf(arg.replace(/^SIG/, '').toUpperCase())}\n`);
      else return call.complain(`${arg}: invalid signal specification`);
    }
    return 0;
  }
  let signal = 'TERM';
  let rest = args;
  if (args[0] === '-s' || args[0] === '-n') {
    signal = args[1] ?? '';
    rest = args.slice(2);
  } else if (/^-./.test(args[0] ?? '') && args[0] !== '--') {
    signal = (args[0] as string).slice(1);
    rest = args.slice(1);
  }
  const name = signal.replace(/^SIG/, '').toUpperCase();
  if (!/^\d+$/.test(signal) && !signalNames.includes(name))
    return call.complain(`${signal}: invalid signal specification`);
  let status = 0;
  for (const arg of rest.filter((each) => each !== '--')) {
    const job = arg.startsWith('%') ? findJob(call.shell, arg) : undefined;
    if (arg.startsWith('%') && job === undefined) {
      status = call.complain(`${arg}: no such job`);
      continue;
    }
    if (job !== undefined && job.state === 'Running' && !harmless.has(name)) {
      // A job of several programs has no process of its own in here.
      if (killProcess(call, job.pid, name) === 'gone') {
        job.state = name === 'KILL' || name === '9' ? 'Killed' : 'Terminated';
        job.status = job.state === 'Killed' ? 137 : 143;
      }
      continue;
    }
    if (!/^-?\d+$/.test(arg)) {
      status = call.complain(`${arg}: arguments must be process or job IDs`);
      continue;
    }
    const result = killProcess(call, Math.abs(Number(arg)), name);
    if (result === 'gone') status = call.complain(`(${arg}) - No such process`);
    if (result === 'denied') status = call.complain(`(${arg}) - Operation not permitted`);
  }
  return status;
}

const limits: readonly (readonly [letter: string, label: string, unit: string, value: string])[] = [
  ['R', 'real-time non-blocking time', '(microseconds, -R)', 'unlimited'],
  ['c', 'core file size', '(blocks, -c)', '0'],
  ['d', 'data seg size', '(kbytes, -d)', 'unlimited'],
  ['e', 'scheduling priority', '(-e)', '0'],
  ['f', 'file size', '(blocks, -f)', 'unlimited'],
  ['i', 'pending signals', '(-i)', ''],
  ['l', 'max locked memory', '(kbytes, -l)', ''],
  ['m', 'max memory size', '(kbytes, -m)', 'unlimited'],
  ['n', 'open files', '(-n)', '1024'],
  ['p', 'pipe size', '(512 bytes, -p)', '8'],
  ['q', 'POSIX message queues', '(bytes, -q)', '819200'],
  ['r', 'real-time priority', '(-r)', '0'],
  ['s', 'stack size', '(kbytes, -s)', '8192'],
  ['t', 'cpu time', '(seconds, -t)', 'unlimited'],
  ['u', 'max user processes', '(-u)', ''],
  ['v', 'virtual memory', '(kbytes, -v)', 'unlimited'],
  ['x', 'file locks', '(-x)', 'unlimited'],
];

function ulimit(call: Call): number {
  const flag =
    call.args
      .find((arg) => arg.startsWith('-'))
      ?.slice(1)
      .replace(/[HS]/g, '') || 'f';
  const value = call.args.find((arg) => !arg.startsWith('-'));
  const processes = String(Math.floor(call.persona.memory.totalKb / 260));
  const limitOf = ([letter, , , fallback]: (typeof limits)[number]): string =>
    call.shell.limits.get(letter) ??
    (letter === 'i' || letter === 'u'
      ? processes
      : letter === 'l'
        ? String(Math.floor(call.persona.memory.totalKb / 8))
        : fallback);
  if (flag.includes('a')) {
    for (const limit of limits) call.out(`${limit[1].padEnd(20)}${limit[2].padStart(20)} ${limitOf(limit)}\n`);
    return 0;
  }
  const limit = limits.find(([letter]) => letter === flag[0]);
  if (!limit) return call.complain(`-${flag[0]}: invalid option`, 2);
  if (value === undefined) call.out(`${limitOf(limit)}\n`);
  else if (!/^(?:\d+|unlimited|hard|soft)$/.test(value)) return call.complain(`${value}: invalid number`);
  else call.shell.limits.set(limit[0], value);
  return 0;
}

function history(call: Call): number {
  const { machine } = call;
  if (call.args[0] === '-c') machine.history.length = 0;
  else if (call.args[0] === undefined || /^\d+$/.test(call.args[0])) {
    if (!call.shell.isInteractive) return 0;
    const count = Number(call.args[0] ?? machine.history.length);
    for (const [at, line] of [...machine.history.entries()].slice(-count))
      call.out(`${String(at + 1).padStart(5)}  ${line}\n`);
  }
  return 0;
}

async function foreground(call: Call): Promise<number> {
  if (!call.shell.isInteractive) return call.complain('no job control');
  const job = findJob(call.shell, call.args[0] ?? '%+');
  if (job === undefined) return call.complain(`${call.args[0] ?? 'current'}: no such job`);
  if (call.name === 'bg') return call.complain(`job ${job.number} already in background`, 0);
  call.out(`${job.source}\n`);
  return waitFor(call.shell, job);
}

function jobs(call: Call): number {
  const letters = call.args.find((arg) => arg.startsWith('-')) ?? '';
  for (const job of call.shell.jobs)
    call.out(letters.includes('p') ? `${job.pid}\n` : jobLine(call.shell, job, letters.includes('l')));
  call.shell.jobs = call.shell.jobs.filter(({ state }) => state === 'Running');
  return 0;
}

async function wait(call: Call): Promise<number> {
  const named = call.args.filter((arg) => !arg.startsWith('-'));
  if (named.length === 0) {
    for (const job of [...call.shell.jobs]) await waitFor(call.shell, job);
    return 0;
  }
  let status = 0;
  for (const arg of named) {
    const job = findJob(call.shell, arg);
    if (job !== undefined) status = await waitFor(call.shell, job);
    else if (arg.startsWith('%')) status = call.complain(`${arg}: no such job`, 127);
    else status = call.complain(`pid ${arg} is not a child of this shell`, 127);
  }
  return status;
}

export const jobBuiltins: CommandTable = {
  kill,
  ulimit,
  history,
  jobs,
  wait,
  fg: foreground,
  bg: foreground,
  disown: (call) => (call.args.length > 0 ? call.complain(`${call.args[0]}: no such job`) : 0),
  fc: () => 0,
  times: (call) => {
    call.out('0m0.004s 0m0.002s\n0m0.000s 0m0.000s\n');
    return 0;
  },
  suspend: (call) => {
    if (call.shell.mode === 'login') return call.complain('cannot suspend a login shell');
    throw new ExitSignal(0);
  },
};
