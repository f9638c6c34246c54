import { z } from 'zod';
import { Access, accessOptions } from '../access/access.ts';
import { defineDecoy } from '../contract.ts';
import { createPersona } from '../persona/persona.ts';
import { SmtpSession } from './session.ts';

const options = z.strictObject({
  ...accessOptions,
  accept: accessOptions.accept.default('never'),
  relay: z.boolean().default(true).meta({
    title: 'Open relay',
    description: 'Takes mail for anybody, as a badly set up server does. Nothing is ever sent on.',
  }),
});

/** A mail server that looks like Debian's Postfix, takes mail and never sends any. */
export const smtp = defineDecoy({
  name: 'smtp',
  title: 'SMTP',
  description: 'Looks like Postfix. Passwords, senders, recipients and messages are kept; nothing is ever sent on.',
  defaultPort: 2525,
  protocol: 'smtp',
  options,
  start(host, { accept, tries, accounts, relay }) {
    const persona = createPersona(host.seed, host.installedAt);
    const access = new Access({ accept, tries, accounts });
    return {
      connection: (socket, visit) =>
        new SmtpSession(socket, visit, {
          name: `${persona.hostname}.${persona.domain}`,
          domain: persona.domain,
          relay,
          admits: (user, password) => access.admits(visit.address, user, password),
        }).start(),
    };
  },
});
