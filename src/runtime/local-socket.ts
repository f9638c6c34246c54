import { chmodSync, lstatSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Log } from '../serve/contract.ts';
import { listenLocal } from '../serve/server.ts';
import { socketName } from './data-folder.ts';

/** What a socket's address holds: one byte less than the field, which ends with a zero. */
const longestPath = process.platform === 'linux' ? 107 : 103;

/**
 * Lets the command line reach a running Phosor over a socket in the data folder, which only its owner can open. The data
 * folder must be locked. What goes wrong is a warning: everything else works without it.
 */
export async function listenLocally(
  app: FastifyInstance,
  dataDir: string,
  log: Log,
): Promise<{ close: () => Promise<void> }> {
  const path = join(dataDir, socketName);
  const without = { close: async () => {} };
  if (process.platform === 'win32') return without;
  const bytes = Buffer.byteLength(path);
  if (bytes > longestPath) {
    const consequence = 'Commands cannot reach this Phosor while it runs; everything else works.';
    log('warn', `The path ${path} is too long for a socket (${bytes} bytes, ${longestPath} at most). ${consequence}`);
    return without;
  }
  let server: Server;
  try {
    // The folder is locked: a socket that is there was left by a Phosor that was killed.
    if (lstatSync(path, { throwIfNoEntry: false })?.isSocket()) rmSync(path);
    server = await listenLocal(app, path);
    // The folder itself opens to nobody else; this is for those who change that.
    chmodSync(path, 0o600);
  } catch (error) {
    log('warn', `Commands cannot reach this Phosor while it runs: ${path}: ${(error as Error).message}.`);
    return without;
  }
  return {
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(path, { force: true });
    },
  };
}
