import { Access } from '../access/access.ts';
import type { DecoyHost, RunningDecoy } from '../contract.ts';
import { createPersona } from '../persona/persona.ts';
import type { SmtpOptions } from './decoy.ts';
import { SmtpSession } from './session.ts';

export function serveSmtp(host: DecoyHost, { accept, tries, accounts, relay }: SmtpOptions): RunningDecoy {
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
}
