import { keyScopes } from '../store/contract.ts';
import { type Call, type Command, CommandError, textOf, UsageError } from './command.ts';
import { localServer } from './local-server.ts';

export const apiKeyWorks = ['list', 'create', 'revoke'] as const;

export const apiKeyFlags: Command['flags'] = [
  {
    name: '--scope',
    kind: 'list',
    value: 'SCOPE',
    description: `Of a new API key: ${keyScopes.join(', ')} (default: ingest).`,
  },
  {
    name: '--expires',
    kind: 'text',
    value: 'DAYS',
    description: 'After how many days a new API key ends (default: never).',
  },
];

interface KeyView {
  id: string;
  name: string;
  scopes: string[];
  prefix: string;
  expires_at: string | null;
  last_used_at: string | null;
  revoked: boolean;
}

/** API keys of a running Phosor, over the socket in its data folder. The key itself is printed once, alone on stdout. */
export async function runApiKeys(
  call: Call,
  dataDir: string,
  work: (typeof apiKeyWorks)[number],
  name: string | undefined,
): Promise<number> {
  if ((work === 'list') !== (name === undefined))
    throw new UsageError('Write "phosor key list", "phosor key create NAME" or "phosor key revoke ID".');
  const server = await localServer(dataDir);
  if (server === null)
    throw new CommandError(`No Phosor runs on ${dataDir}. Start it, or name its folder with --data-dir.`);
  if (work === 'list') {
    for (const key of await server.ask<KeyView[]>('GET', '/api/keys')) {
      const state = key.revoked ? 'revoked' : `expires ${key.expires_at ?? 'never'}`;
      call.out.line(
        [key.id, key.prefix, key.name, key.scopes.join(','), state, `used ${key.last_used_at ?? 'never'}`].join('\t'),
      );
    }
    return 0;
  }
  if (work === 'revoke') {
    await server.ask('DELETE', `/api/keys/${encodeURIComponent(name ?? '')}`);
    call.err.line('The key is revoked.');
    return 0;
  }
  const days = textOf(call.flags, '--expires');
  if (days !== null && !/^[1-9]\d{0,4}$/.test(days))
    throw new UsageError(`--expires wants a number of days, not "${days}".`);
  const scopes = (call.flags.values.get('--scope') ?? ['ingest']).flatMap((text) => text.split(','));
  const { key } = await server.ask<{ key: string }>('POST', '/api/keys', {
    name,
    scopes,
    ...(days !== null && { expires_at: new Date(Date.now() + Number(days) * 86_400_000).toISOString() }),
  });
  call.out.line(key);
  call.err.line('Keep it: it is not shown again.');
  return 0;
}
