import type { EventCondition, TextTest } from '../../../model/index.ts';
import { rowColumns } from '../row.ts';
import type { EventFilter } from '../types.ts';

/** Milliseconds of one row of the cube over time. */
export const cubeStepMs = 600_000;

/** Ports that the views of events tell apart. All others are one in cubes that do not count ports. */
const namedPorts: readonly number[] = [22, 23, 1433, 3306, 3389, 5432];

const dimensions = [
  'source_type',
  'format',
  'facility',
  'level',
  'event_type',
  'outcome',
  'severity',
  'protocol',
] as const;
const reducedPort = `CASE WHEN dst_port IS NULL OR dst_port IN (${namedPorts.join(', ')}) THEN dst_port ELSE -1 END AS dst_port`;
const reducedAddress = `CASE WHEN src_ip IS NOT NULL THEN '*' END AS src_ip`;
const reducedFields = `CASE WHEN contains(fields, '"tcp_flags"') THEN '{"tcp_flags":' || coalesce(json_extract(fields, '$.tcp_flags')::VARCHAR, 'null') || '}' END AS fields`;
const timeBucket = `time - ((time % ${cubeStepMs}) + ${cubeStepMs}) % ${cubeStepMs} AS time`;
const wholes = (names: readonly string[]): string[] => names.map((name) => `"${name}"`);

/** Counts of a slice by some columns: `n` events, the last of them at `last`. */
export interface Cube {
  name: string;
  /** Columns as SQL over events. */
  select: readonly string[];
  /** What a query may need of it: see {@link needsOf}. */
  has: ReadonlySet<string>;
  /** Counts by the shape of the raw line too, which stands in a file of its own: see {@link import('./text-counts.ts')}. */
  isOfTexts?: true;
}

const small = ['dst_port:named', 'src_ip:null', 'fields:tcp_flags'] as const;

/** The first that has what is needed answers: the smallest stand first. */
export const cubes: readonly Cube[] = [
  ...(['user', 'host', 'dst_ip', 'program'] as const).map((name) => ({
    name,
    select: wholes([name, 'event_type', 'severity']),
    has: new Set([name, 'event_type', 'severity']),
  })),
  {
    name: 'dst_port',
    select: wholes(['dst_port', 'protocol', 'event_type', 'severity']),
    has: new Set(['dst_port', 'dst_port:named', 'protocol', 'event_type', 'severity']),
  },
  { name: 'address', select: wholes(['src_ip']), has: new Set(['src_ip', 'src_ip:null']) },
  {
    name: 'time',
    select: [timeBucket, ...wholes(['source', ...dimensions]), reducedPort, reducedAddress, reducedFields],
    has: new Set(['time', 'source', ...dimensions, ...small]),
  },
  {
    name: 'src_ip',
    select: [...wholes(['src_ip', ...dimensions]), reducedPort, reducedFields],
    has: new Set(['src_ip', ...dimensions, ...small]),
  },
];

/**
 * Counts by shapes of raw lines besides: they answer for texts without digits. A slice whose lines repeat too little has none
 * of them.
 */
export const textCubes: readonly Cube[] = [
  ...(['user', 'host', 'source', 'dst_ip', 'dst_port', 'src_ip'] as const).map((name) => ({
    name: `text_${name}`,
    select: wholes([name, 'event_type', 'severity']),
    has: new Set([name, 'event_type', 'severity', 'raw:text']),
    isOfTexts: true as const,
  })),
  {
    name: 'text_time',
    select: [timeBucket, ...wholes(['program', ...dimensions])],
    has: new Set(['time', 'program', ...dimensions, 'raw:text']),
    isOfTexts: true,
  },
];

/** What of the columns a filter looks at, its time apart; null: what no cube has. */
export function needsOf(filter: EventFilter): string[] | null {
  const needs: string[] = [];
  if (filter.text !== undefined && filter.text !== '') {
    if (/[0-9]/.test(filter.text)) return null;
    needs.push('raw:text');
  }
  for (const { field } of filter.where ?? []) needs.push(field);
  const more = filter.condition === undefined ? [] : needsOfCondition(filter.condition);
  return more === null ? null : [...needs, ...more];
}

/** A shape has what is looked for exactly where its lines have it. `?` may be a digit of a number. */
const isOfShapes = ({ op, values }: TextTest): boolean =>
  !values.some((value) => (op === 'wildcard' ? /[0-9?\\]/ : /[0-9]/).test(value));

const texts = new Set<string>(rowColumns.filter(({ kind }) => kind === 'text').map(({ name }) => name));

export function needsOfCondition(condition: EventCondition): string[] | null {
  switch (condition.op) {
    case 'all':
    case 'any': {
      const parts = condition.of.map(needsOfCondition);
      return parts.includes(null) ? null : parts.flatMap((part) => part ?? []);
    }
    case 'not':
      return needsOfCondition(condition.of);
    case 'null':
      if (condition.column === 'src_ip') return ['src_ip:null'];
      if (condition.column === 'dst_port') return ['dst_port:named'];
      return texts.has(condition.column) ? [condition.column] : null;
    case 'number':
      if (condition.column !== 'dst_port') return null;
      return condition.values.every((port) => namedPorts.includes(port)) ? ['dst_port:named'] : ['dst_port'];
    case 'compare':
      return condition.column === 'dst_port' ? ['dst_port'] : null;
    case 'cidr':
      return [condition.column];
    case 'json': {
      const isFlags = condition.column === 'fields' && condition.key === 'tcp_flags';
      return isFlags ? ['fields:tcp_flags'] : null;
    }
    default:
      if (condition.column === 'raw') return isOfShapes(condition) ? ['raw:text'] : null;
      return texts.has(condition.column) && condition.column !== 'message' ? [condition.column] : null;
  }
}

/** The cube that can answer; undefined: only the events can. */
export const cubeFor = (needs: readonly string[] | null): Cube | undefined =>
  needs === null ? undefined : [...cubes, ...textCubes].find(({ has }) => needs.every((need) => has.has(need)));
