import type { Disk } from './disk.ts';

type Make = (disk: Disk) => string;

/** `/proc/cpuinfo`. */
export const processorFile: Make = ({ persona: { cpu } }) =>
  Array.from({ length: cpu.cores }, (_, core) => {
    const rows: [string, string | number][] = [
      ['processor\t', core],
      ['vendor_id\t', cpu.vendor],
      ['cpu family\t', cpu.family],
      ['model\t\t', cpu.modelNumber],
      ['model name\t', cpu.model],
      ['stepping\t', cpu.stepping],
      ['microcode\t', cpu.microcode],
      ['cpu MHz\t\t', cpu.mhz.toFixed(3)],
      ['cache size\t', `${cpu.cacheKb} KB`],
      ['physical id\t', 0],
      ['siblings\t', cpu.cores],
      ['core id\t\t', core],
      ['cpu cores\t', cpu.cores],
      ['apicid\t\t', core],
      ['initial apicid\t', core],
      ['fpu\t\t', 'yes'],
      ['fpu_exception\t', 'yes'],
      ['cpuid level\t', cpu.vendor === 'AuthenticAMD' ? 16 : 13],
      ['wp\t\t', 'yes'],
      ['flags\t\t', cpu.flags],
      [
        'bugs\t\t',
        cpu.vendor === 'AuthenticAMD'
          ? 'sysret_ss_attrs null_seg spectre_v1 spectre_v2 spec_store_bypass srso'
          : 'cpu_meltdown spectre_v1 spectre_v2 spec_store_bypass l1tf mds swapgs itlb_multihit mmio_stale_data',
      ],
      ['bogomips\t', cpu.bogomips],
      ['clflush size\t', 64],
      ['cache_alignment\t', 64],
      [
        'address sizes\t',
        cpu.vendor === 'AuthenticAMD' ? '48 bits physical, 48 bits virtual' : '46 bits physical, 48 bits virtual',
      ],
      ['power management', ''],
    ];
    return `${rows.map(([name, value]) => `${name}:${value === '' ? '' : ` ${value}`}\n`).join('')}\n`;
  }).join('');

/** Memory in KiB as it is now: it moves a little with the clock. */
export function memoryNow({ persona: { memory }, now }: Disk): {
  total: number;
  free: number;
  used: number;
  buffers: number;
  cached: number;
  available: number;
  shared: number;
  swap: number;
  slab: number;
} {
  const wave = Math.floor(now() / 1000) % 977;
  const used = memory.usedKb + wave * 8;
  const cached = memory.cachedKb + wave * 4;
  const slab = Math.floor(memory.cachedKb / 9 / 4) * 4;
  const free = Math.max(41_000, memory.totalKb - used - cached - memory.buffersKb);
  return {
    total: memory.totalKb,
    free,
    used: memory.totalKb - free - cached - memory.buffersKb,
    buffers: memory.buffersKb,
    cached,
    available: free + Math.floor((cached + memory.buffersKb) * 0.9),
    shared: memory.sharedKb,
    swap: memory.swapKb,
    slab,
  };
}

/** `/proc/meminfo`. */
export const memoryFile: Make = (disk) => {
  const now = memoryNow(disk);
  const rows: [string, number][] = [
    ['MemTotal', now.total],
    ['MemFree', now.free],
    ['MemAvailable', now.available],
    ['Buffers', now.buffers],
    ['Cached', now.cached - now.slab],
    ['SwapCached', 0],
    ['Active', Math.floor(now.used * 0.7)],
    ['Inactive', Math.floor(now.cached * 0.8)],
    ['Active(anon)', Math.floor(now.used * 0.1)],
    ['Inactive(anon)', Math.floor(now.used * 0.6)],
    ['Active(file)', Math.floor(now.used * 0.6)],
    ['Inactive(file)', Math.floor(now.cached * 0.6)],
    ['Unevictable', 0],
    ['Mlocked', 0],
    ['SwapTotal', now.swap],
    ['SwapFree', now.swap],
    ['Zswap', 0],
    ['Zswapped', 0],
    ['Dirty', 120 + (now.free % 700)],
    ['Writeback', 0],
    ['AnonPages', Math.floor(now.used * 0.68)],
    ['Mapped', Math.floor(now.cached * 0.2)],
    ['Shmem', now.shared],
    ['KReclaimable', now.slab],
    ['Slab', Math.floor(now.slab * 1.4)],
    ['SReclaimable', now.slab],
    ['SUnreclaim', Math.floor(now.slab * 0.4)],
    ['KernelStack', 2400 + (now.total % 977)],
    ['PageTables', 5200 + (now.total % 1999)],
    ['SecPageTables', 0],
    ['NFS_Unstable', 0],
    ['Bounce', 0],
    ['WritebackTmp', 0],
    ['CommitLimit', Math.floor(now.total / 2) + now.swap],
    ['Committed_AS', Math.floor(now.used * 1.9)],
    ['VmallocTotal', 34_359_738_367],
    ['VmallocUsed', 13_000 + (now.total % 4999)],
    ['VmallocChunk', 0],
    ['Percpu', 1200 + (now.total % 300)],
    ['HardwareCorrupted', 0],
    ['AnonHugePages', 0],
    ['ShmemHugePages', 0],
    ['ShmemPmdMapped', 0],
    ['FileHugePages', 0],
    ['FilePmdMapped', 0],
  ];
  const sized = rows.map(([name, value]) => `${`${name}:`.padEnd(15)}${String(value).padStart(9)} kB\n`).join('');
  return `${sized}HugePages_Total:       0\nHugePages_Free:        0\nHugePages_Rsvd:        0\nHugePages_Surp:        0\nHugepagesize:       2048 kB\nHugetlb:               0 kB\nDirectMap4k:      ${String(100_000 + (now.total % 60_000)).padStart(7)} kB\nDirectMap2M:     ${String(now.total - (now.total % 2048)).padStart(8)} kB\n`;
};

/** Three load averages around the persona's. */
export function loadNow({ persona, now }: Disk): [number, number, number] {
  const wave = (period: number): number => Math.abs(Math.sin(now() / period + persona.load * 10));
  return [
    persona.load * (0.6 + wave(60_000)),
    persona.load * (0.8 + wave(300_000) * 0.5),
    persona.load * (0.9 + wave(900_000) * 0.2),
  ];
}

const seconds = (ms: number): string => (ms / 1000).toFixed(2);

/** Files directly under `/proc` besides the two large ones. */
export const systemFiles: Readonly<Record<string, Make>> = {
  version: ({ persona: { kernel } }) =>
    `Linux version ${kernel.release} (debian-kernel@lists.debian.org) (${kernel.compiler}) ${kernel.build}\n`,
  uptime: ({ persona, now }) => {
    const up = now() - persona.bootedAt;
    return `${seconds(up)} ${seconds(up * persona.cpu.cores * (1 - persona.load / 8))}\n`;
  },
  loadavg: (disk) => {
    const [one, five, fifteen] = loadNow(disk);
    const count = disk.world.processes().length;
    return `${one.toFixed(2)} ${five.toFixed(2)} ${fifteen.toFixed(2)} 1/${count + 34} ${disk.world.self}\n`;
  },
  cmdline: ({ persona: { disk, kernel } }) =>
    `BOOT_IMAGE=/boot/vmlinuz-${kernel.release} root=UUID=${disk.uuid} ro quiet\n`,
  filesystems: () =>
    'nodev\tsysfs\nnodev\ttmpfs\nnodev\tbdev\nnodev\tproc\nnodev\tcgroup\nnodev\tcgroup2\nnodev\tcpuset\nnodev\tdevtmpfs\nnodev\tdebugfs\nnodev\ttracefs\nnodev\tsecurityfs\nnodev\tsockfs\nnodev\tbpf\nnodev\tpipefs\nnodev\tramfs\nnodev\thugetlbfs\nnodev\tdevpts\nnodev\tmqueue\nnodev\tpstore\n\text3\n\text2\n\text4\nnodev\tautofs\n',
  partitions: ({ persona: { disk } }) =>
    `major minor  #blocks  name\n\n 254        0 ${String(disk.totalKb + 1_100_000).padStart(10)} ${disk.device}\n 254        1 ${String(disk.totalKb + 1_000_000).padStart(10)} ${disk.partition}\n`,
  swaps: ({ persona: { memory } }) =>
    `Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n${memory.swapKb > 0 ? `/swapfile                               file\t\t${memory.swapKb}\t\t0\t\t-2\n` : ''}`,
  modules: () =>
    [
      ['tcp_diag', 16384, 0, '-'],
      ['inet_diag', 24576, 1, 'tcp_diag,'],
      ['nf_tables', 303104, 0, '-'],
      ['nfnetlink', 20480, 1, 'nf_tables,'],
      ['intel_rapl_msr', 20480, 0, '-'],
      ['intel_rapl_common', 32768, 1, 'intel_rapl_msr,'],
      ['ghash_clmulni_intel', 16384, 0, '-'],
      ['aesni_intel', 393216, 0, '-'],
      ['crypto_simd', 16384, 1, 'aesni_intel,'],
      ['cryptd', 28672, 2, 'crypto_simd,ghash_clmulni_intel,'],
      ['serio_raw', 20480, 0, '-'],
      ['pcspkr', 16384, 0, '-'],
      ['button', 24576, 0, '-'],
      ['evdev', 28672, 1, '-'],
      ['fuse', 176128, 1, '-'],
      ['loop', 32768, 0, '-'],
      ['dm_mod', 184320, 0, '-'],
      ['configfs', 57344, 1, '-'],
      ['ip_tables', 36864, 0, '-'],
      ['x_tables', 61440, 1, 'ip_tables,'],
      ['autofs4', 53248, 2, '-'],
      ['ext4', 983040, 1, '-'],
      ['crc16', 16384, 1, 'ext4,'],
      ['mbcache', 16384, 1, 'ext4,'],
      ['jbd2', 167936, 1, 'ext4,'],
      ['virtio_net', 73728, 0, '-'],
      ['net_failover', 20480, 1, 'virtio_net,'],
      ['failover', 16384, 1, 'net_failover,'],
    ]
      .map(([name, size, used, by]) => `${name} ${size} ${used} ${by} Live 0x0000000000000000\n`)
      .join(''),
  stat: ({ persona, now }) => {
    const ticks = Math.floor((now() - persona.bootedAt) / 10);
    const row = (name: string, share: number): string =>
      `${name} ${Math.floor(ticks * persona.load * 0.2 * share)} ${Math.floor(ticks * 0.0001 * share)} ${Math.floor(ticks * persona.load * 0.1 * share)} ${Math.floor(ticks * 0.97 * share)} ${Math.floor(ticks * 0.001 * share)} 0 ${Math.floor(ticks * 0.0008 * share)} 0 0 0\n`;
    return `${row('cpu ', persona.cpu.cores)}${Array.from({ length: persona.cpu.cores }, (_, core) => row(`cpu${core}`, 1)).join('')}ctxt ${ticks * 9}\nbtime ${Math.floor(persona.bootedAt / 1000)}\nprocesses ${Math.floor(ticks / 400)}\nprocs_running 1\nprocs_blocked 0\n`;
  },
  devices: () =>
    'Character devices:\n  1 mem\n  4 /dev/vc/0\n  4 tty\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n 10 misc\n 13 input\n136 pts\n\nBlock devices:\n  8 sd\n254 virtblk\n259 blkext\n',
  interrupts: ({ persona: { cpu } }) =>
    `${' '.repeat(11)}${Array.from({ length: cpu.cores }, (_, core) => `CPU${core}`.padEnd(11)).join('')}\n   0: ${'         9 '.repeat(cpu.cores)}  IO-APIC   2-edge      timer\n`,
  crypto: () =>
    'name         : crc32c\ndriver       : crc32c-intel\nmodule       : crc32c_intel\npriority     : 200\nrefcnt       : 5\nselftest     : passed\ninternal     : no\ntype         : shash\nblocksize    : 1\ndigestsize   : 4\n\n',
  kmsg: () => '',
  kallsyms: () => '0000000000000000 A fixed_percpu_data\n0000000000000000 A __per_cpu_start\n',
};

const hexAddress = (address: string): string =>
  address.includes(':')
    ? address === '::1'
      ? '00000000000000000000000001000000'
      : '0'.repeat(32)
    : address
        .split('.')
        .reverse()
        .map((part) => Number(part).toString(16).padStart(2, '0').toUpperCase())
        .join('');
const hexPort = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');

function sockets(disk: Disk, protocol: string): string {
  return disk.persona.listeners
    .filter((each) => each.protocol === protocol)
    .map((each, at) => {
      const row = `${String(at).padStart(4)}: ${hexAddress(each.address)}:${hexPort(each.port)} ${protocol.endsWith('6') ? '0'.repeat(32) : '00000000'}:0000 ${protocol.startsWith('tcp') ? '0A' : '07'} 00000000:00000000 00:00000000 00000000     0        0 ${each.inode} 1 0000000000000000 100 0 0 10 0`;
      return `${row.padEnd(149)}\n`;
    })
    .join('');
}

const socketHead = (protocol: string): string =>
  protocol.endsWith('6')
    ? '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
    : `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode${protocol.startsWith('udp') ? ' ref pointer drops             ' : '                                                     '}\n`;

/** Files of `/proc/net`. */
export const networkFiles: Readonly<Record<string, Make>> = {
  dev: ({ persona: { interfaces } }) => {
    const row = (name: string, received: number, packetsIn: number, sent: number, packetsOut: number): string =>
      `${name.padStart(6)}:${String(received).padStart(8)} ${String(packetsIn).padStart(7)}    0    0    0     0          0         0 ${String(sent).padStart(8)} ${String(packetsOut).padStart(7)}    0    0    0     0       0          0\n`;
    return `Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n${row('lo', 4_182 * 91, 4_182, 4_182 * 91, 4_182)}${interfaces.map((each) => row(each.name, each.receivedBytes, each.receivedPackets, each.sentBytes, each.sentPackets)).join('')}`;
  },
  arp: ({ persona: { interfaces } }) =>
    `IP address       HW type     Flags       HW address            Mask     Device\n${interfaces.map((each) => `${each.gateway.padEnd(17)}0x1         0x2         ${gatewayMac(each.mac)}     *        ${each.name}\n`).join('')}`,
  route: ({ persona: { interfaces } }) =>
    `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT                                                       \n${interfaces
      .map((each) => {
        const net = `${each.address.split('.').slice(0, 3).join('.')}.0`;
        return `${`${each.name}\t00000000\t${hexAddress(each.gateway)}\t0003\t0\t0\t0\t00000000\t0\t0\t0`.padEnd(127)}\n${`${each.name}\t${hexAddress(net)}\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0`.padEnd(127)}\n`;
      })
      .join('')}`,
  tcp: (disk) => socketHead('tcp') + sockets(disk, 'tcp'),
  tcp6: (disk) => socketHead('tcp6') + sockets(disk, 'tcp6'),
  udp: (disk) => socketHead('udp') + sockets(disk, 'udp'),
  udp6: (disk) => socketHead('udp6') + sockets(disk, 'udp6'),
  unix: () => 'Num       RefCount Protocol Flags    Type St Inode Path\n',
  raw: () => socketHead('tcp'),
};

/** The gateway's MAC: another maker's machine, one per installation. */
export function gatewayMac(mac: string): string {
  const bytes = mac.split(':').map((part) => Number.parseInt(part, 16));
  return [0x00, 0x1b, 0x21, (bytes[5] ?? 0) ^ 0x5a, (bytes[3] ?? 0) ^ 0x33, (bytes[4] ?? 0) ^ 0xc7]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join(':');
}
