import type { Event } from '../../model/index.ts';
import type { Enrichment } from '../contract.ts';

/** Accounts and paths that exist nowhere and are laid out for intruders. Whoever uses one has been where nobody should be. */
export interface BaitTable {
  accounts: readonly { user: string; label: string }[];
  /** SHA-256 of passwords in hexadecimal digits, as records of decoys hold them. */
  passwords: readonly { sha256: string; label: string }[];
  /** A path that ends with `/` also stands for everything below it. */
  paths: readonly { path: string; label: string }[];
}

/** So deep a path of a request is looked at. */
const deepest = 12;

/**
 * Says where bait is used: `fields.honeytoken` (its label) and `fields.honeytoken_kind` (account, password or path), and the
 * tag `honeytoken`. In any log: the user of a login, the path of a request, the password that was tried at a decoy.
 */
export function createBait({ accounts, passwords, paths }: BaitTable): Enrichment {
  const users = new Map(accounts.map(({ user, label }) => [user, label]));
  const hashes = new Map(passwords.map(({ sha256, label }) => [sha256, label]));
  const places = new Map(paths.map(({ path, label }) => [path, label]));

  const find = ({ user, fields }: Event): readonly [kind: string, label: string] | null => {
    const account = user === null ? undefined : users.get(user);
    if (account !== undefined) return ['account', account];
    const { password_sha256: hash, path } = fields;
    const password = typeof hash === 'string' ? hashes.get(hash) : undefined;
    if (password !== undefined) return ['password', password];
    const place = typeof path === 'string' && path.startsWith('/') ? placeOf(path, places) : undefined;
    return place === undefined ? null : ['path', place];
  };

  return {
    name: 'bait',
    apply(event: Event): void {
      const found = find(event);
      if (found === null) return;
      event.tags.push('honeytoken');
      event.fields.honeytoken_kind = found[0];
      event.fields.honeytoken = found[1];
    },
  };
}

function placeOf(path: string, places: ReadonlyMap<string, string>): string | undefined {
  const exact = places.get(path) ?? places.get(`${path}/`);
  if (exact !== undefined) return exact;
  let at = 0;
  for (let depth = 0; depth < deepest; depth += 1) {
    at = path.indexOf('/', at + 1);
    if (at < 0) return undefined;
    const label = places.get(path.slice(0, at + 1));
    if (label !== undefined) return label;
  }
  return undefined;
}
