import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PhosorConfig } from '../config/index.ts';
import type { PipelineWorkerData } from '../messages.ts';
import type { StateStore } from '../store/contract.ts';
import { type Keyring, openKeyring, WrongKeyError } from '../store/secrets/keyring.ts';
import { openSqliteState } from '../store/state/sqlite/state.ts';

/**
 * Opens the state of a data folder with the keys of the installation.
 *
 * @throws a sentence where the keys do not open what is stored. Nothing is changed then.
 */
export function openState({ dataDir, encryption, audit }: PhosorConfig): { state: StateStore; keyring: Keyring } {
  const file = join(dataDir, 'state.sqlite');
  requireState(dataDir, file);
  const keyring = openKeyring(dataDir, encryption.key);
  const state = opened(file, () => openSqliteState(file, { keyring, auditFolder: audit.dir }));
  const closed = state.secrets.names().filter((name) => !opensSecret(state, name));
  if (closed.length === 0) return { state, keyring };
  state.close();
  throw new Error(
    `${keyring.origin} does not open ${closed.length} of the stored secrets (${closed.slice(0, 5).join(', ')}${closed.length > 5 ? ' …' : ''}). ` +
      'Give Phosor the key they were encrypted with: PHOSOR_ENCRYPTION_KEY=new,old takes several. Nothing was changed. ' +
      'Where that key is lost for good, phosor key forget removes those secrets.',
  );
}

/** Users, rules and alerts that are gone beside events that are not: no new beginning, but a loss. */
function requireState(dataDir: string, file: string): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0) return;
  const events = join(dataDir, 'events');
  const isUsed = statSync(events, { throwIfNoEntry: false })?.isDirectory() && readdirSync(events).some(isSlice);
  if (isUsed)
    throw new Error(
      `${file} is missing or empty, though there are events in ${events}: users, rules and alerts would be gone. ` +
        'Bring it back from a backup (phosor restore), or move the events away to begin anew. Nothing was changed.',
    );
}

const isSlice = (name: string): boolean => name.endsWith('.duckdb');

function opened<T>(file: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (!/malformed|not a database/i.test(String(error))) throw error;
    throw new Error(
      `${file} is damaged (${(error as Error).message}). Bring it back from a backup: phosor restore FILE --force puts what is there aside. Nothing was changed.`,
      { cause: error },
    );
  }
}

/** Its presence says that events were sealed: the keys of that time must not be forgotten. */
export const sealedEventsSecret = 'events.sealed';

/** What the pipeline seals values of events with; null: no field is to be sealed. */
export function sealingOf(
  state: StateStore,
  { keys }: Keyring,
  fields: readonly string[],
): PipelineWorkerData['sealing'] {
  const [key] = keys;
  if (fields.length === 0 || key === undefined) return null;
  state.secrets.put(sealedEventsSecret, fields.join(' '));
  return { fields, key };
}

/** Whether a key of the installation opens a stored secret. */
export function opensSecret(state: StateStore, name: string): boolean {
  try {
    state.secrets.get(name);
    return true;
  } catch (error) {
    if (error instanceof WrongKeyError) return false;
    throw error;
  }
}
