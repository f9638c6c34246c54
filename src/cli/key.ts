import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { opensSecret, sealedEventsSecret } from '../runtime/open-state.ts';
import type { StateStore } from '../store/contract.ts';
import { generateFernetKey } from '../store/secrets/fernet.ts';
import { addKey, type Keyring, keepNewestKey, openKeyring, WrongKeyError } from '../store/secrets/keyring.ts';
import { openSqliteState } from '../store/state/sqlite/state.ts';
import { apiKeyFlags, apiKeyWorks, runApiKeys } from './api-keys.ts';
import { type Call, type Command, CommandError, configOf, placeFlags, UsageError } from './command.ts';
import { localServer } from './local-server.ts';

const works = ['generate', 'rotate', 'forget'] as const;

export const key: Command = {
  name: 'key',
  summary: 'API keys, and the key that secrets are encrypted with.',
  usage: [
    'list',
    'create NAME [--scope SCOPE …] [--expires DAYS]',
    'revoke ID',
    'generate',
    'rotate [flags of phosor start]',
    'forget [flags of phosor start]',
  ],
  flags: [...apiKeyFlags, ...placeFlags],
  details: [
    'list, create and revoke are about API keys, and ask the Phosor that runs on the data folder.',
    'generate prints a new key for PHOSOR_ENCRYPTION_KEY. Nothing else is done with it.',
    'rotate encrypts all secrets with the newest key: the first of PHOSOR_ENCRYPTION_KEY, or a new one in encryption.key.',
    'forget removes the secrets that no key opens, where the key they need is lost for good.',
    'rotate and forget need Phosor to be stopped. docs/encryption.md says more.',
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const [what, ...more] = call.flags.positionals;
  const apiKeyWork = apiKeyWorks.find((each) => each === what);
  if (apiKeyWork !== undefined && more.length < 2)
    return runApiKeys(call, configOf(call).config.dataDir, apiKeyWork, more[0]);
  const work = works.find((each) => each === what);
  if (work === undefined || more.length > 0)
    throw new UsageError(
      'Write "phosor key list", "create NAME", "revoke ID", "generate", "rotate" or "forget". --help says more.',
    );
  if (work === 'generate') {
    call.out.line(generateFernetKey());
    return 0;
  }
  const config = configOf(call).config;
  const { dataDir, encryption } = config;
  const file = join(dataDir, 'state.sqlite');
  if (!existsSync(file))
    throw new CommandError(
      `There is nothing in ${dataDir} yet. Start Phosor once, or name the folder with --data-dir.`,
    );
  // It holds the keys in its memory: what it encrypts afterwards would need the old one.
  if ((await localServer(dataDir)) !== null)
    throw new CommandError(`Phosor runs on ${dataDir}. Stop it first, then run this again.`);
  const withState = <T>(keyring: Keyring, use: (state: StateStore) => T): T => {
    const state = openSqliteState(file, { keyring, auditFolder: config.audit.dir });
    try {
      return use(state);
    } finally {
      state.close();
    }
  };
  const audit = (state: StateStore, details: Record<string, unknown>): void =>
    state.audit.append({
      timestamp: Date.now(),
      action: 'encryption_key_rotated',
      user: 'local',
      success: true,
      source_ip: null,
      details,
    });

  if (work === 'forget') {
    const removed = withState(openKeyring(dataDir, encryption.key), (state) => {
      const lost = state.secrets.names().filter((name) => !opensSecret(state, name));
      for (const name of lost) state.secrets.remove(name);
      if (lost.length > 0) audit(state, { forgotten: lost });
      return lost;
    });
    call.out.line(
      removed.length === 0 ? 'Every secret can be opened: none was removed.' : `Removed: ${removed.join(', ')}.`,
    );
    return 0;
  }
  const generated = encryption.key === null;
  // The old keys stay in the file until everything is encrypted anew: whatever happens in between, nothing is lost.
  openKeyring(dataDir, encryption.key);
  const keyring = generated ? addKey(dataDir) : openKeyring(dataDir, encryption.key);
  let hasSealedEvents = false;
  const count = withState(keyring, (state) => {
    try {
      hasSealedEvents = state.secrets.names().includes(sealedEventsSecret);
      const resealed = state.secrets.reseal();
      audit(state, { secrets: resealed, generated });
      return resealed;
    } catch (error) {
      if (error instanceof WrongKeyError) throw new CommandError(`${error.message} Nothing was changed.`);
      throw error;
    }
  });
  if (generated && !hasSealedEvents) keepNewestKey(dataDir);
  const secrets = `${count} secret${count === 1 ? ' was' : 's were'} encrypted with the newest key.`;
  if (hasSealedEvents)
    call.out.line(
      'The old key is kept behind the new one: events were sealed with it, and cannot be opened without it.',
    );
  if (hasSealedEvents) call.out.line(secrets);
  else
    call.out.line(
      generated
        ? `${secrets} The old key is gone from ${keyring.origin}: keep a copy of the new one.`
        : `${secrets} The keys behind the first can be taken out of PHOSOR_ENCRYPTION_KEY.`,
    );
  return 0;
}
