import { z } from 'zod';

/** What is done about attackers. */
export const response = z.strictObject({
  mode: z.enum(['dry-run', 'enforce']).default('dry-run').meta({
    title: 'Response',
    description:
      'dry-run: what would be blocked is decided and shown, nothing is written anywhere. enforce: decisions reach the firewall, bouncers and lists. Switching back lifts them all.',
    runtime: true,
  }),
  enforcer: z.enum(['auto', 'nftables', 'ipset', 'none']).default('auto').meta({
    title: 'Firewall of this machine',
    description:
      'auto: nftables, or ipset with iptables where there is no nft. none: only bouncers and lists take the decisions.',
  }),
  allowed: z.array(z.string().min(1).max(64)).max(1000).default([]).meta({
    title: 'Allow-list',
    description:
      'Addresses and ranges that are never blocked, whatever a rule says. More are added on the page Decisions.',
  }),
  allowPrivate: z.boolean().default(false).meta({
    title: 'Private addresses may be blocked',
    description: 'RFC 1918, unique local and link-local addresses. Off, so that no mistake shuts out your own network.',
    runtime: true,
  }),
  maxPerMinute: z.int().min(1).max(10_000).default(30).meta({
    title: 'New blocks a minute',
    description: 'The circuit breaker: more are refused, and shown.',
    runtime: true,
  }),
  redirectPorts: z
    .array(z.string().regex(/^\d{1,5}:\d{1,5}$/, 'two ports with a colon between, such as 22:2222'))
    .max(64)
    .default(['22:2222', '80:8080', '21:2121', '23:2323'])
    .meta({
      title: 'Ports of redirected sources',
      description:
        'Which port of a decoy answers for which port, as 22:2222. What is not listed is dropped for a source that is redirected.',
    }),
  peerHours: z.int().min(1).max(8760).default(72).meta({
    title: 'Callers are protected (hours)',
    description: 'An address from which somebody with a credential called is not blocked for so long.',
    runtime: true,
  }),
});
