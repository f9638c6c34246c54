import { firstNames, kernels, macPrefixes, processors, syllables, systemUsers } from './catalogue.ts';
import { makeProcesses } from './processes.ts';
import { type Dice, diceFrom } from './random.ts';
import type { CreatePersona, Persona, PersonaInterface, PersonaUser } from './types.ts';

const day = 86_400_000;
const roles = ['web', 'database', 'build', 'mail', 'storage'] as const;
const hostPrefixes: Readonly<Record<Persona['role'], readonly string[]>> = {
  web: ['web', 'www', 'app', 'front', 'srv'],
  database: ['db', 'sql', 'pg', 'data', 'srv'],
  build: ['ci', 'build', 'runner', 'dev', 'git'],
  mail: ['mail', 'mx', 'relay', 'srv', 'post'],
  storage: ['nas', 'backup', 'files', 'store', 'srv'],
};

/** An invented word such as `fenholm`. */
const word = (dice: Dice): string => `${dice.pick(syllables.start)}${dice.pick(syllables.end)}`;

/** Makes the machine that one installation's decoys pretend to be. The same arguments give the same machine. */
export const createPersona: CreatePersona = (seed, madeAt) => {
  const dice = diceFrom(`persona:${seed}`);
  const role = dice.pick(roles);
  const name = word(dice);
  const hostname = dice.pick([
    `${dice.pick(hostPrefixes[role])}${dice.between(1, 19)}-${name}`,
    `${name}-${dice.pick(hostPrefixes[role])}${String(dice.between(1, 12)).padStart(2, '0')}`,
    `${name}${dice.between(2, 48)}`,
  ]);
  const domain = `${word(dice)}.${dice.pick(['lan', 'internal', 'intra', 'home.arpa'])}`;
  const bootedAt = Math.floor((madeAt - dice.between(3 * day, 90 * day)) / 1000) * 1000 + dice.between(0, 999);
  const fitting = kernels.filter(({ date }) => Date.parse(date) < bootedAt - 20 * day);
  const kernel = dice.pick(fitting.length > 0 ? fitting : [kernels[0]]);
  const installedAt = Math.max(bootedAt - dice.between(30 * day, 600 * day), Date.UTC(2023, 6, 1));
  const chip = dice.pick(processors);
  const cores = dice.pick([1, 2, 2, 4, 4, 8]);
  // What the firmware and the kernel keep differs from machine to machine.
  const totalKb = dice.pick([2, 4, 4, 8, 8, 16]) * 1_048_576 - dice.between(38_000, 92_000) * 4;
  const usedKb = Math.floor(totalKb * (0.12 + dice.next() * 0.3));
  const cachedKb = Math.floor((totalKb - usedKb) * (0.3 + dice.next() * 0.4));
  const buffersKb = dice.between(18_000, 190_000);
  const disks = dice.pick([
    ['vda', 'vda1'],
    ['sda', 'sda1'],
    ['nvme0n1', 'nvme0n1p1'],
  ]) as [string, string];
  const diskKb = dice.pick([20, 25, 40, 50, 60, 80, 100]) * 1_048_576 - dice.between(900_000, 1_900_000);
  const users = makeUsers(dice, role, installedAt);
  const network = makeInterface(dice);
  const listen = makeProcesses(dice, { role, cores, bootedAt, partition: disks[1], users, device: network.name });
  return {
    seed,
    hostname,
    domain,
    machineId: dice.hex(32),
    bootId: uuid(dice),
    installedAt,
    bootedAt,
    release: kernel.debian,
    kernel: {
      release: kernel.release,
      build: `#1 SMP PREEMPT_DYNAMIC Debian ${kernel.build} (${kernel.date})`,
      architecture: 'x86_64',
      compiler: `gcc-12 (Debian 12.2.0-${kernel.gcc}) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40`,
    },
    cpu: {
      vendor: chip.vendor,
      model: chip.model,
      family: chip.family,
      modelNumber: chip.number,
      stepping: chip.stepping,
      microcode: chip.microcode,
      mhz: Number((chip.mhz + dice.between(-400, 400) / 1000).toFixed(3)),
      cacheKb: chip.cache,
      cores,
      bogomips: (Math.round(chip.mhz * 200 + dice.between(-60, 60)) / 100).toFixed(2),
      flags: chip.flags,
      hypervisor: 'KVM',
    },
    memory: {
      totalKb,
      usedKb,
      cachedKb,
      buffersKb,
      sharedKb: dice.between(600, 42_000),
      swapKb: dice.pick([0, 975, 1022, 2047]) * 1024 - 4 > 0 ? dice.pick([998, 1022, 2046]) * 1024 - 4 : 0,
    },
    disk: {
      device: disks[0],
      partition: disks[1],
      uuid: uuid(dice),
      bootUuid: `${dice.hex(4)}-${dice.hex(4)}`.toUpperCase(),
      totalKb: diskKb,
      usedKb: Math.floor(diskKb * (0.09 + dice.next() * 0.5)),
      inodes: Math.floor(diskKb / 16 / 1024) * 1024,
      inodesUsed: dice.between(41_000, 160_000),
    },
    interfaces: [network],
    resolvers: dice.pick([
      [network.gateway],
      [network.gateway, '1.1.1.1'],
      ['9.9.9.9', '1.1.1.1'],
      ['8.8.8.8', '8.8.4.4'],
    ]),
    users,
    processes: listen.processes,
    listeners: listen.listeners,
    role,
    packages: { 'openssh-server': `1:9.2p1-${kernel.ssh}`, 'linux-image-amd64': kernel.build, ...listen.packages },
    logins: makeLogins(dice, users, bootedAt, madeAt),
    load: Number((dice.next() * 0.4).toFixed(2)),
    sshVersion: `OpenSSH_9.2p1 Debian-${kernel.ssh}`,
  };
};

function uuid(dice: Dice): string {
  return `${dice.hex(8)}-${dice.hex(4)}-4${dice.hex(3)}-${dice.pick(['8', '9', 'a', 'b'])}${dice.hex(3)}-${dice.hex(12)}`;
}

function makeUsers(dice: Dice, role: Persona['role'], installedAt: number): PersonaUser[] {
  const installDay = Math.floor(installedAt / day);
  const system = systemUsers.map(
    ([name, uid, gid, gecos, home, shell]): PersonaUser => ({
      name,
      uid,
      gid,
      gecos,
      home,
      shell,
      isPerson: uid === 0,
      isSudoer: false,
      passwordDay: uid === 0 ? installDay + dice.between(0, 90) : installDay,
    }),
  );
  const extra: Partial<Record<Persona['role'], [string, number, string, string]>> = {
    database: ['postgres', 105, 'PostgreSQL administrator,,,', '/var/lib/postgresql'],
    mail: ['postfix', 105, '', '/var/spool/postfix'],
  };
  const service = extra[role];
  if (service) {
    const [name, uid, gecos, home] = service;
    const shell = name === 'postgres' ? '/bin/bash' : '/usr/sbin/nologin';
    system.push({ name, uid, gid: 112, gecos, home, shell, isPerson: false, isSudoer: false, passwordDay: installDay });
  }
  const people = Array.from({ length: dice.between(1, 3) }, (_, index): PersonaUser => {
    const first = dice.pick(firstNames);
    const last = word(dice);
    const name = dice.pick([`${first[0]}${last}`, last, `${first}${last.slice(0, 3)}`]).toLowerCase();
    return {
      name,
      uid: 1000 + index,
      gid: 1000 + index,
      gecos: dice.chance(0.6) ? `${first} ${last[0]?.toUpperCase()}${last.slice(1)},,,` : ',,,',
      home: `/home/${name}`,
      shell: '/bin/bash',
      isPerson: true,
      isSudoer: index === 0,
      passwordDay: installDay + dice.between(0, 200),
    };
  });
  const seen = new Set<string>();
  return [...system, ...people].filter(({ name }) => !seen.has(name) && seen.add(name));
}

function makeInterface(dice: Dice): PersonaInterface {
  const mac = `${dice.pick(macPrefixes)}:${dice.hex(2)}:${dice.hex(2)}:${dice.hex(2)}`;
  const net = dice.pick([
    [10, dice.between(1, 250), dice.between(0, 250)],
    [172, dice.between(17, 31), dice.between(0, 250)],
    [192, 168, dice.between(2, 250)],
  ]) as [number, number, number];
  const receivedPackets = dice.between(400_000, 90_000_000);
  const sentPackets = Math.floor(receivedPackets * (0.3 + dice.next() * 0.5));
  const bytes = mac.split(':').map((each) => Number.parseInt(each, 16)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const group = (high: number, low: number): string => ((high << 8) | low).toString(16);
  return {
    name: dice.pick(['eth0', 'ens3', 'ens18', 'ens192', 'enp1s0', 'enp0s3']),
    mac,
    address: `${net.join('.')}.${dice.between(10, 240)}`,
    prefix: 24,
    broadcast: `${net.join('.')}.255`,
    linkLocal: `fe80::${group(bytes[0] ^ 2, bytes[1])}:${group(bytes[2], 0xff)}:${group(0xfe, bytes[3])}:${group(bytes[4], bytes[5])}`,
    gateway: `${net.join('.')}.${dice.pick([1, 1, 254])}`,
    receivedBytes: receivedPackets * dice.between(180, 900),
    receivedPackets,
    sentBytes: sentPackets * dice.between(120, 700),
    sentPackets,
  };
}

function makeLogins(dice: Dice, users: readonly PersonaUser[], bootedAt: number, madeAt: number): Persona['logins'] {
  const people = users.filter(({ uid }) => uid >= 1000 && uid < 60_000);
  const from = `10.${dice.between(1, 250)}.${dice.between(1, 250)}.${dice.between(10, 240)}`;
  const logins: { user: string; tty: string; from: string; at: number; seconds: number }[] = [];
  let at = madeAt - dice.between(2, 60) * 3_600_000;
  while (at > bootedAt + day && logins.length < 12) {
    const user = dice.chance(0.3) ? 'root' : dice.pick(people).name;
    logins.push({ user, tty: 'pts/0', from, at, seconds: dice.between(60, 9000) });
    at -= dice.between(8, 240) * 3_600_000;
  }
  return logins;
}
