import type { Playbook, PlaybookStep, PlaybookSubject } from '../../model/index.ts';
import { spanText } from './schema.ts';
import { fill } from './template.ts';

/** What a step does, in a sentence. Without a subject its templates stand as they were written. */
export function stepWords(step: PlaybookStep, subject: PlaybookSubject | null): string {
  const said = (text: string): string => (subject === null ? text : fill(text, subject).text);
  switch (step.do) {
    case 'enrich':
      return 'Look up what is known: threat score, reputation, history.';
    case 'notify':
      return `Tell ${step.channels.length === 0 ? 'all channels' : step.channels.join(', ')}: ${said(step.title)}`;
    case 'open_incident': {
      const set = [
        ...(step.status === null ? [] : [`set it to ${step.status.replace('_', ' ')}`]),
        ...(step.owner === null ? [] : [`give it to ${step.owner}`]),
      ];
      return `Open the incident of its alert${set.length === 0 ? '' : `, ${set.join(' and ')}`}.`;
    }
    case 'block':
      return `Block ${said(step.target)} for ${spanText(step.for_seconds)}.`;
    case 'redirect':
      return `Send ${said(step.target)} to the decoys for ${spanText(step.for_seconds)}.`;
    case 'wait':
      return `Wait ${spanText(step.for_seconds)}.`;
    case 'undo':
      return 'Lift what this run blocked.';
    case 'note':
      return `Write into the incident: ${said(step.text)}`;
  }
}

const any = (list: readonly string[]): string => list.join(' or ');

/** What starts it, in a sentence. */
export function triggerWords({ trigger, when }: Playbook): string {
  const { on, severity, rules, tags, event_types, score, risk } = trigger;
  if (on === 'manual') return 'Only by hand.';
  const parts = [
    ...(severity === null ? [] : [`of severity ${severity} or more`]),
    ...(score === null ? [] : [`whose source has a threat score of ${score} or more`]),
    ...(risk === null ? [] : [`of risk ${risk} or more`]),
    ...(rules.length === 0 ? [] : [`by ${any(rules)}`]),
    ...(tags.length === 0 ? [] : [`tagged ${any(tags)}`]),
    ...(event_types.length === 0 ? [] : [`with ${any(event_types)}`]),
    ...(when.address === null ? [] : [`from an ${when.address} address`]),
    ...(when.networks.length === 0 ? [] : [`from ${any(when.networks)}`]),
    ...(when.except_networks.length === 0 ? [] : [`not from ${any(when.except_networks)}`]),
    ...(when.users.length === 0 ? [] : [`about user ${any(when.users)}`]),
    ...(when.except_users.length === 0 ? [] : [`not about user ${any(when.except_users)}`]),
    ...(when.hosts.length === 0 ? [] : [`on ${any(when.hosts)}`]),
    ...(when.except_hosts.length === 0 ? [] : [`not on ${any(when.except_hosts)}`]),
  ];
  const what = {
    alert: 'an alert',
    decoy: 'an alert about a visit to a decoy',
    incident: 'an incident',
    score: 'an alert',
  }[on];
  return `When there is ${[what, ...parts].join(', ').replace(', ', ' ')}.`;
}
