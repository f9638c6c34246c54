import { killProcess, signalNames } from '../builtins/jobs.ts';
import { curly } from '../bytes.ts';
import type { RunningProcess } from '../disk/proc.ts';
import { loadNow, memoryNow } from '../disk/proc-files.ts';
import { type Call, type CommandTable, getopt } from '../run/call.ts';
import { visitorsRegex } from '../run/visitors-regex.ts';

const two = (value: number): string => String(value).padStart(2, '0');
const processes = (call: Call): RunningProcess[] => call.machine.processes().sort((a, b) => a.pid - b.pid);

function started(at: number, now: number): string {
  const date = new Date(at);
  if (now - at < 86_400_000) return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
  return `${['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][date.getUTCMonth()]}${two(date.getUTCDate())}`;
}

const long = (seconds: number): string =>
  `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(Math.floor(seconds) % 60)}`;
const short = (seconds: number): string => `${Math.floor(seconds / 60)}:${two(Math.floor(seconds) % 60)}`;

interface Column {
  title: string;
  width: number;
  isLeft?: boolean;
  value: (process: RunningProcess, call: Call) => string;
}

const uidOf = (process: RunningProcess, call: Call): string =>
  String(call.persona.users.find(({ name }) => name === process.user)?.uid ?? 0);
const columnsByName: Readonly<Record<string, Column>> = {
  pid: { title: 'PID', width: 7, value: ({ pid }) => String(pid) },
  ppid: { title: 'PPID', width: 7, value: ({ ppid }) => String(ppid) },
  user: { title: 'USER', width: 8, isLeft: true, value: ({ user }) => shortUser(user) },
  uid: { title: 'UID', width: 5, value: uidOf },
  comm: { title: 'COMMAND', width: 15, isLeft: true, value: ({ name }) => name },
  cmd: { title: 'CMD', width: 27, isLeft: true, value: ({ command }) => command },
  args: { title: 'COMMAND', width: 27, isLeft: true, value: ({ command }) => command },
  command: { title: 'COMMAND', width: 27, isLeft: true, value: ({ command }) => command },
  tty: { title: 'TT', width: 8, isLeft: true, value: ({ tty }) => tty },
  stat: { title: 'STAT', width: 4, isLeft: true, value: ({ state }) => state },
  state: { title: 'S', width: 1, value: ({ state }) => state[0] as string },
  time: { title: 'TIME', width: 8, value: ({ cpuSeconds }) => long(cpuSeconds) },
  etime: { title: 'ELAPSED', width: 11, value: ({ startedAt }, call) => elapsed((call.now - startedAt) / 1000) },
  pcpu: { title: '%CPU', width: 4, value: share },
  pmem: {
    title: '%MEM',
    width: 4,
    value: (process, call) => ((process.residentKb * 100) / call.persona.memory.totalKb).toFixed(1),
  },
  vsz: { title: 'VSZ', width: 6, value: ({ virtualKb }) => String(virtualKb) },
  rss: { title: 'RSS', width: 5, value: ({ residentKb }) => String(residentKb) },
  ni: { title: 'NI', width: 3, value: ({ state }) => (state.includes('<') ? '-20' : state.includes('N') ? '5' : '0') },
  start: { title: 'STARTED', width: 8, value: ({ startedAt }, call) => started(startedAt, call.now) },
};
const synonyms: Readonly<Record<string, string>> = {
  '%cpu': 'pcpu',
  '%mem': 'pmem',
  ucmd: 'comm',
  ucomm: 'comm',
  tt: 'tty',
  tname: 'tty',
  s: 'state',
  nice: 'ni',
  euser: 'user',
  ruser: 'user',
  rssize: 'rss',
  rsz: 'rss',
  vsize: 'vsz',
  start_time: 'start',
  lstart: 'start',
  euid: 'uid',
  cputime: 'time',
};

const shortUser = (user: string): string => (user.length > 8 ? `${user.slice(0, 7)}+` : user);

function share(process: RunningProcess, call: Call): string {
  const seconds = Math.max(1, (call.now - process.startedAt) / 1000);
  return Math.min(99, (process.cpuSeconds * 100) / seconds).toFixed(1);
}

function elapsed(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const rest = long(seconds % 86_400);
  return days > 0 ? `${days}-${rest}` : seconds < 3600 ? rest.slice(3) : rest;
}

function table(
  call: Call,
  rows: readonly RunningProcess[],
  names: readonly { name: string; title: string | undefined }[],
): void {
  const columns = names.map(({ name, title }) => {
    const column = columnsByName[synonyms[name] ?? name] as Column;
    return { ...column, title: title ?? column.title };
  });
  const line = (cells: readonly string[]): string =>
    `${cells
      .map((cell, at) => {
        const column = columns[at] as Column;
        if (at === cells.length - 1 && column.isLeft) return cell;
        const width = Math.max(column.width, column.title.length);
        return column.isLeft ? cell.padEnd(width) : cell.padStart(width);
      })
      .join(' ')}\n`;
  if (columns.some(({ title }) => title !== '')) call.out(line(columns.map(({ title }) => title)));
  for (const row of rows) call.out(line(columns.map(({ value }) => value(row, call))));
}

function ps(call: Call): number {
  if (call.isBusybox) {
    call.out('PID   USER     COMMAND\n');
    for (const each of processes(call))
      call.out(`${String(each.pid).padStart(5)} ${shortUser(each.user).padEnd(8)} ${each.command}\n`);
    return 0;
  }
  const letters = call.args.filter((arg) => /^-?[a-zA-Z]+$/.test(arg)).join('');
  const args = [...call.args];
  let all =
    /-[a-zA-Z]*[eA]/.test(args.join(' ')) || args.some((arg) => /^-?[a-zA-Z]*x/.test(arg) && !arg.startsWith('-o'));
  const pids: number[] = [];
  let user: string | null = null;
  let names: { name: string; title: string | undefined }[] | null = null;
  let byName: string | null = null;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    const format = /^(?:-?[a-zA-Z]*o|--format)=?(.*)$/.exec(arg);
    if (/^-?p$|^--pid$/.test(arg)) pids.push(...(args[++at] ?? '').split(',').map(Number));
    else if (/^-[uU]$|^--user$/.test(arg)) user = args[++at] ?? '';
    else if (arg === '-C') byName = args[++at] ?? '';
    else if (arg === '--ppid' || arg === '--sort' || arg === '-t') at += 1;
    else if (/^\d+$/.test(arg)) pids.push(Number(arg));
    else if (format && !/^--(?!format)/.test(arg) && !/^-?(?:aux|ef)/.test(arg)) {
      const lead = arg.replace(/^-/, '').slice(0, -1 - (format[1] ?? '').length);
      if (lead.includes('e') || lead.includes('A') || lead.includes('x')) all = true;
      names ??= [];
      for (const piece of (format[1] || args[++at] || '').split(/[, ]+/).filter(Boolean)) {
        const [name = '', title] = piece.split('=');
        if (!columnsByName[synonyms[name] ?? name]) {
          call.err(
            `error: unknown user-defined format specifier "${name}"\n\nUsage:\n ps [options]\n\n Try 'ps --help <simple|list|output|threads|misc|all>'\n  or 'ps --help <s|l|o|t|m|a>'\n for additional help text.\n\nFor more details see ps(1).\n`,
          );
          return 1;
        }
        names.push({ name, title });
      }
    }
  }
  const isTerminal = call.machine.terminalName;
  const own = processes(call);
  const rows = own.filter((each) =>
    pids.length > 0
      ? pids.includes(each.pid)
      : user !== null
        ? each.user === user || uidOf(each, call) === user
        : byName !== null
          ? each.name === byName
          : all
            ? true
            : call.machine.session.includes(each) && each.tty === isTerminal && !each.name.startsWith('sshd'),
  );
  if (names) table(call, rows, names);
  else if (/u/.test(letters) && user === null) {
    call.out('USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n');
    for (const each of rows)
      call.out(
        `${shortUser(each.user).padEnd(8)} ${String(each.pid).padStart(7)} ${share(each, call).padStart(4)} ${((each.residentKb * 100) / call.persona.memory.totalKb).toFixed(1).padStart(4)} ${String(each.virtualKb).padStart(6)} ${String(each.residentKb).padStart(5)} ${each.tty.padEnd(8)} ${each.state.padEnd(4)} ${started(each.startedAt, call.now).padEnd(5)} ${short(each.cpuSeconds).padStart(6)} ${each.command}\n`,
      );
  } else if (/f/.test(letters)) {
    call.out('UID          PID    PPID  C STIME TTY          TIME CMD\n');
    for (const each of rows)
      call.out(
        `${shortUser(each.user).padEnd(8)} ${String(each.pid).padStart(7)} ${String(each.ppid).padStart(7)}  0 ${started(each.startedAt, call.now).padEnd(5)} ${each.tty.padEnd(8)} ${long(each.cpuSeconds)} ${each.command}\n`,
      );
  } else if (/x/.test(letters)) {
    call.out('    PID TTY      STAT   TIME COMMAND\n');
    for (const each of rows)
      call.out(
        `${String(each.pid).padStart(7)} ${each.tty.padEnd(8)} ${each.state.padEnd(4)} ${short(each.cpuSeconds).padStart(6)} ${each.command}\n`,
      );
  } else {
    call.out('    PID TTY          TIME CMD\n');
    for (const each of rows)
      call.out(`${String(each.pid).padStart(7)} ${each.tty.padEnd(8)} ${long(each.cpuSeconds)} ${each.name}\n`);
  }
  return rows.length > 0 ? 0 : 1;
}

function pgrep(call: Call): number {
  const isKill = call.name.endsWith('pkill');
  const args = isKill ? call.args.filter((arg) => !/^-(?:\d+|[A-Z]{3,})$/.test(arg)) : call.args;
  const options = getopt(Object.create(call, { args: { value: args } }) as Call, 'flaxnocvu:U:P:d:ie', {
    full: 'f',
    'list-name': 'l',
    exact: 'x',
    newest: 'n',
    'signal=': 's',
  });
  if (!options) return 2;
  const [pattern] = options.rest;
  if (pattern === undefined && !options.has('u') && !options.has('P'))
    return call.fail(`no matching criteria specified\nTry \`${call.name} --help' for more information.`, 2);
  let regex: RegExp;
  try {
    regex = visitorsRegex(options.has('x') ? `^(?:${pattern})$` : (pattern ?? ''), options.has('i') ? 'i' : '');
  } catch {
    return 2;
  }
  const self = call.machine.session.at(-1);
  const found = processes(call).filter(
    (each) =>
      each !== self &&
      each.name !== 'bash' &&
      regex.test(options.has('f') ? each.command : each.name) &&
      (options.get('u') === undefined || each.user === options.get('u')),
  );
  if (!isKill)
    for (const each of options.has('n') ? found.slice(-1) : found)
      call.out(
        options.has('a')
          ? `${each.pid} ${each.command}\n`
          : options.has('l')
            ? `${each.pid} ${each.name}\n`
            : `${each.pid}\n`,
      );
  return found.length > 0 ? 0 : 1;
}

function pidof(call: Call): number {
  const names = call.args.filter((arg) => !arg.startsWith('-'));
  const found = processes(call).filter((each) =>
    names.some((name) => each.name === name.slice(0, 15) || each.command.split(' ')[0] === name),
  );
  if (found.length === 0) return 1;
  call.out(
    `${found
      .reverse()
      .map(({ pid }) => pid)
      .join(' ')}\n`,
  );
  return 0;
}

function top(call: Call): number {
  const bad = call.args.find((arg) => /^--/.test(arg));
  if (bad !== undefined) {
    call.err(`top: unrecognized option '${bad}'\n`);
    return 0;
  }
  const now = memoryNow(call.disk);
  const own = processes(call);
  const date = new Date(call.now);
  const load = loadNow(call.disk)
    .map((value) => value.toFixed(2))
    .join(', ');
  const mib = (kb: number): string => (kb / 1024).toFixed(1).padStart(8);
  const minutes = Math.floor((call.now - call.persona.bootedAt) / 60_000);
  call.out(
    `top - ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} up ${Math.floor(minutes / 1440)} days, ${Math.floor(minutes / 60) % 24}:${two(minutes % 60)},  1 user,  load average: ${load}\n`,
  );
  call.out(
    `Tasks: ${String(own.length).padStart(3)} total,   1 running, ${String(own.length - 1).padStart(3)} sleeping,   0 stopped,   0 zombie\n%Cpu(s):  0.0 us,  0.3 sy,  0.0 ni, 99.7 id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st\n`,
  );
  call.out(
    `MiB Mem : ${mib(now.total)} total, ${mib(now.free)} free, ${mib(now.used)} used, ${mib(now.buffers + now.cached)} buff/cache\nMiB Swap: ${mib(now.swap)} total, ${mib(now.swap)} free, ${mib(0)} used. ${mib(now.available)} avail Mem\n\n    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND\n`,
  );
  for (const each of own.slice(0, call.machine.rows > 10 ? call.machine.rows - 7 : 20))
    call.out(
      `${String(each.pid).padStart(7)} ${shortUser(each.user).padEnd(8)}  20   0 ${String(each.virtualKb).padStart(7)} ${String(each.residentKb).padStart(6)} ${String(Math.floor(each.residentKb * 0.6)).padStart(6)} ${each.state[0]}   0.0 ${((each.residentKb * 100) / now.total).toFixed(1).padStart(5)} ${`${short(each.cpuSeconds)}.00`.padStart(9)} ${each.name}\n`,
    );
  return 0;
}

function kill(call: Call): number {
  if (call.args.length === 0) {
    call.err(`\nUsage:\n kill [options] <pid> [...]\n\n`);
    return 1;
  }
  let status = 0;
  const signal = call.args.find((arg) => /^-\w/.test(arg))?.slice(1) ?? 'TERM';
  if (signal === 'l') call.out(`${signalNames.slice(1).join(' ')}\n`);
  for (const arg of call.args.filter((each) => /^\d+$/.test(each))) {
    const result = killProcess(call, Number(arg), signal);
    if (result !== 'done')
      status = call.fail(`(${arg}): ${result === 'gone' ? 'No such process' : 'Operation not permitted'}`);
  }
  return status;
}

async function sleep(call: Call): Promise<number> {
  if (call.args.length === 0) return call.fail(`missing operand\nTry '${call.name} --help' for more information.`);
  let total = 0;
  for (const arg of call.args) {
    const match = /^(\d*\.?\d+)([smhd]?)$/.exec(arg);
    if (!match && arg !== 'infinity' && arg !== 'inf')
      return call.fail(`invalid time interval ${curly(arg)}\nTry '${call.name} --help' for more information.`);
    total += match ? Number(match[1]) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[match[2] as 's'] ?? 1) : 1e9;
  }
  const self = call.machine.session.at(-1);
  for (let left = total * 1000; left > 0; left -= 250) {
    await call.machine.wait(Math.min(left, 250));
    // Somebody ended it.
    if (self !== undefined && !call.machine.session.includes(self)) return 143;
  }
  return 0;
}

/** `timeout`: what takes longer by the imitated clock is ended. */
async function limited(call: Call, limit: string, args: string[]): Promise<number> {
  const match = /^(\d*\.?\d+)([smhd]?)$/.exec(limit);
  if (!match)
    return call.fail(`invalid time interval ${curly(limit)}\nTry '${call.name} --help' for more information.`, 125);
  const allowedMs = Number(match[1]) * 1000 * ({ s: 1, m: 60, h: 3600, d: 86_400 }[match[2] as 's'] ?? 1);
  const [, seconds] = args[0] === 'sleep' ? (/^(\d*\.?\d+)s?$/.exec(args[1] ?? '') ?? []) : [];
  if (allowedMs > 0 && seconds !== undefined && Number(seconds) * 1000 > allowedMs) {
    await call.run(['sleep', String(allowedMs / 1000)]);
    return 124;
  }
  const started = call.machine.now();
  const status = await call.run(args);
  return allowedMs > 0 && call.machine.now() - started > allowedMs ? 124 : status;
}

async function wrapped(call: Call): Promise<number> {
  const base = call.name.split('/').at(-1) as string;
  const valued: Record<string, string> = {
    timeout: 'ks',
    nice: 'n',
    ionice: 'cnpt',
    stdbuf: 'ioe',
    taskset: '',
    setsid: '',
    nohup: '',
    chrt: '',
    unshare: '',
    setarch: '',
    flock: 'wE',
    runuser: '',
  };
  const args = [...call.args];
  while (args[0]?.startsWith('-') && args[0].length > 1) {
    const flag = args.shift() as string;
    if (flag === '--') break;
    if (/^-\w$/.test(flag) && (valued[base] ?? '').includes(flag[1] as string)) args.shift();
  }
  if (['timeout', 'taskset', 'chrt', 'flock'].includes(base)) {
    if (args.length < 2) return call.fail(`missing operand\nTry '${call.name} --help' for more information.`, 125);
    const limit = args.shift() ?? '';
    if (base === 'timeout') return limited(call, limit, args);
  }
  if (args.length === 0)
    return base === 'nice'
      ? call.say('out', '0\n', 0)
      : call.fail(`missing operand\nTry '${call.name} --help' for more information.`, 125);
  if (base === 'nohup' && call.shell.descriptors.get(1)?.output?.isTerminal)
    call.err(`nohup: ignoring input and appending output to 'nohup.out'\n`);
  return call.run(args);
}

async function watch(call: Call): Promise<number> {
  const args = call.args.filter((arg, at) => !arg.startsWith('-') && !/^-n$/.test(call.args[at - 1] ?? ''));
  for (let turn = 0; turn < 1000; turn++) {
    await call.run(['sh', '-c', args.join(' ')]);
    await call.machine.wait(2000);
  }
  return 0;
}

export const processCommands: CommandTable = {
  ps,
  pgrep,
  pkill: pgrep,
  pidof,
  killall5: pidof,
  top,
  kill,
  skill: kill,
  sleep,
  timeout: wrapped,
  nohup: wrapped,
  nice: wrapped,
  ionice: wrapped,
  setsid: wrapped,
  stdbuf: wrapped,
  taskset: wrapped,
  chrt: wrapped,
  flock: wrapped,
  unshare: wrapped,
  watch,
  renice: () => 0,
};
