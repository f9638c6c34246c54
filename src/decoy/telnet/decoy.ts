import { z } from 'zod';
import { accessOptions } from '../access/access.ts';
import { defineDecoy } from '../contract.ts';

const options = z.strictObject({
  ...accessOptions,
  failureDelayMs: z
    .int()
    .min(0)
    .max(30_000)
    .default(3000)
    .meta({ title: 'Delay of a refusal (ms)', description: "Debian's login waits about 3,000." }),
});
export type TelnetOptions = z.output<typeof options>;

/** Telnet with Debian's login, and behind it the shell of the imitated machine. */
export const telnet = defineDecoy({
  name: 'telnet',
  title: 'Telnet',
  description: 'A log-in and a shell that runs nothing. Passwords, commands and what they want fetched are kept.',
  defaultPort: 2323,
  protocol: 'telnet',
  options,
  load: () => import('./start.ts'),
  async start(host, chosen) {
    const { serveTelnet } = await import('./start.ts');
    return serveTelnet(host, chosen);
  },
});
