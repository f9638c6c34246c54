import { Readable } from 'node:stream';
import type { AlertFilter } from '../../store/contract.ts';
import { csvRow } from '../csv.ts';
import type { ServeContext } from '../unit.ts';
import { type AlertView, alertView } from '../views.ts';

export const exportFormats = ['csv', 'json', 'ndjson'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export const contentTypes: Record<ExportFormat, string> = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
};

const columns = [
  'id',
  'timestamp',
  'first',
  'last',
  'count',
  'severity',
  'severity_level',
  'rule_id',
  'rule_name',
  'rule_author',
  'message',
  'status',
  'disposition',
  'acknowledged',
  'acknowledged_by',
  'acknowledged_at',
  'group',
  'attack',
  'tags',
  'historical',
] as const satisfies (keyof AlertView)[];

/** All alerts of the filter, newest first, read page by page while the client takes them. */
export function exportAlerts(context: ServeContext, filter: AlertFilter, format: ExportFormat): Readable {
  return Readable.from(pieces(context, filter, format), { objectMode: false });
}

async function* pieces(context: ServeContext, filter: AlertFilter, format: ExportFormat): AsyncGenerator<string> {
  const { state } = context.services;
  if (format === 'csv') yield csvRow(columns);
  if (format === 'json') yield '[';
  let after: string | null = null;
  let isFirst = true;
  do {
    const page = state.alerts.list(filter, 500, after, 'newest', 'none');
    let text = '';
    for (const alert of page.alerts) {
      const view = alertView(alert, 'none', context.authorOf(alert.rule_id));
      if (format === 'csv') text += csvRow(columns.map((column) => cell(view[column])));
      else if (format === 'ndjson') text += `${JSON.stringify(view)}\n`;
      else text += `${isFirst ? '\n' : ',\n'}${JSON.stringify(view)}`;
      isFirst = false;
    }
    if (text !== '') yield text;
    after = page.next;
  } while (after !== null);
  if (format === 'json') yield '\n]\n';
}

function cell(value: AlertView[(typeof columns)[number]]): string | number | boolean | null {
  if (Array.isArray(value)) return value.join(' ');
  if (value === null || typeof value !== 'object') return value;
  return Object.entries(value)
    .map(([field, text]) => `${field}=${text}`)
    .join(' ');
}
