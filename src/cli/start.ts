import { configFlags, loadConfig } from '../config/index.ts';
import { packageRoot } from '../package.ts';
import { refreshUi } from './build-ui.ts';
import type { Call, Command } from './command.ts';
import { isCheckout } from './place.ts';
import { runUntilStopped } from './run-until-stopped.ts';

export const start: Command = {
  name: 'start',
  summary: 'Start everything: listeners, pipeline, store, API and UI.',
  usage: ['[flags]'],
  flags: configFlags,
  readsOwnFlags: true,
  details: [
    'Every option is also a key of phosor.config.json or .yaml and an environment variable: docs/configuration.md.',
    'Flags win over the environment, the environment over the file. Ctrl-C or SIGTERM drains, syncs and exits 0.',
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const { err } = call;
  const loaded = loadConfig({
    argv: call.argv,
    env: call.env,
    cwd: call.cwd,
    packageRoot: isCheckout ? packageRoot : null,
  });
  for (const warning of loaded.warnings) err.line(`Note: ${warning}`);
  if (isCheckout) await refreshUi((line) => call.out.line(line));
  // Loaded late: help and a wrong flag need no server.
  const { startPhosor } = await import('../main.ts');
  return runUntilStopped(call, (print) => startPhosor(loaded.config, { print, origins: loaded.origins }));
}
