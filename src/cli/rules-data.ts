import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../config/index.ts';
import type { RuleDoc } from '../model/index.ts';
import { packageRoot } from '../package.ts';
import { loadShippedRules } from '../rules-folder.ts';
import { effectiveRules } from '../serve/rules/effective.ts';
import type { StateStore } from '../store/contract.ts';
import { openSqliteState } from '../store/state/sqlite/state.ts';
import { type Call, textOf } from './command.ts';
import { isCheckout } from './place.ts';

/** The rules of a data folder, whether Phosor runs on it or not. */
export interface RuleData {
  state: StateStore;
  /** Whether there is such a folder: without one these are the shipped rules, and nothing is known of them. */
  exists: boolean;
  dataDir: string;
  shipped: readonly RuleDoc[];
  rules(): RuleDoc[];
}

/** @param create make the folder where there is none */
export async function withRuleData<T>(call: Call, create: boolean, work: (data: RuleData) => Promise<T>): Promise<T> {
  const given = textOf(call.flags, '--data-dir');
  const argv = given === null ? [] : ['--data-dir', given];
  const { config } = loadConfig({ argv, env: call.env, cwd: call.cwd, packageRoot: isCheckout ? packageRoot : null });
  const { dataDir } = config;
  const file = join(dataDir, 'state.sqlite');
  const exists = existsSync(file);
  if (create) mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const state = openSqliteState(exists || create ? file : ':memory:', { auditFolder: config.audit.dir });
  try {
    const shipped = config.detect.shippedRules ? loadShippedRules().docs : [];
    const rules = () => effectiveRules(shipped, state.rules.list());
    return await work({ state, exists, dataDir, shipped, rules });
  } finally {
    state.close();
  }
}
