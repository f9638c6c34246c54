import { z } from 'zod';
import { Access, accessOptions } from '../access/access.ts';
import { defineDecoy } from '../contract.ts';
import { createPersona } from '../persona/persona.ts';
import { TelnetSession } from './session.ts';

const options = z.strictObject({
  ...accessOptions,
  failureDelayMs: z
    .int()
    .min(0)
    .max(30_000)
    .default(3000)
    .meta({ title: 'Delay of a refusal (ms)', description: "Debian's login waits about 3,000." }),
});

/** Telnet with Debian's login, and behind it the shell of the imitated machine. */
export const telnet = defineDecoy({
  name: 'telnet',
  title: 'Telnet',
  description: 'A log-in and a shell that runs nothing. Passwords, commands and what they want fetched are kept.',
  defaultPort: 2323,
  protocol: 'telnet',
  options,
  start(host, { accept, tries, accounts, failureDelayMs }) {
    const persona = createPersona(host.seed, host.installedAt);
    const access = new Access({ accept, tries, accounts });
    return {
      connection: (socket, visit) =>
        new TelnetSession(socket, visit, {
          persona,
          failureDelayMs,
          now: () => host.now(),
          admits: (user, password) => access.admits(visit.address, user, password),
        }).start(),
    };
  },
});
