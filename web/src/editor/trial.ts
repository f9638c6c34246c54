import { ApiError, request } from '../api/client.ts';
import { type Explained, type ExplainedEvent, isMissingRoute } from '../api/trial.ts';
import type { ClauseResult, RuleTestResult } from '../api/types.ts';
import type { TextMark } from '../ui/visible-text.ts';

/** The rule that is tried: as it stands in the form, or the stored one. */
export type Trial = { rule: unknown } | { rule_id: string };

export interface TrialResult extends Explained {
  /** False: the server only says which lines match, not why the others do not. */
  explained: boolean;
  /** Alerts that would be raised; null where each event says for itself whether the rule fires. */
  alerts: number | null;
}

/** Runs lines and stored events through a rule and asks why. A server that cannot explain still says what matches. */
export async function tryRule(
  trial: Trial,
  lines: readonly string[],
  eventIds: readonly string[],
  mayExplain: boolean,
  signal: AbortSignal,
): Promise<TrialResult> {
  if (mayExplain) {
    try {
      const body = {
        ...trial,
        ...(lines.length > 0 && { lines }),
        ...(eventIds.length > 0 && { event_ids: eventIds }),
      };
      const answer = await request<Explained>('/api/rules/explain', { method: 'POST', body, signal });
      return { ...answer, explained: true, alerts: null };
    } catch (error) {
      if (!isMissingRoute(error)) throw error;
    }
  }
  if (lines.length === 0)
    throw new ApiError(501, '', 'Stored events cannot be explained here. Paste their lines instead.');
  const tested = await request<RuleTestResult>('/api/rules/test', {
    method: 'POST',
    body: { ...trial, lines },
    signal,
  });
  const results = tested.events.map((event, index): ExplainedEvent => {
    const ending = tested.alerts.find((alert) => alert.events.at(-1)?.id === event.id);
    return {
      event,
      matched: (tested.matched[index]?.length ?? 0) > 0,
      steps: ending ? [{ name: ending.rule_name, matched: true, clauses: ending.explain.clauses, differ: [] }] : [],
      correlation: null,
    };
  });
  return { results, explained: false, alerts: tested.alerts.length };
}

/** Places in the raw line that made clauses true: of the steps that match, or in a near miss of all. */
export function marksIn(result: ExplainedEvent): TextMark[] {
  const places: TextMark[] = [];
  const walk = (clauses: readonly ClauseResult[]) => {
    for (const clause of clauses) {
      if (clause.matched && clause.at) places.push(clause.at);
      walk(clause.children);
    }
  };
  const matched = result.steps.filter((step) => step.matched);
  for (const step of matched.length > 0 ? matched : result.steps) walk(step.clauses);
  if (places.length > 0 || !result.matched) return places;
  // The rule asked for nothing that stands in the line (an event type, say): what it is counted by is marked.
  const { raw } = result.event;
  return Object.values(result.correlation?.group ?? {})
    .map((value) => ({ offset: value === '' ? -1 : raw.indexOf(value), length: value.length }))
    .filter(({ offset }) => offset >= 0);
}

/** Whether an event makes the rule fire: by itself, or as the last that was needed. */
export const fires = (result: ExplainedEvent): boolean =>
  result.correlation ? result.correlation.fired : result.matched;
