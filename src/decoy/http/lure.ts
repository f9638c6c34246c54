import type { Severity } from '../../model/index.ts';
import type { Entry, Inside } from './entry.ts';
import type { HttpRequest } from './reader.ts';
import type { Site } from './site.ts';
import type { Reply } from './style.ts';

/** A request as lures look at it. */
export interface LureRequest {
  raw: HttpRequest;
  method: string;
  /** Escapes resolved, without the query. Byte string. */
  path: string;
  /** Escapes resolved. */
  query: string;
  /** Escapes of a form resolved. */
  body: string;
  /** The host that the client named, for links. */
  host: string;
  /** What is known of the user agent, Referer and so on. */
  header(name: string): string;
  /** What a form or the query gives to a name. */
  value(name: string): string | undefined;
  /** The name of the first file in a form. */
  fileName(): string | undefined;
}

/** Something on the imitated web host that attackers look for: one file, one line in `lures/index.ts`. */
export interface Lure {
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Tested against the path, escapes resolved. */
  readonly paths: RegExp;
  /** What asking for it amounts to, `fields.attack` of the event; null: by itself only curiosity. */
  readonly attack: string | null;
  readonly severity: Severity;
  /** Null: not this one after all. */
  answer(request: LureRequest, site: Site): Reply | null;
  /** The way in, where there is one. Without, everybody is refused. */
  readonly entry?: Entry | ((site: Site) => Entry | null);
  /** A page that runs what it is given, for everybody; where there is no entry. */
  open?(request: LureRequest, site: Site): Inside | null;
}

export const defineLure = (lure: Lure): Lure => lure;

/** A page made by PHP. */
export const phpPage = (site: Site, body: string, more: Partial<Reply> = {}): Reply => ({
  status: 200,
  type: 'text/html; charset=UTF-8',
  isDynamic: true,
  body,
  ...more,
  headers: [['X-Powered-By', `PHP/${site.php}`], ...(more.headers ?? [])],
});

/** A file that lies on the disk. */
export const file = (site: Site, name: string, type: string, body: string): Reply => ({
  status: 200,
  type,
  body,
  modifiedAt: site.changedAt(name),
});
