import { z } from 'zod';

/** What a name of an interface may look like: it becomes an argument of a program. */
const interfaceName = /^[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,31}$/;

/** Packets from the wire. */
export const capture = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .meta({
      title: 'Capture packets',
      description:
        'Read packets of an interface with tcpdump or dumpcap, which need the right to do so (docs/network.md).',
      env: ['PHOSOR_CAPTURE'],
      runtime: true,
    }),
  interface: z
    .string()
    .regex(interfaceName, 'the name of an interface, such as eth0 or any')
    .default('any')
    .meta({
      title: 'Interface',
      description: 'Whose packets are read: eth0, br0 … `any` is all of them.',
      env: ['PHOSOR_CAPTURE_INTERFACE'],
      runtime: true,
    }),
  filter: z
    .string()
    .max(2000)
    .regex(/^(?!\s*-)[^\0\r\n]*$/, 'a filter as tcpdump has it, in one line, that does not begin with a hyphen')
    .default('')
    .meta({
      title: 'Filter of packets',
      description: 'As tcpdump has it: not port 8000, net 192.0.2.0/24. Empty: everything.',
      env: ['PHOSOR_CAPTURE_FILTER'],
      runtime: true,
    }),
  program: z
    .string()
    .max(4096)
    .regex(/^(?:|tcpdump|dumpcap|\/[^\0]*\/(?:tcpdump|dumpcap)[^/\0]*)$/, 'tcpdump, dumpcap or the path of one of them')
    .default('')
    .meta({
      title: 'Program that captures',
      description: 'tcpdump or dumpcap, or the path of one of them. Empty: whichever is there, tcpdump first.',
      env: ['PHOSOR_CAPTURE_PROGRAM'],
    }),
  snapLength: z.int().min(96).max(262_144).default(1600).meta({
    title: 'Bytes of each packet',
    description: 'How much of a packet is read. Sizes are counted whole all the same.',
    runtime: true,
  }),
  bufferMb: z.int().min(1).max(1024).default(128).meta({
    title: "Kernel's buffer (MiB)",
    description: 'Packets that wait in the kernel. What does not fit is lost, counted and shown.',
    runtime: true,
  }),
  immediate: z.boolean().default(false).meta({
    title: 'Every packet at once',
    description: 'Packets are handed over one by one instead of within a second. Costs more processor time.',
    runtime: true,
  }),
  flows: z.int().min(1000).max(4_000_000).default(262_144).meta({
    title: 'Conversations at the same time',
    description:
      '128 bytes each, when they are needed. When there are more, the quietest are told and forgotten, and counted.',
  }),
  fileMaxBytes: z.int().min(1_000_000).max(68_719_476_736).default(1_073_741_824).meta({
    title: 'Size of an uploaded capture (bytes)',
    description: 'A longer .pcap or .pcapng is refused in the browser; phosor replay takes any.',
    bytes: true,
    runtime: true,
  }),
});
