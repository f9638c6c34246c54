import ssh2 from 'ssh2';
import type { Access } from '../access/access.ts';
import type { DecoyHost, RunningDecoy } from '../contract.ts';
import { createPersona } from '../persona/persona.ts';
import { createFileSystem, createShell } from '../shell/index.ts';
import { type ConnectionsOptions, serveConnections } from './connections.ts';

/** Host keys are made once; sizes are those of Debian's installer. */
async function hostKeys(host: DecoyHost): Promise<string[]> {
  const { generateKeyPairSync } = ssh2.utils;
  return [
    await host.kept('rsa', () => generateKeyPairSync('rsa', { bits: 3072 }).private),
    await host.kept('ecdsa', () => generateKeyPairSync('ecdsa', { bits: 256 }).private),
    await host.kept('ed25519', () => generateKeyPairSync('ed25519').private),
  ];
}

export async function serveSsh(
  host: DecoyHost,
  options: ConnectionsOptions['options'],
  access: Access,
): Promise<RunningDecoy> {
  const machine = { persona: createPersona(host.seed, host.installedAt), createFileSystem, createShell };
  return serveConnections({ host, machine, hostKeys: await hostKeys(host), access, options });
}
