import type { Block } from '../pdf/document.ts';
import type { Report } from './types.ts';
import { lasted, number, readable } from './words.ts';

/** The part of the document that says what people had to do with. */
export function incidents({ incidents: cases }: Report): Block[] {
  const { opened, closed, open_at_end, mean_seconds_to_close: mean, worst } = cases;
  const blocks: Block[] = [
    { kind: 'heading', level: 1, text: 'Incidents' },
    {
      kind: 'tiles',
      tiles: [
        { label: 'Opened', value: number(opened), note: 'in this period' },
        { label: 'Closed', value: number(closed), note: 'in this period' },
        { label: 'Open', value: number(open_at_end), note: 'at its end' },
        {
          label: 'Time to close',
          value: mean === null ? '–' : lasted(mean),
          note: mean === null ? 'none was closed' : 'on average',
        },
      ],
    },
    {
      kind: 'table',
      columns: [
        { title: 'Severity', width: 1 },
        { title: 'Opened', width: 1.9 },
        { title: 'What happened', width: 6 },
        { title: 'Alerts', width: 1, align: 'right' },
        { title: 'Owner', width: 1.4 },
        { title: 'Status', width: 1.6 },
      ],
      rows: worst.map(({ severity, opened_at, title, alert_count, owner, status, disposition }) => ({
        cells: [
          severity,
          readable(opened_at),
          title,
          number(alert_count),
          owner ?? 'nobody',
          (disposition ?? status).replaceAll('_', ' '),
        ],
        severity,
        severityCell: 0,
      })),
      empty: 'No incident was open in this period.',
    },
  ];
  if (worst.length > 0)
    blocks.push({
      kind: 'paragraph',
      text: 'The gravest that were opened or closed in this period, or open through it.',
      muted: true,
    });
  return blocks;
}
