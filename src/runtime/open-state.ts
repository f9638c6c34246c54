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
  const keyring = openKeyring(dataDir, encryption.key);
  const state = openSqliteState(join(dataDir, 'state.sqlite'), { keyring, auditFolder: audit.dir });
  const closed = state.secrets.names().filter((name) => !opensSecret(state, name));
  if (closed.length === 0) return { state, keyring };
  state.close();
  throw new Error(
    `${keyring.origin} does not open ${closed.length} of the stored secrets (${closed.slice(0, 5).join(', ')}${closed.length > 5 ? ' …' : ''}). ` +
      'Give Phosor the key they were encrypted with: PHOSOR_ENCRYPTION_KEY=new,old takes several. Nothing was changed. ' +
      'Where that key is lost for good, phosor key forget removes those secrets.',
  );
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
