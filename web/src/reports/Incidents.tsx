import { Link } from '@tanstack/react-router';
import type { ReportJson } from '../api/reports.ts';
import { Card } from '../ui/Card.tsx';
import { duration, group } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Severity } from '../ui/Severity.tsx';
import { readable } from './address.ts';
import { Rows } from './Rows.tsx';

/** What people had to do with in the report's period. */
export function Incidents({ cases }: { cases: NonNullable<ReportJson['incidents']> }) {
  const { opened, closed, open_at_end, mean_seconds_to_close: mean, worst } = cases;
  return (
    <Card
      title="Incidents"
      flush
      extra={
        <span className="text-xs text-faint">
          {group(opened)} opened, {group(closed)} closed
          {mean !== null && ` after ${duration(mean)} on average`}, {group(open_at_end)} open at the end
        </span>
      }
    >
      {worst.length === 0 ? (
        <p className="p-4 text-muted">No incident was open in this period.</p>
      ) : (
        <Rows head={['Severity', 'Opened', 'What happened', 'Alerts', 'Owner', 'Status']}>
          {worst.map((incident) => (
            <tr key={incident.id}>
              <td>
                <Severity level={incident.severity} />
              </td>
              <td className="tabular whitespace-nowrap">{readable(incident.opened_at)}</td>
              <td className="min-w-48">
                <Link to="/incidents/$id" params={{ id: incident.id }} className="text-accent hover:underline">
                  <LogText text={incident.title} limit={300} wrap className="!font-sans !text-[1em]" />
                </Link>
              </td>
              <td className="tabular">{group(incident.alert_count)}</td>
              <td>{incident.owner ?? <span className="text-faint">nobody</span>}</td>
              <td>{(incident.disposition ?? incident.status).replaceAll('_', ' ')}</td>
            </tr>
          ))}
        </Rows>
      )}
    </Card>
  );
}
