import type { PersonaProcess } from '../../persona/types.ts';
import type { Disk } from './disk.ts';
import type { Node, Owner } from './node.ts';
import { memoryFile, networkFiles, processorFile, systemFiles } from './proc-files.ts';

/** A process of the persona or of the session. */
export interface RunningProcess extends PersonaProcess {
  /** Arguments, where they are known one by one. */
  args?: readonly string[];
  exe?: string;
  cwd?: string;
  env?: ReadonlyMap<string, string>;
}

/** What the files of `/proc` need to know of the running session. */
export interface World {
  processes: () => readonly RunningProcess[];
  /** Who reads `/proc/self`. */
  self: number;
  hostname: string;
}

const owner: Owner = {};
let inode = 4_026_531_000;

type Make = (disk: Disk) => string;

const node = (part: Partial<Node> & Pick<Node, 'kind' | 'mode'>, at: number): Node => ({
  uid: 0,
  gid: 0,
  modifiedAt: at,
  inode: inode++ % 4_294_967_295,
  owner,
  ...part,
});

const file = (make: Make, at: number, mode = 0o444): Node =>
  node({ kind: 'file', mode, dynamic: make, onWrite: 'EIO' }, at);
const link = (make: Make, at: number): Node => node({ kind: 'symlink', mode: 0o777, dynamic: make }, at);
const folder = (entries: (disk: Disk) => Map<string, Node>, at: number, mode = 0o555): Node =>
  node({ kind: 'directory', mode, entries }, at);

/** The folder stays for one reader for so long: a search through it looks it up at every step. */
const freshMs = 1000;

/** The folder `/proc`. Nothing in it takes a write, a new file or a removal. */
export function procFolder(bootedAt: number): Node {
  const known = new WeakMap<Disk, { at: number; reader: string; entries: Map<string, Node> }>();
  return folder((disk) => {
    const at = disk.now();
    const processes = disk.world.processes();
    const own = processes.find(({ pid }) => pid === disk.world.self);
    const reader = `${disk.world.self} ${processes.length} ${own?.command} ${own?.exe} ${own?.cwd}`;
    const before = known.get(disk);
    if (before?.reader === reader && at - before.at < freshMs) return before.entries;
    const entries = new Map<string, Node>();
    for (const process of processes) entries.set(String(process.pid), processFolder(process, at));
    const self = String(disk.world.self);
    if (!entries.has(self)) {
      const [first] = processes;
      if (first) entries.set(self, processFolder({ ...first, pid: disk.world.self }, at));
    }
    entries.set(
      'self',
      link(() => self, at),
    );
    entries.set(
      'thread-self',
      link(() => `${self}/task/${self}`, at),
    );
    entries.set(
      'mounts',
      link(() => 'self/mounts', at),
    );
    entries.set(
      'net',
      link(() => 'self/net', at),
    );
    entries.set('cpuinfo', file(processorFile, at));
    entries.set('meminfo', file(memoryFile, at));
    for (const [name, make] of Object.entries(systemFiles)) entries.set(name, file(make, at));
    entries.set('sys', sysctlFolder(sysctls, at));
    entries.set(
      'bus',
      folder(() => new Map(), at),
    );
    entries.set(
      'driver',
      folder(() => new Map(), at),
    );
    entries.set(
      'fs',
      folder(() => new Map(), at),
    );
    entries.set(
      'irq',
      folder(() => new Map(), at),
    );
    entries.set(
      'tty',
      folder(() => new Map(), at),
    );
    entries.set(
      'sysvipc',
      folder(() => new Map(), at),
    );
    known.set(disk, { at, reader, entries });
    return entries;
  }, bootedAt);
}

/** @param isTask one of its threads, which has no list of threads by itself */
function processFolder(process: RunningProcess, at: number, isTask = false): Node {
  const isKernel = process.command.startsWith('[');
  const args = process.args ?? (isKernel ? [] : process.command.split(' '));
  return folder((disk) => {
    const entries = new Map<string, Node>();
    const add = (name: string, make: Make, mode = 0o444): void => void entries.set(name, file(make, at, mode));
    add('cmdline', () => (args.length > 0 ? `${args.join('\0')}\0` : ''));
    add('comm', () => `${process.name}\n`);
    add('status', () => statusFile(process, disk));
    add('stat', () => statFile(process, disk));
    add(
      'statm',
      () =>
        `${Math.round(process.virtualKb / 4)} ${Math.round(process.residentKb / 4)} ${Math.round(process.residentKb / 6)} 5 0 90 0\n`,
    );
    add('environ', () => [...(process.env ?? [])].map(([name, value]) => `${name}=${value}\0`).join(''), 0o400);
    add('maps', () => (isKernel ? '' : mapsFile(process)));
    add(
      'limits',
      () =>
        'Limit                     Soft Limit           Hard Limit           Units     \nMax cpu time              unlimited            unlimited            seconds   \nMax open files            1024                 1048576              files     \n',
    );
    add('mounts', (disk) => mountsFile(disk));
    add('mountinfo', (disk) => mountsFile(disk));
    add('cgroup', () =>
      process.pid === 1
        ? '0::/init.scope\n'
        : process.tty === '?'
          ? '0::/\n'
          : '0::/user.slice/user-0.slice/session-4.scope\n',
    );
    add('oom_score', () => '0\n');
    add('oom_score_adj', () => '0\n', 0o644);
    add('loginuid', () => '0', 0o644);
    add('uid_map', () => '         0          0 4294967295\n');
    entries.set(
      'exe',
      link(
        () => process.exe ?? (isKernel ? '' : (args[0] ?? '').startsWith('/') ? (args[0] as string) : '/usr/bin/bash'),
        at,
      ),
    );
    entries.set(
      'cwd',
      link(() => process.cwd ?? '/', at),
    );
    entries.set(
      'root',
      link(() => '/', at),
    );
    // What reads the folder has it open: `ls /proc/self/fd` sees its own descriptor.
    const open = (): number[] => (process.pid === disk.world.self ? [0, 1, 2, 3] : [0, 1, 2]);
    entries.set(
      'fd',
      folder(
        () =>
          new Map(
            open().map((fd): [string, Node] => [
              String(fd),
              link(
                () =>
                  fd === 3 ? `/proc/${process.pid}/fd` : process.tty === '?' ? '/dev/null' : `/dev/${process.tty}`,
                at,
              ),
            ]),
          ),
        at,
        0o500,
      ),
    );
    if (!isTask)
      entries.set(
        'task',
        folder(() => new Map([[String(process.pid), processFolder(process, at, true)]]), at),
      );
    entries.set(
      'net',
      folder(
        () => new Map(Object.entries(networkFiles).map(([name, make]): [string, Node] => [name, file(make, at)])),
        at,
      ),
    );
    return entries;
  }, at);
}

const stateNames: Readonly<Record<string, string>> = {
  S: 'sleeping',
  R: 'running',
  I: 'idle',
  D: 'disk sleep',
  Z: 'zombie',
};

function statusFile(process: RunningProcess, disk: Disk): string {
  const letter = process.state[0] ?? 'S';
  const uid = disk.persona.users.find(({ name }) => name === process.user)?.uid ?? 0;
  const rows: [string, string][] = [
    ['Name', process.name],
    ['Umask', '0022'],
    ['State', `${letter} (${stateNames[letter] ?? 'sleeping'})`],
    ['Tgid', String(process.pid)],
    ['Ngid', '0'],
    ['Pid', String(process.pid)],
    ['PPid', String(process.ppid)],
    ['TracerPid', '0'],
    ['Uid', `${uid}\t${uid}\t${uid}\t${uid}`],
    ['Gid', `${uid}\t${uid}\t${uid}\t${uid}`],
    ['FDSize', '256'],
    ['Groups', `${uid} `],
    ['NStgid', String(process.pid)],
    ['NSpid', String(process.pid)],
    ['VmPeak', `${String(process.virtualKb).padStart(8)} kB`],
    ['VmSize', `${String(process.virtualKb).padStart(8)} kB`],
    ['VmRSS', `${String(process.residentKb).padStart(8)} kB`],
    ['Threads', '1'],
    ['NoNewPrivs', '0'],
    ['Seccomp', '0'],
    ['Cpus_allowed_list', disk.persona.cpu.cores > 1 ? `0-${disk.persona.cpu.cores - 1}` : '0'],
  ];
  return rows.map(([name, value]) => `${name}:\t${value}\n`).join('');
}

function statFile(process: RunningProcess, disk: Disk): string {
  const ticks = Math.max(0, Math.round((process.startedAt - disk.persona.bootedAt) / 10));
  return `${process.pid} (${process.name}) ${process.state[0]} ${process.ppid} ${process.pid} ${process.pid} 0 -1 4194560 812 0 0 0 ${process.cpuSeconds * 60} ${process.cpuSeconds * 40} 0 0 20 0 1 0 ${ticks} ${process.virtualKb * 1024} ${Math.round(process.residentKb / 4)} 18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n`;
}

function mapsFile(process: RunningProcess): string {
  const exe = process.exe ?? '/usr/bin/bash';
  const base = 0x55d000000000 + process.pid * 0x1000000;
  const row = (from: number, length: number, flags: string, offset: number, path: string): string =>
    `${from.toString(16)}-${(from + length).toString(16)} ${flags} ${offset.toString(16).padStart(8, '0')} 08:01 ${path === '' ? '0 ' : `131${process.pid % 1000} `.padEnd(26)}${path}\n`;
  return (
    row(base, 0x4000, 'r--p', 0, exe) +
    row(base + 0x4000, 0x15000, 'r-xp', 0x4000, exe) +
    row(base + 0x19000, 0x8000, 'r--p', 0x19000, exe) +
    row(base + 0x40000, 0x21000, 'rw-p', 0, '')
  );
}

/** The table of mounts, in the form of `/proc/mounts`. */
export function mountsFile(disk: Disk): string {
  const half = Math.floor(disk.persona.memory.totalKb / 2 / 4) * 4;
  const tenth = Math.floor(disk.persona.memory.totalKb / 10 / 4) * 4;
  return `sysfs /sys sysfs rw,nosuid,nodev,noexec,relatime 0 0
proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0
udev /dev devtmpfs rw,nosuid,relatime,size=${half - 3100}k,nr_inodes=${Math.floor(half / 4) - 800},mode=755,inode64 0 0
devpts /dev/pts devpts rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=000 0 0
tmpfs /run tmpfs rw,nosuid,nodev,noexec,relatime,size=${tenth}k,mode=755,inode64 0 0
/dev/${disk.persona.disk.partition} / ext4 rw,relatime,errors=remount-ro 0 0
securityfs /sys/kernel/security securityfs rw,nosuid,nodev,noexec,relatime 0 0
tmpfs /dev/shm tmpfs rw,nosuid,nodev,inode64 0 0
tmpfs /run/lock tmpfs rw,nosuid,nodev,noexec,relatime,size=5120k,inode64 0 0
cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec,relatime,nsdelegate,memory_recursiveprot 0 0
pstore /sys/fs/pstore pstore rw,nosuid,nodev,noexec,relatime 0 0
bpf /sys/fs/bpf bpf rw,nosuid,nodev,noexec,relatime,mode=700 0 0
systemd-1 /proc/sys/fs/binfmt_misc autofs rw,relatime,fd=30,pgrp=1,timeout=0,minproto=5,maxproto=5,direct,pipe_ino=${10_000 + (disk.persona.disk.inodesUsed % 9000)} 0 0
hugetlbfs /dev/hugepages hugetlbfs rw,relatime,pagesize=2M 0 0
mqueue /dev/mqueue mqueue rw,nosuid,nodev,noexec,relatime 0 0
debugfs /sys/kernel/debug debugfs rw,nosuid,nodev,noexec,relatime 0 0
tracefs /sys/kernel/tracing tracefs rw,nosuid,nodev,noexec,relatime 0 0
tmpfs /run/user/0 tmpfs rw,nosuid,nodev,relatime,size=${tenth - 4}k,nr_inodes=${Math.floor(tenth / 4)},mode=700,inode64 0 0
`;
}

type Tree = { [name: string]: string | Make | Tree };

const sysctls: Tree = {
  kernel: {
    ostype: 'Linux',
    osrelease: (disk) => disk.persona.kernel.release,
    version: (disk) => disk.persona.kernel.build,
    hostname: (disk) => disk.world.hostname,
    domainname: '(none)',
    'ctrl-alt-del': '0',
    pid_max: '4194304',
    'threads-max': (disk) => String(Math.floor(disk.persona.memory.totalKb / 64) - 700),
    randomize_va_space: '2',
    core_pattern: 'core',
    panic: '0',
    sysrq: '438',
    dmesg_restrict: '1',
    kptr_restrict: '0',
    perf_event_paranoid: '3',
    random: { boot_id: (disk) => disk.persona.bootId, entropy_avail: '256', poolsize: '256' },
  },
  vm: { overcommit_memory: '0', swappiness: '60', nr_hugepages: '0', drop_caches: '0', max_map_count: '65530' },
  fs: { 'file-max': '9223372036854775807', 'file-nr': '1216\t0\t9223372036854775807', nr_open: '1048576' },
  net: {
    ipv4: {
      ip_forward: '0',
      tcp_syncookies: '1',
      icmp_echo_ignore_all: '0',
      ip_local_port_range: '32768\t60999',
      tcp_tw_reuse: '2',
    },
    ipv6: { conf: { all: { disable_ipv6: '0', forwarding: '0' } } },
    core: { somaxconn: '4096', rmem_max: '212992', wmem_max: '212992' },
  },
};

function sysctlFolder(tree: Tree, at: number): Node {
  return folder(
    () =>
      new Map(
        Object.entries(tree).map(([name, value]): [string, Node] => [
          name,
          typeof value === 'object'
            ? sysctlFolder(value, at)
            : {
                ...file((disk) => `${typeof value === 'string' ? value : value(disk)}\n`, at, 0o644),
                onWrite: 'swallow',
              },
        ]),
      ),
    at,
  );
}
