/** A person or a service of the imitated machine, as `/etc/passwd` knows it. */
export interface PersonaUser {
  name: string;
  uid: number;
  gid: number;
  /** The comment field of `/etc/passwd`. */
  gecos: string;
  home: string;
  shell: string;
  /** Made by the administrator (uid 0 or from 1000), not by a package. */
  isPerson: boolean;
  /** Member of the group `sudo`. */
  isSudoer: boolean;
  /** Days since 1970 of the last password change (third field of `/etc/shadow`). */
  passwordDay: number;
}

/** A running process. The session's own (sshd, bash and what it runs) are added by the shell. */
export interface PersonaProcess {
  pid: number;
  ppid: number;
  user: string;
  /** `?` where it has none. */
  tty: string;
  /** As `ps` writes it, such as `Ss` or `I<`. */
  state: string;
  /** Unix time in ms. */
  startedAt: number;
  cpuSeconds: number;
  virtualKb: number;
  residentKb: number;
  /** The short name (at most 15 characters). */
  name: string;
  /** The whole command line; kernel threads have `[name]`. */
  command: string;
}

export interface PersonaInterface {
  name: string;
  mac: string;
  address: string;
  prefix: number;
  broadcast: string;
  /** The link-local IPv6 address that follows from the MAC. */
  linkLocal: string;
  gateway: string;
  receivedBytes: number;
  receivedPackets: number;
  sentBytes: number;
  sentPackets: number;
}

/** A port something listens on. */
export interface PersonaListener {
  protocol: 'tcp' | 'tcp6' | 'udp' | 'udp6';
  address: string;
  port: number;
  pid: number;
  program: string;
  inode: number;
}

/**
 * Who one installation's decoys pretend to be. All of it follows from the seed and the day of its making, so a restart
 * shows the same machine, and two installations share nothing but what every Debian 12 has.
 */
export interface Persona {
  seed: string;
  hostname: string;
  domain: string;
  machineId: string;
  bootId: string;
  /** Unix time in ms when the machine was set up. */
  installedAt: number;
  /** Unix time in ms of the last boot. */
  bootedAt: number;
  /** `12.9` and the like, as in `/etc/debian_version`. */
  release: string;
  kernel: { release: string; build: string; architecture: 'x86_64'; compiler: string };
  cpu: {
    vendor: string;
    model: string;
    family: number;
    modelNumber: number;
    stepping: number;
    microcode: string;
    mhz: number;
    cacheKb: number;
    cores: number;
    bogomips: string;
    flags: string;
    hypervisor: string;
  };
  memory: { totalKb: number; usedKb: number; cachedKb: number; buffersKb: number; sharedKb: number; swapKb: number };
  disk: {
    device: string;
    partition: string;
    uuid: string;
    bootUuid: string;
    totalKb: number;
    usedKb: number;
    inodes: number;
    inodesUsed: number;
  };
  interfaces: readonly PersonaInterface[];
  resolvers: readonly string[];
  users: readonly PersonaUser[];
  processes: readonly PersonaProcess[];
  listeners: readonly PersonaListener[];
  /** What the machine is for: decides its processes, ports and files. */
  role: 'web' | 'database' | 'build' | 'mail' | 'storage';
  /** Packages beyond the base system and those whose version depends on the last upgrade. */
  packages: Readonly<Record<string, string>>;
  /** Earlier logins for `last`, newest first. */
  logins: readonly { user: string; tty: string; from: string; at: number; seconds: number }[];
  /** Load averages hover around this. */
  load: number;
  /** The software version part of the SSH identification, such as `OpenSSH_9.2p1 Debian-2+deb12u3`. */
  sshVersion: string;
}

/** `createPersona` of `src/decoy/persona/persona.ts`: keep `seed` and `madeAt` (Unix ms, the first start) and call again. */
export type CreatePersona = (seed: string, madeAt: number) => Persona;
