import { type Extensions, type Field, RuleError } from '../form.ts';
import { parseTimespan } from './correlation.ts';
import { isYamlMap, textAt, textListAt, type Yaml, type YamlMap } from './yaml.ts';

/** How long a stateless detection's alert stays open, ms. */
const detectionWindowMs = 300_000;

/**
 * Reads the `phosor:` map of a rule's outermost document; what is absent gets Sigma's defaults.
 * @param field where the events of the rule have a field of a name
 */
export function readExtensions(
  value: Yaml | undefined,
  timespanMs: number | null,
  field: (name: string) => Field,
): { ext: Extensions; groupBy: Field[] | null; minEvents: number | null } {
  const map: YamlMap = isYamlMap(value) ? value : {};
  if (value !== undefined && value !== null && !isYamlMap(value))
    throw new RuleError(['phosor'], '`phosor` must be a map');
  const ext: Extensions = {
    reset: 'none',
    suppressMs: timespanMs ?? detectionWindowMs,
    boundary: 'open',
    groupPrefix: null,
    maxGroups: null,
    coveredBy: textListAt(map, 'covered_by', ['phosor']),
    message: textAt(map, 'message', ['phosor']),
    response: textAt(map, 'response', ['phosor']),
  };
  const mapped = mappedNames(ext.message, field);
  if (mapped.length > 0) ext.messageFields = Object.fromEntries(mapped);
  let groupBy: Field[] | null = null;
  let minEvents: number | null = null;
  for (const [key, item] of Object.entries(map)) {
    const path = ['phosor', key];
    switch (key) {
      case 'message':
      case 'response':
      case 'covered_by':
        break;
      case 'reset':
        if (item !== 'none' && item !== 'on_match') throw new RuleError(path, '`reset` is none or on_match');
        ext.reset = item;
        break;
      case 'boundary':
        if (item !== 'open' && item !== 'closed') throw new RuleError(path, '`boundary` is open or closed');
        ext.boundary = item;
        break;
      case 'suppress':
        ext.suppressMs = typeof item === 'string' ? (parseTimespan(item) ?? -1) : whole(item, 0, 31_536_000) * 1000;
        if (ext.suppressMs < 0) throw new RuleError(path, '`suppress` is a number of seconds or a timespan such as 5m');
        break;
      case 'group_prefix':
        ext.groupPrefix = whole(item, 1, 128);
        if (ext.groupPrefix < 0)
          throw new RuleError(path, '`group_prefix` is a number of bits of IPv6 addresses, 1 to 128');
        break;
      case 'max_groups':
        ext.maxGroups = whole(item, 10, 10_000_000);
        if (ext.maxGroups < 0) throw new RuleError(path, '`max_groups` is a whole number from 10');
        break;
      case 'min_events':
        minEvents = whole(item, 1, 10_000_000);
        if (minEvents < 0) throw new RuleError(path, '`min_events` is a whole number from 1');
        break;
      case 'group_by':
        if (timespanMs !== null)
          throw new RuleError(path, '`group_by` is for single detections; a correlation has `group-by`');
        groupBy = textListAt(map, 'group_by', ['phosor']).map(field);
        break;
      default:
        throw new RuleError(
          path,
          `\`phosor.${key}\` is not known; use reset, suppress, boundary, group_prefix, group_by, min_events, max_groups, covered_by, message or response`,
        );
    }
  }
  return { ext, groupBy, minEvents };
}

/** What a message may say of the alert itself, besides fields. */
export const factWords: ReadonlySet<string> = new Set(['count', 'observed', 'values', 'duration', 'first']);

/** The names in a message that are somewhere else than where they say. */
function mappedNames(message: string | null, field: (name: string) => Field): [string, Field][] {
  const names = [...(message?.matchAll(/\{([^{}]{1,100})\}/g) ?? [])].map(([, name]) => name as string);
  const fields = names.filter((name) => !factWords.has(name)).map((name): [string, Field] => [name, field(name)]);
  return fields.filter(([name, { path, from }]) => from !== undefined || path !== name);
}

const whole = (value: Yaml, from: number, to: number): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= from && value <= to ? value : -1;
