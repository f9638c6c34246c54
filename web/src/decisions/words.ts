import type { DecisionJson, PolicyJson } from './api.ts';

export const stateNames: Record<DecisionJson['state'], string> = {
  active: 'In force',
  'dry-run': 'Dry-run',
  expired: 'Ended',
  undone: 'Undone',
  refused: 'Refused',
};

export const stateTones: Record<DecisionJson['state'], 'good' | 'accent' | 'neutral' | 'warn'> = {
  active: 'good',
  'dry-run': 'accent',
  expired: 'neutral',
  undone: 'neutral',
  refused: 'warn',
};

export const kindNames = { allow: 'Allow', alert: 'Watch', block: 'Block', redirect: 'Redirect' } as const;

/** `1 h`, `4 h`, `1 d`. */
export function span(seconds: number): string {
  if (seconds % 86_400 === 0) return `${seconds / 86_400} d`;
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

/** What a policy asks for, in a sentence. */
export function conditionOf({ when }: PolicyJson): string {
  const parts = [
    when.severity !== null && `severity ${when.severity} or above`,
    when.rules.length > 0 && `rule ${when.rules.join(' or ')}`,
    when.tags.length > 0 && `tag ${when.tags.join(' or ')}`,
    when.event_types.length > 0 && `events ${when.event_types.join(', ')}`,
    when.score !== null && `threat score ${when.score} or more`,
  ].filter((part) => part !== false);
  return parts.join(', and ');
}

export const protectedNames = {
  own: 'this machine',
  gateway: 'gateway',
  resolver: 'name server',
  peer: 'somebody works from there',
  configuration: 'configuration',
} as const;
