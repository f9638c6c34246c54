export const honeytokenKinds = ['account', 'path'] as const;

/** An account or a path that exists nowhere: whoever uses it has been where nobody should be. */
export interface Honeytoken {
  id: string;
  kind: (typeof honeytokenKinds)[number];
  /** The user name, or the path. */
  value: string;
  /** SHA-256 in hexadecimal digits; null: a path, or an account without a password of its own. */
  password_sha256: string | null;
  /** Where it was laid, in the words of whoever laid it: what alerts say. */
  label: string;
  /** `installation`: the decoys lay it out by themselves. */
  origin: 'installation' | 'own';
  /** Epoch ms; null: with the installation. */
  created_at: number | null;
  created_by: string | null;
}

export interface NewHoneytoken {
  kind: Honeytoken['kind'];
  /** Made up where it is absent. */
  value?: string | undefined;
  label: string;
}

/** Bait, for those who lay it. */
export interface HoneytokenControl {
  list(): Honeytoken[];
  /** The password of an account of the installation's; null: it is not known. */
  passwordOf(id: string): string | null;
  /**
   * @returns the new one and, of an account, its password: it is not kept and cannot be shown again.
   * @throws a sentence where it cannot be laid
   */
  add(token: NewHoneytoken, by: string): { token: Honeytoken; password: string | null };
  /** Only those that somebody laid. @returns null: there is no such one */
  remove(id: string): Honeytoken | null;
}
