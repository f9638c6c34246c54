import { z } from 'zod';

/** Which logins a decoy lets in. A decoy spreads these into its own options. */
export const accessOptions = {
  accept: z.enum(['never', 'list', 'after-tries']).default('after-tries').meta({
    title: 'Logins',
    description:
      'never: all are refused. list: only the accounts below get in. after-tries: an address gets in with whatever it tries after that many failures, and afterwards with the same account again; the accounts below get in at once.',
  }),
  tries: z
    .int()
    .min(0)
    .max(1000)
    .default(3)
    .meta({ title: 'Failures first', description: 'How many logins of an address fail before one is let in.' }),
  accounts: z
    .array(
      z
        .string()
        .max(256)
        .regex(/^[^:]+:/, 'Write user:password; * stands for any password.'),
    )
    .max(200)
    .default([])
    .meta({ title: 'Accounts', description: 'user:password, one a line. * as the password lets any in.' }),
} as const;

export interface AccessOptions {
  accept: 'never' | 'list' | 'after-tries';
  tries: number;
  accounts: readonly string[];
}

/** Addresses that are remembered at a time; the one seen longest ago is forgotten. */
const remembered = 10_000;

interface Guest {
  failures: number;
  /** The account that it was let in with. */
  user: string | null;
  password: string;
}

/** Decides about logins and remembers, per address, what it was let in with, so that a guess that worked works again. */
export class Access {
  readonly #options: AccessOptions;
  readonly #guests = new Map<string, Guest>();

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** Counts the attempt. */
  admits(address: string, user: string, password: string): boolean {
    const { accept, tries, accounts } = this.#options;
    if (accept === 'never') return false;
    if (accounts.some((account) => account === `${user}:${password}` || account === `${user}:*`)) return true;
    if (accept === 'list' || user === '') return false;
    const guest = this.#guests.get(address) ?? { failures: 0, user: null, password: '' };
    this.#guests.delete(address);
    this.#guests.set(address, guest);
    if (this.#guests.size > remembered) this.#guests.delete(this.#guests.keys().next().value ?? '');
    if (guest.user !== null) return guest.user === user && guest.password === password;
    if (guest.failures < tries) {
      guest.failures += 1;
      return false;
    }
    guest.user = user;
    guest.password = password;
    return true;
  }
}
