import { attackTactics } from '../../model/index.ts';
import type { IncidentMember, IncidentRow } from '../../store/contract.ts';

/** Sentences about single alerts. The others are counted. */
const mostTold = 8;

/** What happened, in sentences: who and whom, each kind of alert when it first came, and what that amounts to. */
export function storyOf(incident: IncidentRow, members: readonly IncidentMember[]): string[] {
  const { facts, alert_count, event_count } = incident;
  const { address, user, host } = facts.counts;
  const who = [some(address, 'address', 'addresses'), some(user, 'user'), some(host, 'host')].filter(
    (text) => text !== '',
  );
  const sentences = [
    `${some(alert_count, 'alert')} over ${some(event_count, 'matched event')} within ${lasting(incident.last - incident.first)}` +
      `${who.length === 0 ? '' : `, about ${list(who)}`}.`,
  ];
  const told = new Map<string, { first: IncidentMember; alerts: number }>();
  for (const member of members) {
    const known = told.get(member.rule_id);
    if (known === undefined) told.set(member.rule_id, { first: member, alerts: 1 });
    else known.alerts += 1;
  }
  const kinds = [...told.values()];
  for (const { first, alerts } of kinds.slice(0, mostTold)) {
    const again = alerts > 1 ? ` (the first of ${alerts} such alerts)` : '';
    sentences.push(`${sentence(first.message)}${again}.`);
  }
  if (kinds.length > mostTold) sentences.push(`${kinds.length - mostTold} more kinds of alert followed.`);
  if (facts.failed_at !== null && facts.succeeded_at !== null && facts.succeeded_at >= facts.failed_at)
    sentences.push('A login worked after others had failed: whoever tried may be in.');
  if (facts.intel) sentences.push('An address of it is known from threat intelligence.');
  if (facts.tactics.length > 0)
    sentences.push(`ATT&CK tactics seen: ${list(facts.tactics.map((tactic) => attackTactics[tactic]))}.`);
  return sentences;
}

const some = (count: number, one: string, many = `${one}s`): string =>
  count === 0 ? '' : `${count.toLocaleString('en-GB')} ${count === 1 ? one : many}`;

const list = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;

const sentence = (message: string): string => message.replace(/[.\s]+$/, '');

function lasting(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 120) return some(seconds, 'second');
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return some(minutes, 'minute');
  return some(Math.round(minutes / 60), 'hour');
}
