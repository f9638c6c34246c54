import type { Honeytoken, HoneytokenControl } from './types.ts';

/** One account of the installation's, and what is added. */
export function fakeHoneytokens(): HoneytokenControl {
  const own: Honeytoken[] = [];
  const installation: Honeytoken = {
    id: 'installation-account-0',
    kind: 'account',
    value: 'app_mira42',
    password_sha256: 'a'.repeat(64),
    label: '.env of the HTTP decoy',
    origin: 'installation',
    created_at: null,
    created_by: null,
  };
  return {
    list: () => [...own, installation],
    passwordOf: (id) => (id === installation.id ? 'made-up' : null),
    add({ kind, value = 'made_up', label }, by) {
      if (own.some((token) => token.value === value)) throw new Error(`"${value}" is laid out already.`);
      const id = `own-${own.length}`;
      const token: Honeytoken = {
        id,
        kind,
        value,
        password_sha256: null,
        label,
        origin: 'own',
        created_at: 0,
        created_by: by,
      };
      own.push(token);
      return { token, password: kind === 'account' ? 'shown-once' : null };
    },
    remove(id) {
      const at = own.findIndex((token) => token.id === id);
      return at < 0 ? null : (own.splice(at, 1)[0] ?? null);
    },
  };
}
