import { asByteString, fromBytes, toBytes } from './bytes.ts';
import { findCommand, programNames } from './commands/index.ts';
import { Disk } from './disk/disk.ts';
import { registerPrograms } from './disk/elf.ts';
import { motd } from './disk/etc.ts';
import { completion, Feed, isUnfinished } from './feed.ts';
import { Machine } from './machine.ts';
import { listTimeOfLogin, prompt } from './prompt.ts';
import { Interpreter } from './run/interpreter.ts';
import { tellEnded } from './run/jobs.ts';
import { ExitSignal, InterruptSignal, LimitSignal } from './run/signals.ts';
import { type Descriptor, Input, type Output } from './run/streams.ts';
import { newVariable } from './run/variables.ts';
import { Terminal } from './tty.ts';
import type { Shell, ShellOptions } from './types.ts';

const rootPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const userPath = '/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games';

/** A login session of the imitated machine. */
export function createShell(options: ShellOptions): Shell {
  const { fs } = options;
  if (!(fs instanceof Disk)) throw new TypeError('The shell needs a file system from createFileSystem.');
  const machine = new Machine(options, fs);
  const terminal = options.terminal ? new Terminal(machine) : null;
  const feed = new Feed();
  const session = new Session(machine, terminal, feed);
  return {
    run: (command, stdin) => session.run(asByteString(command), stdin),
    start: () => session.start(),
    input(data) {
      const text = fromBytes(data);
      if (terminal) terminal.input(text);
      else if (text.includes('\x03') && !session.isExec) session.interrupt();
      else feed.push(text);
    },
    end() {
      feed.end();
      terminal?.end();
    },
    resize(columns, rows) {
      machine.columns = columns;
      machine.rows = rows;
    },
    kill() {
      machine.kill();
      feed.end();
      terminal?.end();
      session.closed();
    },
  };
}

class Session {
  readonly #machine: Machine;
  readonly #terminal: Terminal | null;
  readonly #feed: Feed;
  isExec = false;
  #isClosed = false;

  constructor(machine: Machine, terminal: Terminal | null, feed: Feed) {
    this.#machine = machine;
    this.#terminal = terminal;
    this.#feed = feed;
    machine.findCommand = findCommand;
    registerPrograms(programNames());
    if (!terminal) return;
    terminal.onInterrupt = () => this.interrupt();
    machine.secretLine = (question) => terminal.read(question, false);
  }

  interrupt(): void {
    this.#machine.interrupt();
  }

  /** The session's files are told once, at its end. */
  closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#machine.reportFiles();
  }

  #shell(mode: Interpreter['mode'], name: string, descriptors: Map<number, Descriptor>): Interpreter {
    const machine = this.#machine;
    const { options, persona } = machine;
    const user = asByteString(options.user);
    const account = persona.users.find((each) => each.name === user);
    const actor = account && account.uid !== 0 ? { uid: account.uid, gid: account.gid } : { uid: 0, gid: 0 };
    const shownUser = account?.name ?? (actor.uid === 0 ? 'root' : user);
    const home = account?.home ?? '/root';
    const { peerAddress, peerPort, localAddress, localPort } = machine.connection();
    const env = new Map<string, string>([
      ['SHELL', '/bin/bash'],
      ['PWD', home],
      ['LOGNAME', shownUser],
      ['HOME', home],
      ['LANG', 'C.UTF-8'],
    ]);
    if (options.via !== 'telnet') {
      env.set('SSH_CONNECTION', `${peerAddress} ${peerPort} ${localAddress} ${localPort}`);
      env.set('SSH_CLIENT', `${peerAddress} ${peerPort} ${localPort}`);
    }
    if (options.terminal) {
      env.set('TERM', asByteString(options.terminal.term));
      if (options.via !== 'telnet') env.set('SSH_TTY', '/dev/pts/0');
    }
    env.set('USER', shownUser);
    env.set('PATH', actor.uid === 0 ? rootPath : userPath);
    env.set('SHLVL', '0');
    for (const [variable, value] of Object.entries(options.env ?? {}).slice(0, 50))
      if (/^(?:LANG|LC_[A-Z]+|COLORTERM)$/.test(variable) && value.length < 1000)
        env.set(variable, asByteString(value));
    const parents = this.#parents(shownUser);
    const shell = new Interpreter({
      machine,
      name,
      dialect: 'bash',
      mode,
      env,
      cwd: home,
      actor,
      user: shownUser,
      descriptors,
    });
    shell.variables.put('BASH_VERSINFO', {
      ...newVariable(''),
      isReadonly: true,
      array: new Map(['5', '2', '15', '1', 'release', 'x86_64-pc-linux-gnu'].map((part, at) => [String(at), part])),
    });
    machine.session.push({
      pid: shell.pid,
      ppid: parents,
      user: shownUser,
      tty: machine.terminalName,
      state: options.terminal ? 'Ss' : 'Ss',
      startedAt: machine.now(),
      cpuSeconds: 0,
      virtualKb: 7_972 + (shell.pid % 300),
      residentKb: 4_600 + (shell.pid % 400),
      name: 'bash',
      command: name === '-bash' ? '-bash' : 'bash',
      exe: '/usr/bin/bash',
      cwd: home,
      env,
    });
    machine.disk.world.self = shell.pid;
    return shell;
  }

  /** sshd's processes above the shell. */
  #parents(user: string): number {
    const machine = this.#machine;
    const { options, persona } = machine;
    const listener = persona.processes.find((each) => each.name === 'sshd');
    const base = { startedAt: machine.loginAt - 900, cpuSeconds: 0, tty: '?', virtualKb: 17_600, residentKb: 10_900 };
    if (options.via === 'telnet') {
      const pid = machine.newPid();
      machine.session.push({
        ...base,
        pid,
        ppid: 1,
        user: 'root',
        state: 'Ss',
        name: 'in.telnetd',
        command: 'in.telnetd',
        virtualKb: 5_200,
        residentKb: 2_400,
      });
      return pid;
    }
    const first = machine.newPid();
    machine.session.push({
      ...base,
      pid: first,
      ppid: listener?.pid ?? 1,
      user: 'root',
      state: 'Ss',
      name: 'sshd',
      command: `sshd: ${user}${user === 'root' ? `@${options.terminal ? 'pts/0' : 'notty'}` : ' [priv]'}`,
    });
    if (user === 'root') return first;
    const second = machine.newPid();
    machine.session.push({
      ...base,
      pid: second,
      ppid: first,
      user,
      state: 'S',
      name: 'sshd',
      command: `sshd: ${user}@${options.terminal ? 'pts/0' : 'notty'}`,
    });
    return second;
  }

  // ---- exec mode ----

  async run(
    command: string,
    stdin?: Uint8Array,
  ): Promise<{ exitCode: number; stdout: Uint8Array; stderr: Uint8Array }> {
    this.isExec = true;
    const machine = this.#machine;
    let stdout = '';
    let stderr = '';
    const out: Output = {
      isTerminal: this.#terminal !== null,
      write: (text) => {
        stdout += text;
        if (this.#terminal) this.#terminal.show(text);
        else machine.write('stdout', text);
      },
    };
    const err: Output = {
      isTerminal: this.#terminal !== null,
      write: (text) => {
        stderr += text;
        if (this.#terminal) this.#terminal.show(text);
        else machine.write('stderr', text);
      },
    };
    const input = stdin
      ? new Input(fromBytes(stdin))
      : this.#terminal
        ? this.#terminalInput()
        : new Input(() => this.#feed.pull());
    const shell = this.#shell(
      'command',
      'bash',
      new Map<number, Descriptor>([
        [0, { input }],
        [1, { output: out }],
        [2, { output: err }],
      ]),
    );
    machine.report({ type: 'input', line: command });
    machine.renew();
    let exitCode: number;
    try {
      exitCode = await shell.runWhole(command);
    } catch (error) {
      exitCode =
        error instanceof LimitSignal || error instanceof InterruptSignal ? error.status : this.#unexpected(error);
    }
    this.closed();
    // What still runs behind ends with the session.
    machine.kill();
    return { exitCode: exitCode & 255, stdout: toBytes(stdout), stderr: toBytes(stderr) };
  }

  /** A fault of ours must not be the visitor's gain: it ends the command as a crash would. */
  #unexpected(error: unknown): number {
    if (error instanceof RangeError) return 139;
    if (error instanceof ExitSignal) return error.status;
    return 139;
  }

  #terminalInput(): Input {
    return new Input(() => (this.#terminal as Terminal).read(''), true);
  }

  // ---- login shell ----

  async start(): Promise<number> {
    const machine = this.#machine;
    const terminal = this.#terminal;
    const write = (text: string): void => (terminal ? terminal.show(text) : machine.write('stdout', text));
    const output: Output = { isTerminal: terminal !== null, write };
    const errors: Output = terminal ? output : { write: (text) => machine.write('stderr', text) };
    const feedInput = new Input(() => this.#feed.pull());
    const input = terminal ? this.#terminalInput() : feedInput;
    const shell = this.#shell(
      terminal ? 'login' : 'stdin',
      '-bash',
      new Map<number, Descriptor>([
        [0, { input }],
        [1, { output }],
        [2, { output: errors }],
      ]),
    );
    if (terminal) this.#greet(shell);
    let commands = 0;
    let status = 0;
    let pending = '';
    try {
      for (;;) {
        if (machine.isKilled) break;
        tellEnded(shell);
        const line = terminal ? await terminal.read(pending === '' ? prompt(shell) : '> ') : await feedInput.line();
        if (line === null) {
          if (terminal) terminal.show('\nlogout\n');
          break;
        }
        if (line === '') {
          pending = '';
          shell.status = 130;
          continue;
        }
        commands += 1;
        if (commands > machine.caps.commands) machine.limit('commands');
        const text = pending + line;
        if (terminal && isUnfinished(text)) {
          pending = text.length < machine.caps.valueBytes ? text : '';
          continue;
        }
        pending = '';
        const shown = text.replace(/\n$/, '');
        if (shown.trim() === '') continue;
        if (machine.history.length < 2000) machine.history.push(shown);
        machine.report({ type: 'input', line: shown });
        machine.renew();
        shell.line = 1;
        status = await this.#runLine(shell, text);
      }
      status = await shell.finish(shell.status);
    } catch (error) {
      status =
        error instanceof ExitSignal
          ? await this.#ended(shell, error.status)
          : error instanceof LimitSignal
            ? error.status
            : this.#unexpected(error);
    }
    this.closed();
    machine.kill();
    return status & 255;
  }

  async #ended(shell: Interpreter, status: number): Promise<number> {
    try {
      return await shell.finish(status);
    } catch {
      return status;
    }
  }

  async #runLine(shell: Interpreter, text: string): Promise<number> {
    try {
      return await shell.runText(text);
    } catch (error) {
      if (error instanceof ExitSignal) {
        // A failed expansion ends the line of an interactive shell, `exit` ends the shell.
        throw error;
      }
      if (error instanceof InterruptSignal) shell.status = 130;
      else if (error instanceof LimitSignal) {
        if (error.cap === 'killed' || error.cap === 'outputBytes') throw error;
        shell.err('Killed\n');
        shell.status = 137;
      } else {
        shell.status = shell.statusOf(error);
      }
      return shell.status;
    }
  }

  #greet(shell: Interpreter): void {
    const machine = this.#machine;
    const { persona } = machine;
    const terminal = this.#terminal as Terminal;
    terminal.show(
      `Linux ${machine.disk.world.hostname} ${persona.kernel.release} ${persona.kernel.build} x86_64\n${motd}`,
    );
    const last = persona.logins.find(({ user }) => user === shell.user) ?? persona.logins[0];
    if (last && machine.options.via !== 'telnet')
      terminal.show(`Last login: ${listTimeOfLogin(last.at)} from ${last.from}\n`);
    terminal.complete = (line) => completion(shell, line);
  }
}
