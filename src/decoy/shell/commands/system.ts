import { curly } from '../bytes.ts';
import { mountsFile } from '../disk/proc.ts';
import { memoryNow } from '../disk/proc-files.ts';
import { listTimeOfLogin } from '../prompt.ts';
import { type Call, type CommandTable, getopt } from '../run/call.ts';
import { date } from './date.ts';
import { human } from './inputs.ts';
import { last, uptime, w, who } from './presence.ts';

function uname(call: Call): number {
  const options = getopt(call, 'asnrvmpio', {
    all: 'a',
    'kernel-name': 's',
    nodename: 'n',
    'kernel-release': 'r',
    'kernel-version': 'v',
    machine: 'm',
    processor: 'p',
    'hardware-platform': 'i',
    'operating-system': 'o',
    help: 'H',
    version: 'W',
  });
  if (!options) return 1;
  if (options.rest.length > 0)
    return call.fail(
      `extra operand ${curly(options.rest[0] as string)}\nTry '${call.name} --help' for more information.`,
    );
  const { kernel } = call.persona;
  const values: [string, string][] = [
    ['s', 'Linux'],
    ['n', call.disk.world.hostname],
    ['r', kernel.release],
    ['v', kernel.build],
    ['m', 'x86_64'],
    ['p', 'unknown'],
    ['i', 'unknown'],
    ['o', 'GNU/Linux'],
  ];
  const isAll = options.has('a');
  const shown = values.filter(([letter]) => (isAll ? !'pi'.includes(letter) : options.has(letter)));
  call.out(`${(shown.length > 0 ? shown : [values[0] as [string, string]]).map(([, value]) => value).join(' ')}\n`);
  return 0;
}

function hostname(call: Call): number {
  const [first] = call.args;
  const { persona } = call;
  if (first === undefined || first === '-s') call.out(`${call.disk.world.hostname}\n`);
  else if (first === '-I') call.out(`${persona.interfaces.map(({ address }) => address).join(' ')} \n`);
  else if (first === '-i') call.out('127.0.1.1\n');
  else if (first === '-f' || first === '--fqdn') call.out(`${call.disk.world.hostname}.${persona.domain}\n`);
  else if (first === '-d') call.out(`${persona.domain}\n`);
  else if (first.startsWith('-')) return call.fail(`invalid option -- '${first.slice(1, 2)}'`, 255);
  else if (call.actor.uid !== 0) return call.fail('you must be root to change the host name');
  else call.disk.world.hostname = first.slice(0, 64);
  return 0;
}

function free(call: Call): number {
  const options = getopt(call, 'bkmghtws:c:lvV', {
    human: 'h',
    mega: 'm',
    giga: 'g',
    bytes: 'b',
    kilo: 'k',
    total: 't',
    wide: 'w',
  });
  if (!options) return 1;
  const now = memoryNow(call.disk);
  const shown = (kb: number): string => {
    if (options.has('b')) return String(kb * 1024);
    if (options.has('m')) return String(Math.floor(kb / 1024));
    if (options.has('g')) return String(Math.floor(kb / 1_048_576));
    if (!options.has('h')) return String(kb);
    let value = kb;
    let unit = 0;
    while (value >= 1024 && unit < 3) {
      value /= 1024;
      unit += 1;
    }
    const number = value >= 10 ? String(Math.floor(value)) : (Math.floor(value * 10) / 10).toFixed(1);
    return kb === 0 ? '0B' : `${number}${['Ki', 'Mi', 'Gi', 'Ti'][unit]}`;
  };
  const row = (label: string, values: readonly number[]): string =>
    `${label.padEnd(8)}${values.map((value) => shown(value).padStart(12)).join('')}\n`.replace(/^(.{7}) /, '$1 ');
  call.out('               total        used        free      shared  buff/cache   available\n');
  call.out(row('Mem:', [now.total, now.used, now.free, now.shared, now.buffers + now.cached, now.available]));
  call.out(row('Swap:', [now.swap, 0, now.swap]));
  if (options.has('t')) call.out(row('Total:', [now.total + now.swap, now.used, now.free + now.swap]));
  return 0;
}

function df(call: Call): number {
  const options = getopt(call, 'hHkmTialPt:x:B:', {
    'human-readable': 'h',
    'print-type': 'T',
    inodes: 'i',
    all: 'a',
    'type=': 't',
    total: 'o',
    local: 'l',
  });
  if (!options) return 1;
  const { disk, memory } = call.persona;
  const half = Math.floor(memory.totalKb / 2);
  const tenth = Math.floor(memory.totalKb / 10);
  const used = disk.usedKb + Math.ceil(call.disk.usedBytes / 1024);
  const rows: [string, string, number, number, number, string][] = [
    ['udev', 'devtmpfs', half - 3100, 0, half - 3100, '/dev'],
    ['tmpfs', 'tmpfs', tenth, 480 + (tenth % 300), tenth - 480 - (tenth % 300), '/run'],
    [`/dev/${disk.partition}`, 'ext4', disk.totalKb, used, Math.floor(disk.totalKb * 0.95) - used, '/'],
    ['tmpfs', 'tmpfs', half, 0, half, '/dev/shm'],
    ['tmpfs', 'tmpfs', 5120, 0, 5120, '/run/lock'],
    ['tmpfs', 'tmpfs', tenth - 4, 0, tenth - 4, '/run/user/0'],
  ];
  let chosen = rows;
  for (const name of options.rest) {
    const stat = call.disk.stat(call.path(name), call.actor);
    if (!stat.ok) return call.fail(`${name}: ${stat.error.message}`);
    const path = call.path(name);
    const best = rows
      .filter(([, , , , , mount]) => mount === '/' || `${path}/`.startsWith(`${mount}/`))
      .sort((a, b) => b[5].length - a[5].length)[0];
    chosen = chosen === rows ? [] : chosen;
    if (best) chosen.push(best);
  }
  const table: string[][] = [];
  if (options.has('i')) {
    table.push(['Filesystem', 'Inodes', 'IUsed', 'IFree', 'IUse%', 'Mounted on']);
    for (const [name, , total, , , mount] of chosen) {
      const inodes = mount === '/' ? disk.inodes : Math.floor(total / 4);
      const busy = mount === '/' ? disk.inodesUsed : 1 + (total % 400);
      table.push([
        name,
        String(inodes),
        String(busy),
        String(inodes - busy),
        `${Math.ceil((busy * 100) / inodes)}%`,
        mount,
      ]);
    }
  } else {
    const size = (kb: number): string =>
      options.has('h')
        ? kb === 0
          ? '0'
          : human(kb * 1024)
        : options.has('m')
          ? String(Math.ceil(kb / 1024))
          : String(kb);
    table.push([
      'Filesystem',
      ...(options.has('T') ? ['Type'] : []),
      options.has('h') ? 'Size' : options.has('m') ? '1M-blocks' : '1K-blocks',
      'Used',
      options.has('h') ? 'Avail' : 'Available',
      'Use%',
      'Mounted on',
    ]);
    for (const [name, type, total, busy, left, mount] of chosen)
      table.push([
        name,
        ...(options.has('T') ? [type] : []),
        size(total),
        size(busy),
        size(left),
        `${Math.ceil((busy * 100) / Math.max(1, busy + left))}%`,
        mount,
      ]);
  }
  const left = options.has('T') ? 2 : 1;
  const widths = (table[0] as string[]).map((_, column) =>
    Math.max(
      ...table.map((row) => (row[column] as string).length),
      column === 0 ? 14 : column < left ? 0 : column === (table[0] as string[]).length - 2 ? 4 : 5,
    ),
  );
  for (const row of table)
    call.out(
      `${row.map((cell, column) => (column === row.length - 1 ? cell : column < left ? cell.padEnd(widths[column] as number) : cell.padStart(widths[column] as number))).join(' ')}\n`,
    );
  return 0;
}

function lscpu(call: Call): number {
  const { cpu } = call.persona;
  const isAmd = cpu.vendor === 'AuthenticAMD';
  const rows: [string, string][] = [
    ['Architecture', 'x86_64'],
    ['  CPU op-mode(s)', '32-bit, 64-bit'],
    ['  Address sizes', isAmd ? '48 bits physical, 48 bits virtual' : '46 bits physical, 48 bits virtual'],
    ['  Byte Order', 'Little Endian'],
    ['CPU(s)', String(cpu.cores)],
    ['  On-line CPU(s) list', cpu.cores > 1 ? `0-${cpu.cores - 1}` : '0'],
    ['Vendor ID', cpu.vendor],
    ['  Model name', cpu.model],
    ['    CPU family', String(cpu.family)],
    ['    Model', String(cpu.modelNumber)],
    ['    Thread(s) per core', '1'],
    ['    Core(s) per socket', String(cpu.cores)],
    ['    Socket(s)', '1'],
    ['    Stepping', String(cpu.stepping)],
    ['    BogoMIPS', cpu.bogomips],
    ['    Flags', cpu.flags],
    ['Virtualization features', ''],
    ['  Hypervisor vendor', cpu.hypervisor],
    ['  Virtualization type', 'full'],
    ['NUMA', ''],
    ['  NUMA node(s)', '1'],
    ['  NUMA node0 CPU(s)', cpu.cores > 1 ? `0-${cpu.cores - 1}` : '0'],
  ];
  const isTerminal = call.shell.descriptors.get(1)?.output?.isTerminal === true;
  for (const [name, value] of rows) {
    if (value === '' && !isTerminal) continue;
    const label = isTerminal ? name : name.trimStart();
    call.out(`${`${label}:`.padEnd(isTerminal ? 33 : 41)}${value}\n`.replace(/ +\n$/, '\n'));
  }
  return 0;
}

function mount(call: Call): number {
  if (call.args.length > 0 && !call.args.includes('-l'))
    return call.actor.uid === 0
      ? call.args.some((arg) => arg.startsWith('/dev/') && !call.disk.stat(arg).ok)
        ? call.fail(`special device ${call.args.find((arg) => arg.startsWith('/dev/'))} does not exist.`, 32)
        : 0
      : call.fail('only root can do that', 1);
  for (const line of mountsFile(call.disk).split('\n').filter(Boolean)) {
    const [device, place, type, flags] = line.split(' ');
    call.out(`${device} on ${place} type ${type} (${flags})\n`);
  }
  return 0;
}

function lsblk(call: Call): number {
  const { disk } = call.persona;
  call.out(
    `NAME   MAJ:MIN RM  SIZE RO TYPE MOUNTPOINTS\n${disk.device.padEnd(6)} 254:0    0 ${human((disk.totalKb + 1_100_000) * 1024).padStart(4)}  0 disk \n└─${disk.partition} 254:1    0 ${human((disk.totalKb + 1_000_000) * 1024).padStart(4)}  0 part /\n`.replaceAll(
      '└─',
      '`-',
    ),
  );
  return 0;
}

function dmesg(call: Call): number {
  if (call.actor.uid !== 0) return call.fail('read kernel buffer failed: Operation not permitted');
  const { kernel, cpu, disk } = call.persona;
  const lines = [
    `Linux version ${kernel.release} (debian-kernel@lists.debian.org) (${kernel.compiler}) ${kernel.build}`,
    `Command line: BOOT_IMAGE=/boot/vmlinuz-${kernel.release} root=UUID=${disk.uuid} ro quiet`,
    'BIOS-provided physical RAM map:',
    'Hypervisor detected: KVM',
    `smpboot: CPU0: ${cpu.model} (family: 0x${cpu.family.toString(16)}, model: 0x${cpu.modelNumber.toString(16)}, stepping: 0x${cpu.stepping.toString(16)})`,
    `EXT4-fs (${disk.partition}): mounted filesystem with ordered data mode. Quota mode: none.`,
  ];
  for (const [at, line] of lines.entries())
    call.out(
      `[${((at * at * 0.31 + (disk.inodesUsed % 97) / 1000) * (at > 0 ? 1 : 0)).toFixed(6).padStart(12)}] ${line}\n`,
    );
  return 0;
}

function sysctl(call: Call): number {
  let status = 0;
  for (const arg of call.args.filter((each) => !each.startsWith('-'))) {
    const [key = '', value] = arg.split('=');
    const path = `/proc/sys/${key.trim().replaceAll('.', '/')}`;
    const content = call.disk.read(path);
    if (!content.ok) status = call.fail(`cannot stat ${path}: No such file or directory`, 255);
    else call.out(`${key.trim()} = ${value?.trim() ?? call.disk.text(path).trimEnd()}\n`);
  }
  return status;
}

function lsmod(call: Call): number {
  call.out('Module                  Size  Used by\n');
  for (const line of call.disk.text('/proc/modules').split('\n').filter(Boolean)) {
    const [name = '', size = '', used = '', by = ''] = line.split(' ');
    call.out(`${name.padEnd(19)} ${size.padStart(8)}  ${used}${by === '-' ? '' : ` ${by.replace(/,$/, '')}`}\n`);
  }
  return 0;
}

const print =
  (text: (call: Call) => string) =>
  (call: Call): number => {
    call.out(text(call));
    return 0;
  };

function nproc(call: Call): number {
  const options = getopt(call, '', { all: 'a', 'ignore=': 'i', help: 'h', version: 'v' });
  if (!options) return 1;
  call.out(`${Math.max(1, call.persona.cpu.cores - Number(options.get('i') ?? 0))}\n`);
  return 0;
}

function getconf(call: Call): number {
  const values: Record<string, string> = {
    LONG_BIT: '64',
    PAGE_SIZE: '4096',
    PAGESIZE: '4096',
    _NPROCESSORS_ONLN: String(call.persona.cpu.cores),
    _NPROCESSORS_CONF: String(call.persona.cpu.cores),
    CLK_TCK: '100',
    ARG_MAX: '2097152',
    GNU_LIBC_VERSION: 'glibc 2.36',
    OPEN_MAX: '1024',
  };
  const [name] = call.args;
  if (name === undefined) {
    call.err('Usage: getconf [-v SPEC] VAR\n  or:  getconf [-v SPEC] PATH_VAR PATH\n');
    return 2;
  }
  const value = values[name];
  if (value === undefined) return call.fail(`Unrecognized variable \`${name}'`, 2);
  call.out(`${value}\n`);
  return 0;
}

export const systemCommands: CommandTable = {
  uname,
  hostname,
  uptime,
  w,
  who,
  last,
  date,
  free,
  df,
  lscpu,
  mount,
  lsblk,
  dmesg,
  sysctl,
  nproc,
  getconf,
  lsmod,
  kmod: (call) =>
    call.name.endsWith('lsmod')
      ? lsmod(call)
      : call.name.endsWith('modprobe')
        ? call.fail(
            `FATAL: Module ${call.args.at(-1) ?? ''} not found in directory /lib/modules/${call.persona.kernel.release}`,
          )
        : 0,
  x86_64: () => 0,
  arch: print(() => 'x86_64\n'),
  dnsdomainname: print((call) => `${call.persona.domain}\n`),
  hostid: print((call) => `${call.persona.machineId.slice(0, 8)}\n`),
  users: print((call) => (call.machine.options.terminal ? `${call.shell.user}\n` : '')),
  lastb: print((call) => `\nbtmp begins ${listTimeOfLogin(call.persona.bootedAt)}\n`),
  umount: (call) =>
    call.args.length === 0
      ? call.fail("bad usage\nTry 'umount --help' for more information.")
      : call.fail(`${call.args.at(-1)}: not mounted.`, 32),
  lastlog: () => 0,
  faillog: () => 0,
  blkid: print(
    (call) => `/dev/${call.persona.disk.partition}: UUID="${call.persona.disk.uuid}" BLOCK_SIZE="4096" TYPE="ext4"\n`,
  ),
  'systemd-detect-virt': print(() => 'kvm\n'),
  hostnamectl: print(
    (call) =>
      ` Static hostname: ${call.disk.world.hostname}\n       Icon name: computer-vm\n         Chassis: vm\n      Machine ID: ${call.persona.machineId}\n         Boot ID: ${call.persona.bootId.replaceAll('-', '')}\n  Virtualization: kvm\nOperating System: Debian GNU/Linux 12 (bookworm)\n          Kernel: Linux ${call.persona.kernel.release}\n    Architecture: x86-64\n`,
  ),
};
