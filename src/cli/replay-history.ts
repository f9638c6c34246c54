import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadMappings } from '../mappings-folder.ts';
import type { RuleDoc } from '../model/index.ts';
import { lockDataFolder } from '../runtime/data-folder.ts';
import { createRulebook } from '../runtime/rulebook.ts';
import { rulesInForce } from '../serve/rules/force.ts';
import type { EventStore } from '../store/contract.ts';
import { openDuckdbStore } from '../store/events/duckdb/store.ts';
import { recoverSpool } from '../store/spool/recover.ts';
import { type Call, CommandError, textOf } from './command.ts';
import { configOf } from './replay-flags.ts';
import { withRuleData } from './rules-data.ts';

/** The history of a data folder on which no Phosor runs, and the rules that are in force there. */
export interface StoppedHistory {
  store: EventStore;
  rules: readonly RuleDoc[];
}

/** Opens it, what the spool still holds included, and closes it when `work` is done. */
export async function* withHistory<T>(
  call: Call,
  work: (history: StoppedHistory) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const config = configOf(call);
  const { dataDir } = config;
  const folder = join(dataDir, 'events');
  if (!existsSync(folder))
    throw new CommandError(`There is no history in ${dataDir}. Name its folder with --data-dir.`);
  const unlock = lock(dataDir);
  try {
    const rules = await withRuleData(call, false, async ({ state, shipped }) =>
      rulesInForce({ shippedRules: shipped, state, rulebook: createRulebook(new Map()) }, Date.now()),
    );
    if (textOf(call.flags, '--mappings') === null)
      loadMappings(config.detect.mappings || join(dataDir, 'mappings'), (_, message) => call.err.line(message));
    const { maxBytes, memoryLimitMb } = config.store;
    const store = await openDuckdbStore({ folder, maxBytes, memoryLimitMb });
    try {
      // As the next start would: a segment that is loaded is not loaded again.
      await store.load(recoverSpool(join(dataDir, 'spool')).segments);
      yield* work({ store, rules });
    } finally {
      await store.close();
    }
  } finally {
    unlock();
  }
}

function lock(dataDir: string): () => void {
  try {
    return lockDataFolder(dataDir);
  } catch (error) {
    throw new CommandError(
      `${(error as Error).message} It has no socket in its data folder, so that it cannot be asked from here: use Replays in the browser, or POST /api/replays.`,
    );
  }
}
