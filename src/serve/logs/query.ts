import { z } from 'zod';
import {
  type AnalyzerFilter,
  allOf as allCondition,
  analyzerCondition,
  analyzerEventTypes,
  analyzerLogSources,
  analyzerSeverities,
  analyzerSeverity,
  anyOf as anyCondition,
  canonicalAddress,
  type EventCondition,
  eventTypes,
  isNetwork,
  isOneOf,
  readSeverity,
} from '../../model/index.ts';
import type { EventFilter } from '../../store/contract.ts';
import { apiError } from '../errors.ts';
import { queryCondition, queryText } from '../query-condition.ts';
import { anyOf, eventCursor, flag, pointInTime } from '../schemas.ts';

const hasWord = (words: readonly string[], word: string): boolean => words.includes(word.toUpperCase());

/** Words with commas between. One that nothing is called is refused: an empty list would read as "nothing happened". */
const wordsOf = (isOne: (word: string) => boolean, refusal: string) =>
  anyOf.superRefine((words, context) => {
    const unknown = words.find((word) => !isOne(word));
    if (unknown !== undefined) context.addIssue(`"${unknown}" ${refusal}`);
  });

/** Query values of the documented filters over logs. Several values with commas between are alternatives. */
const logFilterQuery = {
  source_ip: wordsOf(
    (word) => isNetwork(word) || canonicalAddress(word) !== null,
    'is no address and no network. Write one such as 203.0.113.9, 2001:db8::1 or 203.0.113.0/24',
  )
    .optional()
    .meta({ description: 'Address or network (203.0.113.0/24); several with commas between.' }),
  severity: wordsOf(
    (word) => hasWord(analyzerSeverities, word) || readSeverity(word) !== undefined,
    `is no severity. Use ${analyzerSeverities.join(', ')}`,
  )
    .optional()
    .meta({ description: `${analyzerSeverities.join(', ')}, or Phosor’s own five.` }),
  event_type: wordsOf(
    (word) => hasWord(analyzerEventTypes, word) || Object.hasOwn(eventTypes, word.toLowerCase()),
    `is no event type. Use ${analyzerEventTypes.join(', ')}, or one of Phosor’s own such as auth.failure`,
  )
    .optional()
    .meta({ description: `${analyzerEventTypes.join(', ')}, or Phosor’s own.` }),
  destination_port: z.coerce.number().int().min(0).max(65_535).optional(),
  protocol: anyOf.optional().meta({ description: 'TCP, UDP, ICMP …' }),
  log_source: anyOf.optional().meta({ description: `${analyzerLogSources.join(', ')}, or the name of a source.` }),
  start_date: pointInTime.optional(),
  end_date: pointInTime.optional(),
  search: z
    .string()
    .max(500)
    .optional()
    .meta({ description: 'Text in the raw line, the source address or the user name, case-blind.' }),
  query: queryText.optional(),
};

const logSorts = [
  'timestamp',
  'severity',
  'event_type',
  'log_source',
  'source_ip',
  'destination_ip',
  'source_port',
  'destination_port',
  'protocol',
  'username',
] as const;

export const logQuery = z.object({
  ...logFilterQuery,
  page: z.coerce.number().int().min(1).max(1_000_000_000).default(1),
  page_size: z.coerce.number().int().min(1).max(500).default(50),
  after: eventCursor.meta({
    description:
      '`next_cursor` of the page before: goes on where it ended, whatever has arrived since. Then `page` is not read.',
  }),
  sort_by: z.enum(logSorts).default('timestamp'),
  sort_order: z.enum(['asc', 'desc']).default('desc'),
  include_reputation: flag.optional(),
});

/** Query of routes that take the filters alone. */
export const logFilterShape = z.object(logFilterQuery);
export type LogFilter = Partial<z.output<typeof logFilterShape>>;

/**
 * The documented filters as a filter of the store: exactly the events of which the analyzer's view says these words.
 *
 * @throws ApiError where the span ends before it begins
 */
export function logFilter(query: LogFilter): EventFilter {
  const { start_date, end_date } = query;
  if (start_date !== undefined && end_date !== undefined && end_date < start_date)
    throw apiError('VALIDATION_FAILED', 'end_date lies before start_date. Exchange them.');
  const conditions = [...wordConditions(query)];
  const addresses = query.source_ip ?? [];
  if (addresses.length > 0) {
    const networks = addresses.filter((text) => text.includes('/'));
    const whole = addresses.filter((text) => !text.includes('/'));
    conditions.push(anyCondition({ op: 'cidr', column: 'src_ip', values: [...networks, ...whole] }));
  }
  if (query.search) conditions.push(textCondition(query.search));
  const asked = queryCondition(query.query ?? '');
  if (asked !== undefined) conditions.push(asked);
  return {
    ...(start_date !== undefined && { from: start_date }),
    // The end is part of the span, as the analyzer's is.
    ...(end_date !== undefined && { to: end_date + 1 }),
    ...(conditions.length > 0 && { condition: { op: 'all', of: conditions } }),
  };
}

function* wordConditions(query: LogFilter): Generator<EventCondition> {
  const { severity, event_type, log_source, protocol, destination_port } = query;
  const view = (filter: AnalyzerFilter): EventCondition => analyzerCondition(filter);
  // INFO and WARNING are Phosor's and PHOSOR's own: folded as the analyzer folds them.
  const known = severity?.map((given) => {
    const word = given.toUpperCase();
    if (analyzerSeverities.some((each) => each === word)) return word;
    const read = readSeverity(word);
    return read === undefined ? word : analyzerSeverity(read);
  });
  const grave: AnalyzerFilter = known?.length ? { severity: known } : {};
  if (event_type?.length) {
    const own = event_type.map((word) => word.toLowerCase()).filter((word) => Object.hasOwn(eventTypes, word));
    const ownToo = own.length === 0 ? [] : [allCondition(isOneOf('event_type', ...own), view(grave))];
    yield anyCondition(view({ event_type, ...grave }), ...ownToo);
  } else if (known?.length) yield view(grave);
  if (log_source?.length) {
    yield anyCondition(view({ log_source }), isOneOf('source', ...log_source));
  }
  if (protocol?.length) yield view({ protocol });
  if (destination_port !== undefined) yield view({ destination_port: [destination_port] });
}

function textCondition(text: string): EventCondition {
  const contains = (column: 'raw' | 'src_ip' | 'user'): EventCondition => ({
    op: 'contains',
    column,
    values: [text.toWellFormed()],
    fold: 'simple',
  });
  return anyCondition(contains('raw'), contains('src_ip'), contains('user'));
}
