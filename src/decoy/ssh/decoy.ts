import { z } from 'zod';
import { Access, accessOptions } from '../access/access.ts';
import { defineDecoy, type RunningDecoy } from '../contract.ts';

const options = z.strictObject({
  ...accessOptions,
  methods: z
    .array(z.enum(['publickey', 'password', 'keyboard-interactive']))
    .min(1)
    .default(['publickey', 'password'])
    .meta({
      title: 'Ways to log in',
      description: 'What is offered. Debian offers publickey and password. Keys are recorded and always refused.',
    }),
  failureDelayMs: z.int().min(0).max(10_000).default(2000).meta({
    title: 'Delay of a failed login (ms)',
    description: 'PAM waits about 2 s.',
  }),
  maxTries: z
    .int()
    .min(1)
    .max(100)
    .default(6)
    .meta({ title: 'Tries per connection', description: 'OpenSSH ends a connection after 6 failures.' }),
  banner: z.string().max(2000).default('').meta({
    title: 'Legal notice',
    description: 'Shown before the login, as the Banner of sshd. Empty: none, which is what Debian does.',
    multiline: true,
  }),
});
type SshOptions = z.output<typeof options>;

export const ssh = defineDecoy<SshOptions>({
  name: 'ssh',
  title: 'SSH',
  description: 'An OpenSSH server of Debian 12 with a shell, SFTP and SCP that change nothing and reach nothing.',
  defaultPort: 2222,
  protocol: 'ssh',
  options,
  load: () => import('./start.ts'),
  async start(host, chosen): Promise<RunningDecoy> {
    // What speaks with strangers is loaded in the decoys' process alone; the list of decoys is read by others, too.
    const { serveSsh } = await import('./start.ts');
    return serveSsh(host, chosen, new Access(chosen));
  },
});
