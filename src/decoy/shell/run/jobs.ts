import type { AndOr } from '../syntax/ast.ts';
import type { Interpreter } from './interpreter.ts';
import { andOr } from './pipeline.ts';
import { InterruptSignal, LimitSignal } from './signals.ts';
import { Input } from './streams.ts';

/** A command that was begun with `&`. */
export interface Job {
  number: number;
  pid: number;
  source: string;
  /** `Killed` and `Terminated` by a signal. */
  state: 'Running' | 'Done' | 'Killed' | 'Terminated';
  status: number;
  /** Settles when it is over; never rejects. */
  over: Promise<void>;
  /** An interactive shell tells the end before its next prompt, once. */
  isTold: boolean;
}

/** What ends so soon ends before the shell goes on, so that its output stands where it is expected. */
const soonMs = 40;
const most = 50;

/** Begins a command and goes on, as `&` says. */
export async function background(shell: Interpreter, each: AndOr): Promise<void> {
  const { machine } = shell;
  const running = shell.jobs.filter(({ state, isTold }) => state === 'Running' || !isTold);
  if (running.length >= most) machine.limit('depth');
  const copy = shell.fork();
  copy.descriptors.set(0, { input: new Input('') });
  copy.reservedPid = copy.ownPid;
  const job: Job = {
    number: Math.max(0, ...running.map(({ number }) => number)) + 1,
    pid: copy.ownPid,
    source: each.source.replace(/\s*&?\s*$/, ''),
    state: 'Running',
    status: 0,
    over: Promise.resolve(),
    isTold: !shell.isInteractive,
  };
  shell.lastBackground = String(job.pid);
  if (shell.isInteractive && !shell.isSubshell) shell.err(`[${job.number}] ${job.pid}\n`);
  shell.jobs = [...running, job];
  const ended = (status: number): void => {
    if (job.state !== 'Running') return;
    job.status = status;
    job.state = status === 137 ? 'Killed' : status === 143 ? 'Terminated' : 'Done';
  };
  job.over = machine
    .deeper(() => andOr(copy, { ...each, isBackground: false }))
    // A cap ends it as a signal would; Ctrl-C is not meant for it, but what it did is over.
    .catch((error: unknown) =>
      error instanceof LimitSignal ? error.status : error instanceof InterruptSignal ? 0 : copy.statusOf(error),
    )
    .then(ended);
  await Promise.race([job.over, machine.options.pause(soonMs)]);
  shell.status = 0;
}

/** `[1]+  Running                 sleep 30 &` */
export function jobLine(shell: Interpreter, job: Job, withPid = false): string {
  const at = shell.jobs.length - 1 - shell.jobs.indexOf(job);
  const mark = at === 0 ? '+' : at === 1 ? '-' : ' ';
  const pid = withPid ? ` ${job.pid}` : ' ';
  const state = job.state === 'Done' && job.status !== 0 ? `Exit ${job.status}` : job.state;
  return `[${job.number}]${mark}${pid} ${state.padEnd(24)}${job.source}${job.state === 'Running' ? ' &' : ''}\n`;
}

/** Tells the jobs that have ended, once, and forgets them. */
export function tellEnded(shell: Interpreter): void {
  for (const job of shell.jobs) if (job.state !== 'Running' && !job.isTold) shell.err(jobLine(shell, job));
  shell.jobs = shell.jobs.filter(({ state }) => state === 'Running');
}

/** `%1`, `%%`, `%+`, `%-`, `%name`, or a process number. */
export function findJob(shell: Interpreter, text: string): Job | undefined {
  if (!text.startsWith('%')) return shell.jobs.find(({ pid }) => String(pid) === text);
  const name = text.slice(1);
  if (name === '' || name === '%' || name === '+') return shell.jobs.at(-1);
  if (name === '-') return shell.jobs.at(-2) ?? shell.jobs.at(-1);
  return shell.jobs.find(({ number, source }) => String(number) === name || source.startsWith(name));
}

/** Waits until it is over; Ctrl-C ends the waiting. */
export async function waitFor(shell: Interpreter, job: Job): Promise<number> {
  while (job.state === 'Running') {
    await Promise.race([job.over, shell.machine.options.pause(100)]);
    shell.machine.check();
  }
  shell.jobs = shell.jobs.filter((each) => each !== job);
  return job.status;
}
