import { Access } from '../access/access.ts';
import type { DecoyHost, RunningDecoy } from '../contract.ts';
import { createPersona } from '../persona/persona.ts';
import type { TelnetOptions } from './decoy.ts';
import { TelnetSession } from './session.ts';

export function serveTelnet(host: DecoyHost, { accept, tries, accounts, failureDelayMs }: TelnetOptions): RunningDecoy {
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
}
