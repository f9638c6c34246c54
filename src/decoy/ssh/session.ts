import { StringDecoder } from 'node:string_decoder';
import type { PtyInfo, ServerChannel, ServerSession } from 'ssh2';
import type { DecoyHost, TerminalRecorder, Visit } from '../contract.ts';
import { toPath } from '../host/shell-text.ts';
import { ShellWitness } from '../host/shell-witness.ts';
import type { FileSystem, Shell } from '../shell/types.ts';
import type { Machine } from './machine.ts';
import { readScpCommand, serveScp } from './scp.ts';
import { serveSftp } from './sftp.ts';

export interface SessionContext {
  machine: Machine;
  host: DecoyHost;
  visit: Visit;
  fs: FileSystem;
  user: () => string;
}

/** How many variables a client may set, and how long they may be together. */
const maxEnv = 50;
const maxEnvLength = 16_384;
const columnsOf = (value: number | undefined): number => Math.min(500, Math.max(1, value || 80));

/** One session channel: what the client asks for on it, told and answered. */
export function serveSession(session: ServerSession, context: SessionContext): void {
  const { visit } = context;
  let pty: PtyInfo | null = null;
  let shell: Shell | null = null;
  let recorder: TerminalRecorder | null = null;
  const env: Record<string, string> = {};
  let envLength = 0;

  session.on('error', () => {});
  session.on('pty', (accept, _reject, info) => {
    pty = info;
    visit.describe({ term: info.term, terminal_size: `${info.cols}x${info.rows}` });
    accept?.();
  });
  session.on('window-change', (accept, _reject, info) => {
    shell?.resize(columnsOf(info.cols), columnsOf(info.rows));
    recorder?.resize(columnsOf(info.cols), columnsOf(info.rows));
    accept?.();
  });
  session.on('env', (accept, reject, { key, val }) => {
    envLength += key.length + val.length;
    // Debian's sshd takes these and drops the others.
    const isTaken = /^(?:LANG|LC_[A-Z]+)$/.test(key) && envLength <= maxEnvLength && Object.keys(env).length < maxEnv;
    visit.describe({
      [`env_${key
        .toLowerCase()
        .replace(/[^a-z0-9]/g, '_')
        .slice(0, 40)}`]: val.slice(0, 200),
    });
    if (!isTaken) {
      reject?.();
      return;
    }
    env[key] = toPath(val);
    accept?.();
  });
  session.on('signal', (accept) => accept?.());
  session.on('auth-agent', (_accept, reject) => {
    visit.describe({ wanted_agent: true });
    reject?.();
  });
  session.on('x11', (_accept, reject) => {
    visit.describe({ wanted_x11: true });
    reject?.();
  });
  session.on('subsystem', (_accept, reject, { name }) => {
    visit.describe({ wanted_subsystem: name.slice(0, 100) });
    reject?.();
  });
  session.on('sftp', (accept) => {
    const sftp = accept?.();
    if (sftp === undefined) return;
    visit.describe({ sftp: true });
    serveSftp(sftp, { ...context, user: context.user() });
  });
  session.on('exec', (accept, _reject, { command }) => {
    const channel = accept?.();
    if (channel === undefined) return;
    const scp = readScpCommand(command);
    if (scp === null) {
      void run(channel, command);
      return;
    }
    visit.report({
      event_type: 'decoy.command',
      message: `${visit.address} ran: ${command.slice(0, 500)}`,
      user: context.user(),
      fields: { command, mode: 'exec', programs: ['scp'], found: true },
    });
    serveScp(channel, scp, { ...context, user: context.user() });
  });
  session.on('shell', (accept) => {
    const channel = accept?.();
    if (channel !== undefined) void run(channel, null);
  });

  async function run(channel: ServerChannel, command: string | null): Promise<void> {
    const { machine, host, fs } = context;
    const user = context.user();
    const terminal = pty === null ? null : { term: pty.term, columns: columnsOf(pty.cols), rows: columnsOf(pty.rows) };
    const own = visit.recordTerminal({
      columns: terminal?.columns ?? 80,
      rows: terminal?.rows ?? 24,
      term: terminal?.term ?? 'dumb',
      title: command === null ? `${user}@${visit.address}` : command.slice(0, 150),
    });
    recorder = own;
    const watch = new ShellWitness(visit, user, command === null ? 'shell' : 'exec', own);
    const decoder = new StringDecoder('utf8');
    let isOver = false;
    const write = (stream: 'stdout' | 'stderr', data: Uint8Array): void => {
      if (isOver || data.length === 0) return;
      const text = decoder.write(Buffer.from(data));
      // Without a terminal, lines end as programs end them; a replay needs the carriage to return.
      own.output(terminal === null ? text.replace(/\r?\n/g, '\r\n') : text);
      if (!visit.countOutput(data.length)) {
        visit.end('too much output');
        return;
      }
      (stream === 'stderr' && terminal === null ? channel.stderr : channel).write(Buffer.from(data));
    };
    const started = machine.createShell({
      persona: machine.persona,
      fs,
      user,
      env,
      now: host.now,
      random: Math.random,
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      report: watch.report,
      write,
      connection: {
        peerAddress: visit.address,
        peerPort: visit.port,
        localAddress: visit.localAddress,
        localPort: 22,
      },
      ...(terminal !== null && { terminal }),
      via: 'ssh',
    });
    shell = started;
    const kill = (): void => {
      if (isOver) return;
      isOver = true;
      started.kill();
      watch.flush();
      own.end();
    };
    visit.signal.addEventListener('abort', kill, { once: true });
    channel.on('error', () => {});
    channel.on('close', kill);
    channel.on('data', (data: Buffer) => {
      if (isOver) return;
      own.input(data.toString('utf8'));
      started.input(data);
    });
    channel.on('end', () => {
      if (!isOver) started.end();
    });
    let exitCode = 0;
    try {
      exitCode = command === null ? await started.start() : (await started.run(toPath(command))).exitCode;
    } finally {
      watch.flush(command === null ? undefined : exitCode);
      own.end();
      visit.signal.removeEventListener('abort', kill);
      if (!isOver) {
        isOver = true;
        channel.exit(exitCode & 0xff);
        channel.end();
      }
    }
  }
}
