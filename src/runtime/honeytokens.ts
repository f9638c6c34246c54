import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { createBait } from '../decoy/bait/bait.ts';
import type { BaitTable } from '../enrich/contract.ts';
import { type Honeytoken, type HoneytokenControl, honeytokenKinds } from '../serve/honeytokens/types.ts';
import type { StateStore } from '../store/contract.ts';
import { ownIdentity } from './decoys/identity.ts';

const key = 'honeytokens';
const most = 500;

const kept = z.array(
  z.object({
    id: z.string(),
    kind: z.enum(honeytokenKinds),
    value: z.string(),
    password_sha256: z.string().nullable(),
    label: z.string(),
    created_at: z.number(),
    created_by: z.string(),
  }),
);

export interface HoneytokenOptions {
  state: Pick<StateStore, 'settings'>;
  pipeline: { setBait(table: BaitTable | null): void };
  dataDir: string;
  now: () => number;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What this installation lays out, and what people lay: told to the pipeline, which finds its use in any log. */
export function startHoneytokens({ state, pipeline, dataDir, now }: HoneytokenOptions): HoneytokenControl {
  const bait = createBait(ownIdentity(join(dataDir, 'decoys'), now).seed);
  const installation = [
    ...bait.accounts.map(({ user, password, place }, index) => ({
      id: `installation-account-${index}`,
      kind: 'account' as const,
      value: user,
      password_sha256: sha256(password),
      label: `${place} of the HTTP decoy`,
      password,
    })),
    ...bait.paths.map(({ path, place }, index) => ({
      id: `installation-path-${index}`,
      kind: 'path' as const,
      value: path,
      password_sha256: null,
      label: `${place} of the HTTP decoy`,
      password: null,
    })),
  ];
  const own = (): z.infer<typeof kept> => {
    const read = kept.safeParse(state.settings.get(key));
    return read.success ? read.data : [];
  };
  const list = (): Honeytoken[] => [
    ...own().map((token) => ({ ...token, origin: 'own' as const })),
    ...installation.map(({ password: _, ...token }) => ({
      ...token,
      origin: 'installation' as const,
      created_at: null,
      created_by: null,
    })),
  ];
  const tell = (): void => pipeline.setBait(tableOf(list()));
  tell();

  return {
    list,
    passwordOf: (id) => installation.find((token) => token.id === id)?.password ?? null,
    add({ kind, value, label }, by) {
      const tokens = own();
      if (tokens.length >= most) throw new Error(`There are ${most} already. Remove one that is no longer laid out.`);
      const chosen = value ?? (kind === 'account' ? madeUpName() : `/${madeUpName()}/`);
      if (list().some((token) => token.kind === kind && token.value === chosen))
        throw new Error(`"${chosen}" is laid out already. Choose another one.`);
      const password = kind === 'account' ? randomBytes(12).toString('base64url') : null;
      const token = {
        id: randomUUID(),
        kind,
        value: chosen,
        password_sha256: password === null ? null : sha256(password),
        label,
        created_at: now(),
        created_by: by,
      };
      state.settings.put(key, [...tokens, token]);
      tell();
      return { token: { ...token, origin: 'own' }, password };
    },
    remove(id) {
      const tokens = own();
      const gone = tokens.find((token) => token.id === id);
      if (gone === undefined) return null;
      state.settings.put(
        key,
        tokens.filter((token) => token !== gone),
      );
      tell();
      return { ...gone, origin: 'own' };
    },
  };
}

const kinds = ['backup', 'sync', 'deploy', 'export', 'report', 'svc'] as const;
const madeUpName = (): string => `${kinds[randomInt(kinds.length)]}_${randomBytes(3).toString('hex')}`;

function tableOf(tokens: readonly Honeytoken[]): BaitTable {
  const accounts = tokens.filter(({ kind }) => kind === 'account');
  return {
    accounts: accounts.map(({ value, label }) => ({ user: value, label })),
    passwords: accounts.flatMap(({ password_sha256, label }) =>
      password_sha256 === null ? [] : [{ sha256: password_sha256, label }],
    ),
    paths: tokens.filter(({ kind }) => kind === 'path').map(({ value, label }) => ({ path: value, label })),
  };
}
