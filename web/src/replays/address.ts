import { compact, isoTime, oneOf, type Raw, severityList, text, textList } from '../shell/params.ts';

const replayRanges = ['24h', '7d', '30d', 'all', 'custom'] as const;
export type ReplayRange = (typeof replayRanges)[number];

/** What a new replay runs over. */
export interface ReplaysSearch {
  range?: ReplayRange;
  /** ISO 8601, of the range `custom`. */
  from?: string;
  to?: string;
  /** Ids of rules; without them all in force. */
  rules?: string[];
}

export const validateReplays = (search: Raw): ReplaysSearch =>
  compact({
    range: oneOf(search.range, replayRanges),
    from: isoTime(search.from),
    to: isoTime(search.to),
    rules: textList(search.rules),
  });

export interface ReplaySearch {
  q?: string;
  severity?: string;
  rule?: string;
  entity?: string;
  order?: 'oldest';
}

export const validateReplay = (search: Raw): ReplaySearch =>
  compact({
    q: text(search.q),
    severity: severityList(search.severity),
    rule: text(search.rule),
    entity: text(search.entity),
    order: oneOf(search.order, ['oldest'] as const),
  });
