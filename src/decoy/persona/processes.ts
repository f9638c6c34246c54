import { kernelThreads } from './catalogue.ts';
import type { Dice } from './random.ts';
import type { Persona, PersonaListener, PersonaProcess, PersonaUser } from './types.ts';

interface Daemon {
  user: string;
  name: string;
  command: string;
  state?: string;
  tty?: string;
  /** Virtual and resident size in KiB. */
  size: readonly [number, number];
  ports?: readonly (readonly [protocol: PersonaListener['protocol'], address: string, port: number])[];
  children?: readonly { user: string; name: string; command: string; count: number }[];
}

const everywhere = (port: number): NonNullable<Daemon['ports']> => [
  ['tcp', '0.0.0.0', port],
  ['tcp6', '::', port],
];

const base: readonly Daemon[] = [
  { user: 'root', name: 'systemd-journal', command: '/lib/systemd/systemd-journald', size: [50_300, 21_000] },
  { user: 'root', name: 'systemd-udevd', command: '/lib/systemd/systemd-udevd', size: [26_400, 6_300] },
  {
    user: 'systemd-timesync',
    name: 'systemd-timesyn',
    command: '/lib/systemd/systemd-timesyncd',
    state: 'Ssl',
    size: [90_100, 6_700],
  },
  { user: 'root', name: 'cron', command: '/usr/sbin/cron -f', size: [6_612, 2_700] },
  {
    user: 'messagebus',
    name: 'dbus-daemon',
    command: '/usr/bin/dbus-daemon --system --address=systemd: --nofork --nopidfile --systemd-activation --syslog-only',
    size: [9_128, 4_700],
  },
  { user: 'root', name: 'systemd-logind', command: '/lib/systemd/systemd-logind', size: [25_300, 7_900] },
  {
    user: 'root',
    name: 'agetty',
    command: '/sbin/agetty -o -p -- \\u --noclear - linux',
    state: 'Ss+',
    tty: 'tty1',
    size: [5_872, 1_020],
  },
  {
    user: 'root',
    name: 'sshd',
    command: 'sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups',
    size: [15_440, 9_200],
    ports: everywhere(22),
  },
];

const byRole: Readonly<Record<Persona['role'], readonly Daemon[]>> = {
  web: [
    {
      user: 'root',
      name: 'nginx',
      command: 'nginx: master process /usr/sbin/nginx -g daemon on; master_process on;',
      size: [10_340, 1_800],
      ports: everywhere(80),
      children: [{ user: 'www-data', name: 'nginx', command: 'nginx: worker process', count: 2 }],
    },
    {
      user: 'root',
      name: 'php-fpm8.2',
      command: 'php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)',
      size: [204_100, 24_500],
      children: [{ user: 'www-data', name: 'php-fpm8.2', command: 'php-fpm: pool www', count: 2 }],
    },
  ],
  database: [
    {
      user: 'postgres',
      name: 'postgres',
      command:
        '/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main -c config_file=/etc/postgresql/15/main/postgresql.conf',
      size: [217_800, 29_300],
      ports: [
        ['tcp', '127.0.0.1', 5432],
        ['tcp6', '::1', 5432],
      ],
      children: [
        'checkpointer ',
        'background writer ',
        'walwriter ',
        'autovacuum launcher ',
        'logical replication launcher ',
      ].map((what) => ({ user: 'postgres', name: 'postgres', command: `postgres: 15/main: ${what}`, count: 1 })),
    },
  ],
  build: [
    { user: 'root', name: 'containerd', command: '/usr/bin/containerd', state: 'Ssl', size: [1_356_400, 41_200] },
    {
      user: 'root',
      name: 'redis-server',
      command: '/usr/bin/redis-server 127.0.0.1:6379',
      state: 'Ssl',
      size: [66_200, 8_900],
      ports: [['tcp', '127.0.0.1', 6379]],
    },
  ],
  mail: [
    {
      user: 'root',
      name: 'master',
      command: '/usr/lib/postfix/sbin/master -w',
      size: [42_900, 4_800],
      ports: everywhere(25),
      children: [{ user: 'postfix', name: 'qmgr', command: 'qmgr -l -t unix -u', count: 1 }],
    },
  ],
  storage: [
    {
      user: 'root',
      name: 'smbd',
      command: '/usr/sbin/smbd --foreground --no-process-group',
      size: [79_900, 20_400],
      ports: everywhere(445),
    },
    {
      user: 'root',
      name: 'nmbd',
      command: '/usr/sbin/nmbd --foreground --no-process-group',
      size: [70_300, 9_600],
      ports: [['udp', '0.0.0.0', 137]],
    },
  ],
};

const versions: Readonly<Record<Persona['role'], Readonly<Record<string, string>>>> = {
  web: { nginx: '1.22.1-9', 'php8.2-fpm': '8.2.20-1~deb12u1' },
  database: { 'postgresql-15': '15.6-0+deb12u1' },
  build: { containerd: '1.6.20~ds1-1+b1', 'redis-server': '5:7.0.15-1~deb12u1' },
  mail: { postfix: '3.7.11-0+deb12u1' },
  storage: { samba: '2:4.17.12+dfsg-0+deb12u1' },
};

/** The processes that run since boot, what they listen on, and the packages they come from. */
export function makeProcesses(
  dice: Dice,
  machine: {
    role: Persona['role'];
    cores: number;
    bootedAt: number;
    partition: string;
    users: readonly PersonaUser[];
    device: string;
  },
): { processes: PersonaProcess[]; listeners: PersonaListener[]; packages: Readonly<Record<string, string>> } {
  const processes: PersonaProcess[] = [];
  const listeners: PersonaListener[] = [];
  let pid = 1;
  const vary = (size: number): number => Math.round((size * (0.94 + dice.next() * 0.12)) / 4) * 4;
  const add = (process: Partial<PersonaProcess> & { name: string; command: string }): number => {
    processes.push({
      pid,
      ppid: 1,
      user: 'root',
      tty: '?',
      state: 'Ss',
      startedAt: machine.bootedAt + dice.between(900, 6000),
      cpuSeconds: dice.between(0, 90),
      virtualKb: 0,
      residentKb: 0,
      ...process,
    });
    return pid;
  };
  add({
    ppid: 0,
    name: 'systemd',
    command: '/sbin/init',
    virtualKb: vary(167_000),
    residentKb: vary(12_300),
    cpuSeconds: dice.between(4, 900),
    startedAt: machine.bootedAt,
  });
  for (const [pattern, state] of kernelThreads) {
    const perCore = pattern.includes('%') ? machine.cores : 1;
    for (let core = 0; core < perCore; core++) {
      const name = pattern.replace('%', String(core)).replace('DISK', machine.partition);
      pid += pid > 40 ? dice.between(1, 3) : 1;
      add({
        ppid: pattern === 'kthreadd' ? 0 : 2,
        state,
        name: name.slice(0, 15),
        command: `[${name}]`,
        startedAt: machine.bootedAt,
        cpuSeconds: state === 'S' ? dice.between(0, 30) : 0,
      });
    }
  }
  pid = dice.between(190, 260);
  for (const daemon of [...base, ...byRole[machine.role]]) {
    pid += dice.between(4, 41);
    const parent = add({
      user: daemon.user,
      tty: daemon.tty ?? '?',
      state: daemon.state ?? 'Ss',
      name: daemon.name,
      command: daemon.command,
      virtualKb: vary(daemon.size[0]),
      residentKb: vary(daemon.size[1]),
    });
    for (const [protocol, address, port] of daemon.ports ?? [])
      listeners.push({
        protocol,
        address,
        port,
        pid: parent,
        program: daemon.name,
        inode: dice.between(11_000, 32_000),
      });
    for (const child of daemon.children ?? []) {
      for (let count = 0; count < child.count; count++) {
        pid += dice.between(1, 3);
        add({
          ppid: parent,
          user: child.user,
          state: 'S',
          name: child.name,
          command: child.command,
          virtualKb: vary(daemon.size[0] + 600),
          residentKb: vary(daemon.size[1] * 0.7),
        });
      }
    }
  }
  pid = dice.between(4_000, 28_000);
  for (let count = 0; count < dice.between(2, 4); count++) {
    pid += dice.between(20, 900);
    const name = dice.pick([
      'kworker/0:1-events',
      'kworker/u4:2-events_unbound',
      'kworker/0:2-ata_sff',
      'kworker/1:0-cgroup_destroy',
    ]);
    add({
      ppid: 2,
      state: 'I',
      name: name.slice(0, 15),
      command: `[${name}]`,
      startedAt: machine.bootedAt + 86_400_000,
    });
  }
  return { processes, listeners, packages: versions[machine.role] };
}
