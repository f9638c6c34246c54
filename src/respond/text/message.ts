import type { MessageKind, NotificationMessage } from '../contract.ts';
import { cut, oneLine, plain } from './text.ts';

/* What chat channels have in common: the same order of things, each within the channel's own limits. */

const beginnings: Readonly<Record<MessageKind, string>> = {
  opened: '',
  update: 'Update: ',
  closed: 'Closed: ',
  digest: 'Digest: ',
  test: 'Test: ',
};

/** `HIGH: Brute force by …`, on one line, made harmless. */
export const headline = (message: NotificationMessage, most: number): string =>
  cut(`${message.severity.toUpperCase()}: ${beginnings[message.kind]}${oneLine(message.title)}`, most);

export interface Limits {
  facts: number;
  name: number;
  value: number;
  lines: number;
  line: number;
  summary: number;
}

export interface Trimmed {
  summary: string;
  facts: { name: string; value: string }[];
  lines: string[];
  /** What is not told: `and 12 more lines, 3 more facts`; empty: nothing was left out. */
  rest: string;
}

/** A message within limits. What was left out is said. */
export function trimmed(message: NotificationMessage, limits: Limits): Trimmed {
  const facts = message.facts
    .filter(({ value }) => oneLine(value) !== '')
    .map(({ name, value }) => ({
      name: cut(oneLine(name) || '?', limits.name),
      value: cut(oneLine(value), limits.value),
    }));
  // The newest lines say most.
  const lines = message.lines.slice(-limits.lines).map((line) => cut(oneLine(line), limits.line));
  const moreLines = message.moreLines + message.lines.length - lines.length;
  const moreFacts = facts.length - Math.min(facts.length, limits.facts);
  const rest = [
    ...(moreLines > 0 ? [`${moreLines} more line${moreLines === 1 ? '' : 's'}`] : []),
    ...(moreFacts > 0 ? [`${moreFacts} more fact${moreFacts === 1 ? '' : 's'}`] : []),
  ];
  return {
    summary: cut(plain(message.summary).trim(), limits.summary),
    facts: facts.slice(0, limits.facts),
    lines,
    rest: rest.length === 0 ? '' : `and ${rest.join(', ')}`,
  };
}
