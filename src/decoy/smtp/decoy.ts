import { z } from 'zod';
import { accessOptions } from '../access/access.ts';
import { defineDecoy } from '../contract.ts';

const options = z.strictObject({
  ...accessOptions,
  accept: accessOptions.accept.default('never'),
  relay: z.boolean().default(true).meta({
    title: 'Open relay',
    description: 'Takes mail for anybody, as a badly set up server does. Nothing is ever sent on.',
  }),
});
export type SmtpOptions = z.output<typeof options>;

/** A mail server that looks like Debian's Postfix, takes mail and never sends any. */
export const smtp = defineDecoy({
  name: 'smtp',
  title: 'SMTP',
  description: 'Looks like Postfix. Passwords, senders, recipients and messages are kept; nothing is ever sent on.',
  defaultPort: 2525,
  protocol: 'smtp',
  options,
  load: () => import('./start.ts'),
  async start(host, chosen) {
    const { serveSmtp } = await import('./start.ts');
    return serveSmtp(host, chosen);
  },
});
