import type { Alert, Incident } from '../../model/index.ts';
import type { MessageKind, NotificationMessage } from '../../respond/contract.ts';
import type { DigestItem } from '../../store/contract.ts';
import type { CaseNotes } from './policy.ts';

/* Messages from incidents. Pure. Texts go as they are: channels make them harmless. */

const mostLines = 10;
const mostNotes = 50;

type Body = Omit<NotificationMessage, 'id'>;

export const newNotes = (incident: Incident): CaseNotes => ({
  rules: [],
  tags: [],
  lines: [],
  moreLines: 0,
  told: null,
  channels: {},
  incident,
});

/** What is noted of an alert. */
export type NotedAlert = Pick<Alert, 'id' | 'rule_id' | 'rule_name' | 'message' | 'time' | 'tags'>;

/** Adds what an alert says. An alert that grew replaces what it said before. */
export function noteAlert(notes: CaseNotes, alert: NotedAlert): void {
  const add = (list: string[], value: string): void => {
    if (!list.includes(value) && list.length < mostNotes) list.push(value);
  };
  add(notes.rules, alert.rule_id);
  for (const tag of alert.tags) add(notes.tags, tag);
  const line = {
    id: alert.id,
    time: alert.time,
    text: `${clock(alert.time)} ${alert.rule_name}: ${alert.message}`.slice(0, 600),
  };
  const at = notes.lines.findIndex(({ id }) => id === alert.id);
  if (at >= 0) notes.lines[at] = line;
  else notes.lines.push(line);
  while (notes.lines.length > mostLines) {
    notes.lines.shift();
    notes.moreLines += 1;
  }
}

const clock = (time: number): string => new Date(time).toISOString().slice(11, 19);
const at = (time: number): string => `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

const incidentUrl = (publicUrl: string, id: string): string | null =>
  publicUrl === '' ? null : `${publicUrl.replace(/\/+$/, '')}/incidents/${encodeURIComponent(id)}`;

/** What is told about an incident. */
export function incidentMessage(notes: CaseNotes, kind: MessageKind, publicUrl: string, now: number): Body {
  const { incident } = notes;
  return {
    kind,
    key: incident.id,
    title: incident.title,
    severity: incident.severity,
    risk: incident.risk,
    summary: summaryOf(notes, kind),
    facts: factsOf(incident),
    lines: notes.lines.map(({ text }) => text),
    moreLines: Math.max(notes.moreLines, incident.alert_count - notes.lines.length, 0),
    url: incidentUrl(publicUrl, incident.id),
    time: now,
  };
}

function summaryOf({ incident, told, rules }: CaseNotes, kind: MessageKind): string {
  const size = `${count(incident.event_count, 'event')} in ${count(incident.alert_count, 'alert')}`;
  if (kind === 'closed') {
    if (incident.merged_into !== null) return 'This incident was merged into another one, where it goes on.';
    const result = incident.disposition === null ? '' : ` as ${incident.disposition.replaceAll('_', ' ')}`;
    return `The incident was closed${result}${incident.owner === null ? '' : ` by ${incident.owner}`}. ${size}.`;
  }
  if (kind === 'update' && told !== null) {
    const news = [
      ...(told.closed ? ['it was opened again'] : []),
      ...(incident.severity === told.severity ? [] : [`severity ${told.severity} → ${incident.severity}`]),
      ...(rules.length > told.rules ? [count(rules.length - told.rules, 'further rule')] : []),
      ...(incident.event_count > told.events ? [`${incident.event_count - told.events} more events`] : []),
    ];
    return `The incident grew: ${news.join(', ')}. Now ${size}.`;
  }
  return `${size}, ${at(incident.first)} to ${at(incident.last)}.`;
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

function factsOf(incident: Incident): { name: string; value: string }[] {
  const of = (kind: string): string => {
    const values = incident.entities.filter((each) => each.kind === kind).map(({ value }) => value);
    const shown = values.slice(0, 10).join(', ');
    return values.length > 10 ? `${shown} and ${values.length - 10} more` : shown;
  };
  return [
    { name: 'Severity', value: incident.severity },
    { name: 'Risk', value: `${Math.round(incident.risk)} of 100` },
    { name: 'Addresses', value: of('address') },
    { name: 'Users', value: of('user') },
    { name: 'Hosts', value: of('host') },
    { name: 'Techniques', value: incident.attack.slice(0, 10).join(', ') },
    { name: 'First event', value: at(incident.first) },
    { name: 'Last event', value: at(incident.last) },
    { name: 'Owner', value: incident.owner ?? '' },
  ].filter(({ value }) => value !== '');
}

/** What a digest keeps of an incident. */
export interface DigestEntry {
  title: string;
  severity: Incident['severity'];
  risk: number;
  last: number;
  events: number;
  notes: Pick<CaseNotes, 'rules' | 'tags' | 'incident'>;
}

export const digestEntry = ({ incident, rules, tags }: CaseNotes): DigestEntry => ({
  title: incident.title,
  severity: incident.severity,
  risk: incident.risk,
  last: incident.last,
  events: incident.event_count,
  notes: { rules, tags, incident },
});

const mostDigestLines = 40;
const reasons: Readonly<Record<DigestItem['reason'], string>> = {
  below: 'below the thresholds',
  quiet: 'in quiet hours',
  flood: 'over the limit of messages of an hour',
};

/** One message about many incidents, the most severe first. Its key is its own: it is no part of a thread. */
export function digestMessage(
  items: readonly { reason: DigestItem['reason']; entry: DigestEntry }[],
  total: number,
  publicUrl: string,
  now: number,
): Body {
  const rank = { info: 0, low: 1, medium: 2, high: 3, critical: 4 } as const;
  const sorted = [...items].sort(
    (a, b) => rank[b.entry.severity] - rank[a.entry.severity] || b.entry.risk - a.entry.risk,
  );
  const shown = sorted.slice(0, mostDigestLines);
  const parts = (['quiet', 'below', 'flood'] as const)
    .map((reason) => [items.filter((item) => item.reason === reason).length, reasons[reason]] as const)
    .filter(([n]) => n > 0)
    .map(([n, words]) => `${n} ${words}`);
  return {
    kind: 'digest',
    key: `digest-${now}`,
    title: `${count(total, 'incident')} in the digest`,
    severity: sorted[0]?.entry.severity ?? 'info',
    risk: null,
    summary: `Incidents that were not told one by one: ${parts.join(', ')}.`,
    facts: [],
    lines: shown.map(
      ({ entry }) =>
        `${entry.severity.toUpperCase()} ${at(entry.last)} ${entry.title} (${count(entry.events, 'event')})`,
    ),
    moreLines: total - shown.length,
    url: publicUrl === '' ? null : `${publicUrl.replace(/\/+$/, '')}/incidents`,
    time: now,
  };
}

/** What the Test button sends, and what a preview shows. */
export function sampleMessage(kind: MessageKind, publicUrl: string, now: number): Body {
  return {
    kind,
    key: kind === 'test' ? `test-${now}` : 'sample',
    title:
      kind === 'test' ? 'Phosor can reach this channel' : 'Brute force: 25 user names tried by 203.0.113.66 on web1',
    severity: kind === 'test' ? 'info' : 'high',
    risk: kind === 'test' ? null : 78,
    summary:
      kind === 'test'
        ? 'This is a test message. Somebody pressed Test in the settings of notifications.'
        : 'A sample: 25 events in 2 alerts.',
    facts:
      kind === 'test'
        ? [{ name: 'Sent', value: at(now) }]
        : [
            { name: 'Severity', value: 'high' },
            { name: 'Risk', value: '78 of 100' },
            { name: 'Addresses', value: '203.0.113.66' },
            { name: 'Users', value: 'root, admin' },
            { name: 'Hosts', value: 'web1' },
            { name: 'Techniques', value: 'T1110.001' },
          ],
    lines: kind === 'test' ? [] : [`${clock(now)} SSH brute force: 25 failed logins by 203.0.113.66 within 15 min`],
    moreLines: kind === 'test' ? 0 : 1,
    url: kind === 'test' ? (publicUrl === '' ? null : publicUrl) : incidentUrl(publicUrl, 'sample'),
    time: now,
  };
}
