import { Access } from '../access/access.ts';
import type { DecoyHost, RunningDecoy } from '../contract.ts';
import { createPersona } from '../persona/persona.ts';
import { accountOf, openArea } from './area.ts';
import type { FtpOptions } from './decoy.ts';
import { FtpSession } from './session.ts';

export function serveFtp(
  host: DecoyHost,
  { accept, tries, accounts, anonymous, writable, banner, failureDelayMs }: FtpOptions,
): RunningDecoy {
  const access = new Access({ accept, tries, accounts });
  let clients = 0;
  const persona = createPersona(host.seed, host.installedAt);
  return {
    connection(socket, visit) {
      clients += 1;
      visit.signal.addEventListener('abort', () => {
        clients -= 1;
      });
      new FtpSession(socket, visit, host, {
        banner,
        anonymous,
        writable,
        failureDelayMs,
        admits: (address, user, password) => access.admits(address, user, password),
        account: (user) => accountOf(persona, user),
        open: (user) => openArea(host, persona, user),
        clients: () => clients,
      }).start();
    },
  };
}
