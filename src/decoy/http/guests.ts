import { createHash, randomBytes } from 'node:crypto';
import type { FileSystem } from '../shell/types.ts';

/** Somebody who was let in. */
export interface Guest {
  /** The lure's name. */
  app: string;
  user: string;
  address: string;
  /** 32 hex digits: part of the cookie; empty where every request brings its password. */
  token: string;
  /** What their commands left behind on the imitated disk. */
  files: FileSystem | null;
}

/** Guests at a time; the one seen longest ago is forgotten. So many of them have a disk of their own. */
const mostGuests = 2000;
const mostDisks = 64;

/** Who is in, by cookie or by password, over all connections. */
export class Guests {
  readonly #byKey = new Map<string, Guest>();
  readonly #disks = new Set<Guest>();

  #put(key: string, guest: Guest): Guest {
    this.#byKey.delete(key);
    this.#byKey.set(key, guest);
    if (this.#byKey.size > mostGuests) this.#byKey.delete(this.#byKey.keys().next().value ?? '');
    return guest;
  }

  /** A new guest with a token for a cookie. */
  enter(app: string, user: string, address: string): Guest {
    const token = randomBytes(16).toString('hex');
    return this.#put(token, { app, user, address, token, files: null });
  }

  /** A new guest whose requests bring the password. */
  enterBasic(app: string, user: string, password: string, address: string): Guest {
    return this.#put(basicKey(app, user, password, address), { app, user, address, token: '', files: null });
  }

  /** By a token that stands somewhere in the header `Cookie`. */
  withCookie(app: string, cookies: string): Guest | null {
    for (const [token] of cookies.slice(0, 4096).matchAll(/[0-9a-f]{32}/g)) {
      const guest = this.#byKey.get(token);
      if (guest?.app === app) return this.#put(token, guest);
    }
    return null;
  }

  withPassword(app: string, user: string, password: string, address: string): Guest | null {
    const key = basicKey(app, user, password, address);
    const guest = this.#byKey.get(key);
    return guest === undefined ? null : this.#put(key, guest);
  }

  leave(guest: Guest): void {
    if (guest.token !== '') this.#byKey.delete(guest.token);
  }

  /** The guest's disk, made once. Where too many have one, the oldest begins anew. */
  diskOf(guest: Guest, make: () => FileSystem): FileSystem {
    guest.files ??= make();
    this.#disks.delete(guest);
    this.#disks.add(guest);
    if (this.#disks.size > mostDisks) {
      const [oldest] = this.#disks;
      if (oldest !== undefined) {
        this.#disks.delete(oldest);
        oldest.files = null;
      }
    }
    return guest.files;
  }
}

/** Passwords do not lie about in memory for as long as a guest is remembered. */
const basicKey = (...parts: string[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('base64');
