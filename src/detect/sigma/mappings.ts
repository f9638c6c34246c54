import type { Field, FieldSource, FieldSources } from '../form.ts';
import { hash128 } from '../hash.ts';
import { checkedMapping, isColumn, type LogsourceKeys, type Mapping, type MappingEntry } from './mapping-file.ts';
import applications from './mappings/applications.json' with { type: 'json' };
import linux from './mappings/linux.json' with { type: 'json' };
import network from './mappings/network.json' with { type: 'json' };
import processes from './mappings/processes.json' with { type: 'json' };
import web from './mappings/web.json' with { type: 'json' };
import windows from './mappings/windows.json' with { type: 'json' };
import channels from './mappings/windows-channels.json' with { type: 'json' };

/** The mappings that come with Phosor. */
const shippedMappings: readonly Mapping[] = [linux, processes, web, network, applications, windows, channels].map(
  (data) => checkedMapping(data),
);

/** What is known of one log source. */
export interface MappedLogsource {
  /** Entries that say which events it is: all must hold. */
  events: readonly { keys: LogsourceKeys; events: NonNullable<MappingEntry['events']> }[];
  /** Keys of the log source that no entry is about. */
  unknown: readonly string[];
  field(name: string): Field;
}

/** Answers for log sources. One per list of mappings; answers are remembered. */
class Mapper {
  readonly #entries: { keys: LogsourceKeys; entry: MappingEntry }[] = [];
  /** The user's entries, and what a rule's text holds where one may be about it. */
  readonly #own: { hash: string; wanted: readonly (readonly string[])[] }[];
  readonly #known = new Map<string, MappedLogsource>();
  /** Equal for mappings that say the same. */
  readonly key: string;

  /** @param own the user's: they come before those that are shipped. */
  constructor(own: readonly Mapping[]) {
    this.key = own.length === 0 ? '' : hash128(JSON.stringify(own));
    this.#own = own.flatMap(({ logsources }) =>
      logsources.map((entry) => ({
        hash: hash128(JSON.stringify(entry)),
        wanted: entry.for.map((keys) => Object.values(keys).filter((word) => /^[\w.-]+$/.test(word))),
      })),
    );
    for (const mapping of [...own, ...shippedMappings]) {
      for (const entry of mapping.logsources) {
        for (const keys of entry.for) this.#entries.push({ keys, entry });
      }
    }
  }

  /**
   * Equal for mappings that say the same about a rule with this text. An entry is about a log source whose words the text
   * holds; where YAML lets them be written otherwise, every entry may be.
   */
  keyFor(text: string): string {
    if (this.#own.length === 0) return '';
    if (/\\(?:[xuU]|\r?\n)/.test(text)) return this.key;
    const folded = text.toLowerCase();
    const isAbout = (words: readonly string[]): boolean => words.every((word) => folded.includes(word));
    const about = this.#own.filter(({ wanted }) => wanted.some(isAbout));
    return about.length === 0 ? '' : hash128(about.map(({ hash }) => hash).join(' '));
  }

  of(logsource: LogsourceKeys): MappedLogsource {
    const key = JSON.stringify([logsource.category, logsource.product, logsource.service]);
    let known = this.#known.get(key);
    if (known === undefined) {
      if (this.#known.size > 10_000) this.#known.clear();
      known = this.#read(logsource);
      this.#known.set(key, known);
    }
    return known;
  }

  #read(logsource: LogsourceKeys): MappedLogsource {
    const fitting = this.#entries.filter(({ keys }) => isWithin(keys, logsource));
    const mentioned = new Set(fitting.flatMap(({ keys }) => Object.keys(keys)));
    const events = fitting.flatMap(({ keys, entry: { events } }) => (events === undefined ? [] : [{ keys, events }]));
    const bySpecificity = [...fitting].sort((a, b) => Object.keys(b.keys).length - Object.keys(a.keys).length);
    const prefixes = [...new Set(bySpecificity.flatMap(({ entry }) => entry.prefixes ?? []))];
    const sources = new Map<string, FieldSource[]>();
    for (const { entry } of bySpecificity) {
      for (const [name, list] of Object.entries(entry.fields ?? {})) {
        sources.set(name, [...(sources.get(name) ?? []), ...list]);
      }
    }
    const fields = new Map<string, Field>();
    return {
      events,
      unknown: Object.keys(logsource).filter((key) => !mentioned.has(key)),
      field(name) {
        let field = fields.get(name);
        if (field === undefined) {
          field = fieldOf(name, { prefixes, sources: sources.get(name) ?? [] });
          fields.set(name, field);
        }
        return field;
      },
    };
  }
}

function fieldOf(name: string, from: FieldSources): Field {
  if (isColumn(name) || (from.prefixes.length === 0 && from.sources.length === 0)) return { view: 'event', path: name };
  return { view: 'event', path: name, from };
}

const isWithin = (keys: LogsourceKeys, logsource: LogsourceKeys): boolean =>
  Object.entries(keys).every(([key, value]) => logsource[key] === value);

const mappers = new WeakMap<readonly Mapping[], Mapper>();
let inUse: readonly Mapping[] = [];

/** The user's mappings for every rule that this thread reads from now on. Once, before the first rule. */
export function setMappings(own: readonly Mapping[]): void {
  inUse = own;
}

export const mappingsInUse = (): readonly Mapping[] => inUse;

/** The mapper of a list of the user's mappings (absent: those in use); the same list, the same mapper. */
export function mapperOf(own: readonly Mapping[] = inUse): Mapper {
  let mapper = mappers.get(own);
  if (mapper === undefined) {
    mapper = new Mapper(own);
    mappers.set(own, mapper);
  }
  return mapper;
}
