import { severityRank } from '../../../src/model/enumerations.ts';
import type { PhosorAlert, Severity } from '../api/types.ts';

/** One line of the queue: an alert, or the head of a group of them. */
export type Row =
  | { kind: 'alert'; key: string; alert: PhosorAlert; nested: boolean }
  | { kind: 'group'; key: string; title: string; note: string; alerts: PhosorAlert[]; open: boolean; worst: Severity };

/** The entity an alert is about: its group values, else nothing in particular. */
function entityOf(alert: PhosorAlert): string {
  return Object.values(alert.group).join(' · ') || 'No particular entity';
}

/** Groups keep the order in which their newest alert stands; within a group too. */
export function makeRows(
  alerts: readonly PhosorAlert[],
  by: 'rule' | 'entity' | undefined,
  unfolded: ReadonlySet<string>,
): Row[] {
  if (!by) return alerts.map((alert) => ({ kind: 'alert', key: alert.id, alert, nested: false }));
  const groups = new Map<string, PhosorAlert[]>();
  for (const alert of alerts) {
    const key = by === 'rule' ? alert.rule_id : entityOf(alert);
    const list = groups.get(key);
    if (list) list.push(alert);
    else groups.set(key, [alert]);
  }
  const rows: Row[] = [];
  for (const [name, members] of groups) {
    const [first] = members;
    if (!first) continue;
    const key = `group:${name}`;
    const open = unfolded.has(key);
    const others = new Set(members.map((alert) => (by === 'rule' ? entityOf(alert) : alert.rule_name)));
    rows.push({
      kind: 'group',
      key,
      title: by === 'rule' ? first.rule_name : name,
      note: [...others].slice(0, 3).join(', ') + (others.size > 3 ? ` and ${others.size - 3} more` : ''),
      alerts: members,
      open,
      worst: members.reduce<Severity>(
        (worst, alert) => (severityRank[alert.severity_level] > severityRank[worst] ? alert.severity_level : worst),
        'info',
      ),
    });
    if (open) for (const alert of members) rows.push({ kind: 'alert', key: alert.id, alert, nested: true });
  }
  return rows;
}

export const alertsOf = (row: Row): PhosorAlert[] => (row.kind === 'group' ? row.alerts : [row.alert]);
