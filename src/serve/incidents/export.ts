import { attackTactics } from '../../model/index.ts';
import type { IncidentDetail } from './reading.ts';

const said = (text: string | null): string => (text === null ? 'none' : text.replaceAll('_', ' '));

/**
 * An incident as a page of Markdown. What comes from logs stands in code, where nothing of it is read as markup: fences are
 * longer than any run of backticks inside.
 */
export function markdownOf(incident: IncidentDetail): string {
  const lines = [
    `# ${inline(incident.title)}`,
    '',
    '| | |',
    '|---|---|',
    ...[
      ['Id', incident.id],
      ['Severity', incident.severity],
      ['Risk', `${incident.risk} of 100`],
      ['Status', said(incident.status)],
      ['Disposition', said(incident.disposition)],
      ['Owner', incident.owner ?? 'nobody'],
      ['First event', incident.first],
      ['Last event', incident.last],
      ['Alerts', String(incident.alert_count)],
      ['Matched events', String(incident.event_count)],
      ['ATT&CK', incident.attack.join(', ') || 'none'],
      [
        'Tactics',
        incident.tactics.map((tactic) => attackTactics[tactic as keyof typeof attackTactics]).join(', ') || 'none',
      ],
      ['Opened', incident.created_at],
      ['Closed', incident.closed_at ?? 'no'],
    ].map(([name, value]) => `| ${name} | ${inline(value ?? '')} |`),
    '',
    '## What happened',
    '',
    ...incident.story.map((sentence) => `- ${inline(sentence)}`),
    '',
    '## Who and what',
    '',
    ...incident.all_entities.map(({ kind, value, alerts }) => `- ${kind} ${code(value)} (alerts: ${alerts})`),
    '',
    '## Alerts',
    '',
    ...incident.alerts.map(
      ({ first, severity, rule_name, message, count, status }) =>
        `- ${first} **${severity}** ${inline(rule_name)}: ${code(message)} ×${count} (${said(status)})`,
    ),
    ...(incident.alert_count > incident.alerts.length
      ? [`- … and ${incident.alert_count - incident.alerts.length} more alerts`]
      : []),
    '',
    '## Evidence',
    '',
    ...(incident.evidence.length === 0 ? ['Nothing was pinned.', ''] : []),
    ...incident.evidence.flatMap(({ kind, ref, reason, author, created_at, message, events }) => [
      `### ${kind} ${code(ref)}`,
      '',
      `${inline(reason)} (${inline(author)}, ${created_at})`,
      ...(message === null ? [] : ['', inline(message)]),
      '',
      fenced(events.map(({ raw }) => String(raw)).join('\n')),
      '',
    ]),
    '## Notes',
    '',
    ...(incident.notes.length === 0 ? ['None.', ''] : []),
    ...incident.notes.flatMap(({ author, created_at, edited_at, text }) => [
      `**${inline(author)}**, ${created_at}${edited_at === null ? '' : ` (edited ${edited_at})`}`,
      '',
      fenced(text),
      '',
    ]),
    '## Timeline',
    '',
    ...incident.timeline.map(
      ({ time, kind, by, text }) => `- ${time} ${kind}${by === null ? '' : ` by ${inline(by)}`}: ${code(text)}`,
    ),
    ...(incident.timeline_left_out > 0 ? [`- … ${incident.timeline_left_out} more are not told here`] : []),
    '',
  ];
  return lines.join('\n');
}

/** Text without meaning for Markdown or HTML, on one line. */
const inline = (text: string): string =>
  oneLine(text)
    .replace(/[\\`*_{}[\]()#+!|~]/g, (sign) => `\\${sign}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');

function code(text: string): string {
  const line = oneLine(text).slice(0, 2000);
  const fence = '`'.repeat(longestRun(line) + 1);
  return `${fence} ${line} ${fence}`;
}

function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}text\n${text.replace(/[^\P{C}\n\t]/gu, '�')}\n${fence}`;
}

/** Control, direction and other invisible characters are shown as what they are: unreadable. */
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').replace(/\p{C}/gu, '�').trim();

const longestRun = (text: string): number => Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
