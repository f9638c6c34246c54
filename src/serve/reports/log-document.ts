import { type Severity, severities } from '../../model/index.ts';
import type { LogView } from '../logs/shapes.ts';
import type { PdfDocument, TableRow } from '../pdf/document.ts';
import { zonedIso, zonedMinute } from './period.ts';

/** A line may be 64 KiB long: more of it than this is counted, not printed. */
const mostCharacters = 2000;

export interface LogExport {
  logs: readonly LogView[];
  /** What was asked for: name and value. */
  filters: readonly [name: string, value: string][];
  /** How many fit; more than `logs` where the limit was met. */
  total: number;
  by: string;
  /** Epoch ms. */
  now: number;
  zone: string;
}

/** Logs as pages: what was asked for, how grave they are, then every log, coloured by severity. */
export function logDocument({ logs, filters, total, by, now, zone }: LogExport): PdfDocument {
  const made = `${zonedMinute(now, zone)} (${zone})`;
  const number = (value: number): string => value.toLocaleString('en-US');
  const ofSeverity = (word: string): number => logs.filter(({ severity }) => severity === word).length;
  const times = logs.map(({ timestamp }) => Date.parse(timestamp)).filter((time) => !Number.isNaN(time));
  const [first, last] = times.length === 0 ? [null, null] : [least(times), most(times)];
  return {
    title: `Security logs, ${zonedMinute(now, zone)}`,
    runningHead: `Security logs · ${number(logs.length)} of ${number(total)}`,
    footer: `Phosor · made ${made} by ${by}`,
    createdAt: now,
    landscape: true,
    blocks: [
      {
        kind: 'cover',
        title: 'Security logs',
        subtitle:
          logs.length === total
            ? `${number(total)} ${total === 1 ? 'log' : 'logs'}, newest first.`
            : `The newest ${number(logs.length)} of ${number(total)} logs that fit. Raise the limit, or ask for a shorter time, for the others.`,
        facts: [
          ['Made', `${made} by ${by}`],
          ...(first === null || last === null
            ? []
            : [['Time of the logs', `${zonedMinute(first, zone)} to ${zonedMinute(last, zone)}`] as [string, string]]),
          ...(filters.length === 0
            ? [['Filter', 'none: all logs'] as [string, string]]
            : filters.map(([name, value]): [string, string] => [name, value])),
        ],
      },
      {
        kind: 'tiles',
        tiles: ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'].map((word) => ({
          label: word,
          value: number(ofSeverity(word)),
          note: logs.length === 0 ? '' : `${((ofSeverity(word) / logs.length) * 100).toFixed(1)} % of these logs`,
        })),
      },
      {
        kind: 'table',
        columns: [
          { title: 'Severity', width: 1 },
          { title: 'Time', width: 1.75 },
          { title: 'Source address', width: 1.6 },
          { title: 'Destination', width: 1.8 },
          { title: 'Kind', width: 2.5 },
          { title: 'User', width: 1 },
          { title: 'Log', width: 6 },
        ],
        rows: logs.map((log) => rowOf(log, zone)),
        empty: 'No log fits the filter.',
      },
    ],
  };
}

function rowOf(log: LogView, zone: string): TableRow {
  const severity: Severity | undefined = severities.find((word) => word === log.severity.toLowerCase());
  const time = Date.parse(log.timestamp);
  const port = log.destination_port === null ? '' : `:${log.destination_port}`;
  return {
    cells: [
      severity ?? log.severity,
      Number.isNaN(time)
        ? log.timestamp
        : zonedIso(Math.floor(time / 1000) * 1000, zone)
            .replace('T', ' ')
            .slice(0, 19),
      log.source_ip ?? '',
      log.destination_ip === null && port === ''
        ? ''
        : `${log.destination_ip ?? ''}${port}${log.protocol === null ? '' : ` ${log.protocol}`}`,
      log.event_type,
      log.username ?? '',
      cut(log.raw_log),
    ],
    ...(severity !== undefined && { severity, severityCell: 0 }),
  };
}

function cut(text: string): string {
  if (text.length <= mostCharacters) return text;
  const rest = (text.length - mostCharacters).toLocaleString('en-US');
  return `${text.slice(0, mostCharacters).toWellFormed()} … (${rest} more characters: export as JSON for the whole line)`;
}

// Spreading thousands of arguments may overflow the stack.
const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b));
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b));
