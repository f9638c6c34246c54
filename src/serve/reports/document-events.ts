import type { Block, TableRow } from '../pdf/document.ts';
import type { Compared, Report } from './types.ts';
import { countryName, number, readable, severityOf } from './words.ts';

/* The parts of the document that count events. */

/** Of lists that go on in the other formats. */
const mostRows = 10;

export function statistics({ log_statistics: logs, charts }: Report): Block[] {
  if (logs.total_logs === 0) return [];
  const blocks: Block[] = [{ kind: 'heading', level: 1, text: 'Events' }];
  if (charts !== undefined)
    blocks.push({
      kind: 'bars',
      title: 'Busiest source addresses',
      bars: charts.top_sources,
      empty: 'No event names a source address.',
    });
  const counts = (title: string, column: string, values: readonly (readonly [string, number])[]): Block[] =>
    values.length === 0
      ? []
      : [
          { kind: 'heading', level: 2, text: title },
          {
            kind: 'table',
            columns: [
              { title: column, width: 5 },
              { title: 'Events', width: 1.2, align: 'right' },
              { title: 'Share', width: 1, align: 'right' },
            ],
            rows: values.map(([name, count]) => ({
              cells: [name, number(count), `${((count / logs.total_logs) * 100).toFixed(1)} %`],
            })),
            empty: '',
          },
        ];
  blocks.push(
    ...counts('Kinds of events', 'Kind', Object.entries(logs.event_type_counts)),
    ...counts(
      'Destination ports',
      'Port',
      logs.top_ports.slice(0, mostRows).map(({ port, count }) => [String(port), count] as const),
    ),
    ...counts(
      'Users',
      'User',
      logs.top_users.slice(0, mostRows).map(({ username, count }) => [username, count] as const),
    ),
    ...counts(
      'Countries',
      'Country',
      logs.top_countries.slice(0, mostRows).map(({ country, count }) => [countryName(country), count] as const),
    ),
    ...counts(
      'Sources of events',
      'Source',
      logs.top_sources.slice(0, mostRows).map(({ source, count }) => [source, count] as const),
    ),
  );
  return blocks;
}

export function comparison({ comparison: compared }: Report): Block[] {
  const pairs: [string, Compared | null][] = [
    ['Security score', compared.security_score],
    ['Threats', compared.total_threats],
    ['Alerts', compared.alerts],
    ['Events', compared.total_logs],
    ...Object.entries(compared.severity_counts).map(([severity, pair]): [string, Compared] => [
      `Events of severity ${severity.toLowerCase()}`,
      pair,
    ]),
  ];
  const blocks: Block[] = [
    { kind: 'heading', level: 1, text: 'Compared with the period before' },
    {
      kind: 'table',
      columns: [
        { title: 'Figure', width: 4 },
        { title: 'This period', width: 1.5, align: 'right' },
        { title: 'Before', width: 1.5, align: 'right' },
        { title: 'Change', width: 1.5, align: 'right' },
      ],
      rows: pairs.flatMap(([name, pair]) => {
        if (pair === null) return [];
        // The formula gives 100 to a period without events, in which nothing could be judged.
        const shown = (side: 'now' | 'before') =>
          pair === compared.security_score && compared.total_logs[side] === 0 ? '–' : number(pair[side]);
        const cells = [shown('now'), shown('before')];
        return [{ cells: [name, ...cells, cells.includes('–') ? '–' : percentOf(pair)] }];
      }),
      empty: '',
    },
  ];
  if (compared.new_top_source_ips.length > 0)
    blocks.push({
      kind: 'paragraph',
      text: `Among the busiest addresses and not seen before: ${compared.new_top_source_ips.join(', ')}.`,
    });
  return blocks;
}

const percentOf = ({ change_percent }: Compared): string =>
  change_percent === null
    ? '–'
    : `${change_percent > 0 ? '+' : change_percent < 0 ? '−' : ''}${Math.abs(change_percent)} %`;

export function breakdown({ time_breakdown, charts }: Report): Block[] {
  if (time_breakdown.length === 0) return [];
  const shown = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];
  return [
    { kind: 'heading', level: 1, text: `By ${charts?.events_over_time.unit ?? 'time'}` },
    {
      kind: 'table',
      columns: [
        { title: 'Begins', width: 3 },
        ...shown.map((title) => ({ title, width: 1.2, align: 'right' as const })),
        { title: 'All events', width: 1.4, align: 'right' },
      ],
      rows: time_breakdown.map(({ label, severity_counts, total }) => ({
        cells: [label, ...shown.map((name) => number(severity_counts[name] ?? 0)), number(total)],
      })),
      empty: '',
    },
  ];
}

export function logs({ detailed_logs }: Report): Block[] {
  if (detailed_logs === undefined) return [];
  const text = (value: unknown): string => (value === null || value === undefined ? '' : String(value));
  const blocks: Block[] = [
    { kind: 'heading', level: 1, text: 'Logs' },
    {
      kind: 'table',
      columns: [
        { title: 'Severity', width: 1 },
        { title: 'Time', width: 1.9 },
        { title: 'Source address', width: 1.8 },
        { title: 'Log', width: 6 },
      ],
      rows: detailed_logs.logs.map((log): TableRow => {
        const of = (...names: string[]): string => {
          const entries = new Map<string, unknown>(Object.entries(log));
          return text(names.map((name) => entries.get(name)).find((value) => value !== undefined && value !== null));
        };
        const severity = severityOf(of('severity'));
        return {
          cells: [
            severity ?? of('severity'),
            readable(of('timestamp', 'time')),
            of('source_ip', 'src_ip'),
            of('raw_log', 'raw'),
          ],
          ...(severity !== undefined && { severity, severityCell: 0 }),
        };
      }),
      empty: 'No logs in this period.',
    },
  ];
  if (detailed_logs.left_out > 0)
    blocks.push({
      kind: 'paragraph',
      text: `${number(detailed_logs.left_out)} older logs of the period are not told here.`,
      muted: true,
    });
  return blocks;
}
