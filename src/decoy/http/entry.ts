import type { FieldValue } from '../../model/index.ts';
import type { Guest } from './guests.ts';
import type { LureRequest } from './lure.ts';
import type { Site } from './site.ts';
import type { Reply } from './style.ts';

/** One try to log in that a request makes. */
export interface Login {
  user: string;
  password: string;
  method: 'basic' | 'form' | 'xmlrpc';
}

/** What somebody who is in did, or typed into a box: `decoy.command`. */
export interface Deed {
  /** sql, shell, groovy, ping, edit, deploy, account, settings … `fields.mode`. */
  mode: string;
  text: string;
  fields?: Readonly<Record<string, FieldValue>>;
}

/** A page behind the log-in. */
export interface Inside {
  reply: Reply | ((output: string) => Reply);
  deeds?: readonly Deed[];
  /** Runs in the imitated shell first; its output is given to `reply`. Byte strings. */
  run?: { command: string; as: string };
  /** Text that was left as a file. Files of forms and of PUT are taken anyway. Byte strings. */
  files?: readonly { name: string; content: string }[];
  /** They log out. */
  leaves?: boolean;
}

/** The way into what a lure shows, and what is behind it. */
export interface Entry {
  /** Tries that the request makes, at most 50. Those of HTTP authentication are followed by the page itself. */
  logins(request: LureRequest): readonly Login[];
  /** The answer to a form where one of the tries was let in. `guest.token` belongs into the cookie. Without: HTTP authentication only. */
  welcome?(request: LureRequest, site: Site, guest: Guest, admitted: readonly boolean[]): Reply;
  /** Null: no such page; the lure answers as it does to strangers. */
  inside(request: LureRequest, site: Site, guest: Guest): Inside | null;
}

/** HTTP authentication: the try is in the header, and what is welcomed is the page itself. */
export const basicLogins = (request: LureRequest): Login[] => {
  const given = /^basic\s+([A-Za-z0-9+/=_-]{1,2000})/i.exec(request.header('authorization'))?.[1];
  if (given === undefined) return [];
  const pair = Buffer.from(given, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? [] : [{ user: pair.slice(0, colon), password: pair.slice(colon + 1), method: 'basic' }];
};

/** A text as a page has it: byte string, for HTML. */
export const shownText = (text: string): string =>
  Buffer.from(
    text.replace(/[&<>"]/g, (each) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[each] ?? each),
    'utf8',
  ).toString('latin1');
