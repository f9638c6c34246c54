import { flowBuiltins } from '../builtins/flow.ts';
import { echo, printf } from '../builtins/output.ts';
import { curly } from '../bytes.ts';
import { Call, type CommandFunction, type CommandTable, getopt } from '../run/call.ts';
import type { Dialect } from '../run/interpreter.ts';
import { runScript, searchPath } from '../run/program.ts';
import { expr, factor, seq, yes } from './numbers.ts';

/** `sh`, `bash` and `dash` as programs. */
function shell(dialect: Dialect): CommandFunction {
  return async (call) => {
    const args = [...call.args];
    let command: string | null = null;
    let fromStdin = false;
    const options: string[] = [];
    while (args[0] !== undefined && /^[-+]./.test(args[0])) {
      const flag = args.shift() as string;
      if (flag === '--') break;
      if (flag === '--version') {
        call.out('GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)\n');
        return 0;
      }
      if (flag.startsWith('--')) {
        if (!/^--(?:login|norc|noprofile|posix|rcfile|init-file|verbose|restricted|help|noediting)$/.test(flag)) {
          call.err(`${call.name}: ${flag}: invalid option\n`);
          return 2;
        }
        continue;
      }
      for (const letter of flag.slice(1)) {
        if (letter === 'c') command = args.shift() ?? null;
        else if (letter === 's') fromStdin = true;
        else if (letter === 'o') args.shift();
        else options.push(letter);
      }
      if (flag.includes('c') && command === null) {
        call.err(`${call.name}: -c: option requires an argument\n`);
        return 2;
      }
    }
    const environment = call.environment;
    const prefix = options
      .filter((letter) => 'exuf'.includes(letter))
      .map((letter) => `set -${letter}\n`)
      .join('');
    if (command !== null)
      return runScript(
        call.shell,
        prefix === '' ? command : `${prefix.replace(/\n/g, ';')}${command}`,
        args[0] ?? call.name,
        args.slice(1),
        dialect,
        { environment, mode: 'command' },
      );
    const [file] = args;
    if (file !== undefined && !fromStdin) {
      const content = await call.read(file);
      if (!content.ok) {
        if (dialect === 'bash') call.err(`${call.name}: ${file}: ${content.error.message}\n`);
        else
          call.err(
            dialect === 'dash'
              ? `${call.name}: 0: cannot open ${file}: ${content.error.message.replace('No such file or directory', 'No such file')}\n`
              : `${call.name}: can't open '${file}': ${content.error.message}\n`,
          );
        return dialect === 'bash' ? 127 : 2;
      }
      call.machine.reportFiles(call.path(file));
      if (content.value.startsWith('\x7fELF')) {
        call.err(`${file}: ${file}: cannot execute binary file\n`);
        return 126;
      }
      return runScript(call.shell, content.value, file, args.slice(1), dialect, { environment });
    }
    if (call.stdin.isTerminal) return nested(call, dialect);
    return runScript(call.shell, await call.stdin.all(), call.name, args, dialect, { environment, mode: 'stdin' });
  };
}

/** A shell started inside the terminal: reads lines until `exit`. */
async function nested(call: Call, dialect: Dialect): Promise<number> {
  const child = call.shell.nested(call.name, dialect);
  return child.interact(dialect === 'bash' ? null : call.actor.uid === 0 ? '# ' : '$ ');
}

/** Applets of Debian's busybox, in its order. */
const applets =
  '[ [[ acpid adjtimex ar arch arp arping ascii ash awk base64 basename bc blkdiscard blkid blockdev brctl bunzip2 busybox bzcat bzip2 cal cat chgrp chmod chown chroot chvt clear cmp cp cpio crc32 cttyhack cut date dc dd deallocvt depmod devmem df diff dirname dmesg dnsdomainname dos2unix du dumpkmap dumpleases echo egrep env expand expr factor fallocate false fatattr fdisk fgrep find findfs fold free freeramdisk fsfreeze fstrim ftpget ftpput getopt getty grep groups gunzip gzip halt head hexdump hostid hostname httpd hwclock i2cdetect i2cdump i2cget i2cset i2ctransfer id ifconfig ifdown ifup init insmod ionice ip ipcalc kill killall klogd last less link linux32 linux64 linuxrc ln loadfont loadkmap logger login logname logread losetup ls lsmod lsscsi lzcat lzma lzop md5sum mdev microcom mim mkdir mkdosfs mke2fs mkfifo mknod mkpasswd mkswap mktemp modinfo modprobe more mount mt mv nameif nbd-client nc netstat nl nologin nproc nsenter nslookup nuke od openvt partprobe paste patch pidof ping ping6 pivot_root poweroff printf ps pwd rdate readlink realpath reboot renice reset resume rev rm rmdir rmmod route rpm rpm2cpio run-init run-parts sed seq setkeycodes setpriv setsid sh sha1sum sha256sum sha3sum sha512sum shred shuf sleep sort ssl_client start-stop-daemon stat strings stty svc svok swapoff swapon switch_root sync sysctl syslogd tac tail tar taskset tc tee telnet telnetd test tftp time timeout top touch tr traceroute traceroute6 true truncate ts tty tunctl ubirename udhcpc udhcpd uevent umount uname uncompress unexpand uniq unix2dos unlink unlzma unshare unxz unzip uptime usleep uudecode uuencode vconfig vi w watch watchdog wc wget which who whoami xargs xxd xz xzcat yes zcat'.split(
    ' ',
  );

const banner = 'BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.\n';

async function busybox(call: Call): Promise<number> {
  const called = call.name.split('/').at(-1) as string;
  const words = called === 'busybox' ? [...call.args] : [called, ...call.args];
  const [applet, ...args] = words;
  if (applet === undefined || applet === '--help') {
    let line = '\t';
    let list = '';
    for (const [at, name] of applets.entries()) {
      const piece = `${name}${at < applets.length - 1 ? ', ' : ''}`;
      if (line.length + piece.length > 78) {
        list += `${line.trimEnd()}\n`;
        line = '\t';
      }
      line += piece;
    }
    call.out(
      `${banner}BusyBox is copyrighted by many authors between 1998-2015.\nLicensed under GPLv2. See source distribution for detailed\ncopyright notices.\n\nUsage: busybox [function [arguments]...]\n   or: busybox --list[-full]\n   or: busybox --show SCRIPT\n   or: busybox --install [-s] [DIR]\n   or: function [arguments]...\n\nCurrently defined functions:\n${list}${line}\n\n`,
    );
    return 0;
  }
  if (applet.startsWith('--list')) {
    call.out(applets.map((name) => `${applet === '--list-full' ? 'bin/' : ''}${name}\n`).join(''));
    return 0;
  }
  if (!applets.includes(applet)) {
    call.err(`${applet}: applet not found\n`);
    return 127;
  }
  const own = appletsOwn[applet] ?? call.machine.findCommand(applet);
  return own(new Call(call.shell, applet, args, { isBusybox: true, environment: call.environment }));
}

const test: CommandFunction = (call) => (flowBuiltins.test as CommandFunction)(call);
const appletsOwn: Readonly<Record<string, CommandFunction>> = {
  echo: (call) => echo(call, true),
  printf: (call) => printf(call, true),
  sh: shell('ash'),
  ash: shell('ash'),
  test,
  '[': test,
  '[[': test,
  true: () => 0,
  false: () => 1,
  pwd: (call) => call.say('out', `${call.shell.cwd}\n`, 0),
  killall: (call) =>
    call.args.filter((arg) => !arg.startsWith('-')).reduce((_, name) => call.fail(`${name}: no process killed`), 0),
};

function which(call: Call): number {
  const isAll = call.args.includes('-a');
  let status = 0;
  const names = call.args.filter((arg) => !arg.startsWith('-'));
  for (const name of names) {
    const places = name.includes('/')
      ? call.disk.may(call.path(name), 1, call.actor)
        ? [name]
        : []
      : searchPath(call.shell, name);
    if (places.length === 0) status = 1;
    for (const place of isAll ? places : places.slice(0, 1)) call.out(`${place}\n`);
  }
  return names.length === 0 ? 1 : status;
}

function whereis(call: Call): number {
  for (const name of call.args.filter((arg) => !arg.startsWith('-'))) {
    const places = ['/usr/bin', '/usr/sbin']
      .map((folder) => `${folder}/${name}`)
      .filter((path) => call.disk.stat(path).ok);
    call.out(`${name}:${places.map((place) => ` ${place}`).join('')}\n`);
  }
  return 0;
}

async function env(call: Call): Promise<number> {
  const options = getopt(
    call,
    'iu:0C:S:v',
    { 'ignore-environment': 'i', 'unset=': 'u', null: '0', 'chdir=': 'C' },
    { stopAtFirst: true },
  );
  if (!options) return 125;
  const rest = [...options.rest];
  const values = new Map(options.has('i') || rest[0] === '-' ? [] : call.environment);
  if (rest[0] === '-') rest.shift();
  for (const name of options.all('u')) values.delete(name);
  while (rest[0] !== undefined && /^[^=]+=/.test(rest[0])) {
    const word = rest.shift() as string;
    values.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1));
  }
  if (rest.length === 0) {
    for (const [name, value] of values) call.out(`${name}=${value}${options.has('0') ? '\0' : '\n'}`);
    return 0;
  }
  const child = call.shell.fork();
  for (const name of child.variables.names())
    if (child.variables.get(name)?.isExported && !values.has(name) && name !== 'PATH') child.variables.unset(name);
  for (const [name, value] of values) child.variables.set(name, value).isExported = true;
  const [name = ''] = rest;
  if (!name.includes('/') && searchPath(child, name).length === 0)
    return call.fail(`${curly(name)}: No such file or directory`.replace(/[^ -~]+/g, "'"), 127);
  return child.runWords(rest, { environment: values });
}

function printenv(call: Call): number {
  if (call.args.length === 0) for (const [name, value] of call.environment) call.out(`${name}=${value}\n`);
  let status = 0;
  for (const name of call.args) {
    const value = call.environment.get(name);
    if (value === undefined) status = 1;
    else call.out(`${value}\n`);
  }
  return status;
}

const unhex = (digits: string): string =>
  (digits.match(/../g) ?? []).map((pair) => String.fromCharCode(Number.parseInt(pair, 16))).join('');
const unbase64 = (text: string): string => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const bits = [...text.replace(/=+$/, '')]
    .map((letter) => letters.indexOf(letter).toString(2).padStart(6, '0'))
    .join('');
  return (bits.match(/.{8}/g) ?? []).map((byte) => String.fromCharCode(Number.parseInt(byte, 2))).join('');
};

/** `python3` and `perl`: they print what a print statement of a constant would print, as bots probe for that. */
function script(call: Call): number {
  const at = call.args.findIndex((arg) => arg === '-c' || arg === '-e');
  const base = call.name.split('/').at(-1) as string;
  if (
    call.args.includes('--version') ||
    call.args.includes('-V') ||
    (base.startsWith('perl') && call.args.includes('-v'))
  ) {
    call.out(
      base.startsWith('perl')
        ? '\nThis is perl 5, version 36, subversion 0 (v5.36.0) built for x86_64-linux-gnu-thread-multi\n'
        : 'Python 3.11.2\n',
    );
    return 0;
  }
  const code = at < 0 ? '' : (call.args[at + 1] ?? '');
  for (const match of code.matchAll(
    /print\s*\(?\s*(?:(["'])((?:\\.|(?!\1).)*)\1(?!\s*\.)|(-?\d+(?:\s*[-+*]\s*\d+)*))\s*\)?/g,
  )) {
    const text = (match[2] ?? '').replace(/\\n/g, '\n').replace(/\\t/g, '\t').replace(/\\(.)/g, '$1');
    call.out(`${match[3] === undefined ? text : call.shell.evaluate(match[3])}${base.startsWith('perl') ? '' : '\n'}`);
  }
  const shown = /\bprint\b/.test(code) ? code : '';
  for (const [, hex = ''] of shown.matchAll(
    /(?:pack\s*\(\s*["']H\*["']\s*,\s*|fromhex\s*\(\s*)["']([0-9a-f]{2,2000})["']/gi,
  ))
    call.out(`${unhex(hex)}${base.startsWith('perl') ? '' : '\n'}`);
  for (const [, codes = ''] of shown.matchAll(/map\s*\(\s*chr\s*,\s*\[([\d,\s]{1,4000})\]/g))
    call.out(
      `${codes
        .split(',')
        .map((each) => String.fromCharCode(Number(each) & 255))
        .join('')}\n`,
    );
  for (const [, text = ''] of shown.matchAll(/(?:decode_base64|b64decode)\s*\(\s*["']([A-Za-z0-9+/=]{1,8000})["']/g))
    call.out(`${unbase64(text)}${base.startsWith('perl') ? '' : '\n'}`);
  for (const url of code.matchAll(/https?:\/\/[^\s"'\\)]+/g))
    call.machine.report({ type: 'download', tool: base, url: url[0], destination: null });
  const file = at < 0 ? call.args.find((arg) => !arg.startsWith('-')) : undefined;
  if (file !== undefined && !call.disk.stat(call.path(file)).ok) {
    call.err(
      base.startsWith('perl')
        ? `Can't open perl script "${file}": No such file or directory\n`
        : `python3: can't open file '${call.path(file)}': [Errno 2] No such file or directory\n`,
    );
    return 2;
  }
  return 0;
}

/** Editors: outside a terminal they refuse as the real ones do, inside they open and close at once. */
function editor(call: Call): number {
  const base = call.name.split('/').at(-1) as string;
  if (call.machine.options.terminal) {
    call.out('\x1b[?1049h\x1b[H\x1b[2J\x1b[?1049l');
    return 0;
  }
  if (/nano|pico/.test(base)) {
    call.err('Error opening terminal: unknown.\n');
    return 1;
  }
  call.err('Vim: Warning: Output is not to a terminal\nVim: Warning: Input is not from a terminal\n');
  return 1;
}

async function pager(call: Call): Promise<number> {
  return call.run(['cat', ...call.args.filter((arg) => !/^[-+]/.test(arg))], call.stdin);
}

export const programCommands: CommandTable = {
  bash: shell('bash'),
  rbash: shell('bash'),
  dash: shell('dash'),
  sh: shell('dash'),
  busybox,
  which,
  'which.debianutils': which,
  whereis,
  env,
  printenv,
  seq,
  yes,
  expr,
  factor,
  echo: (call) => echo(call, true),
  printf: (call) => printf(call, true),
  test,
  '[': test,
  true: () => 0,
  false: () => 1,
  pwd: (call) => call.say('out', `${call.shell.cwd}\n`, 0),
  'python3.11': script,
  python3: script,
  perl: script,
  'vim.tiny': editor,
  vi: editor,
  nano: editor,
  less: pager,
  more: pager,
  clear: (call) => call.say('out', '\x1b[H\x1b[2J\x1b[3J', 0),
  reset: () => 0,
  stty: () => 0,
  tput: () => 0,
  mesg: () => 0,
  logger: () => 0,
  locale: (call) => call.say('out', 'LANG=C.UTF-8\nLANGUAGE=\nLC_ALL=\n', 0),
  split: () => 0,
};
