import { useEffect, useState } from 'react';
import { request, sentence } from '../api/client.ts';
import type { RuleDraft, RuleProblem } from '../api/types.ts';
import { bodyOf } from '../rules/draft.ts';

const settleMs = 300;
const none: RuleProblem[] = [];

export interface Validation {
  state: 'incomplete' | 'checking' | 'checked';
  problems: RuleProblem[];
  /** Why it could not be checked. */
  failure: string | null;
}

/** Has the server compile what stands in the form, once the typing pauses. */
export function useValidation(draft: RuleDraft, complete: boolean): Validation {
  const [answer, setAnswer] = useState<{ key: string; problems: RuleProblem[]; failure: string | null } | null>(null);
  const key = JSON.stringify(bodyOf(draft));
  useEffect(() => {
    if (!complete) return;
    const aborter = new AbortController();
    const timer = setTimeout(() => {
      request<{ problems: RuleProblem[] }>('/api/rules/validate', {
        method: 'POST',
        body: { rule: JSON.parse(key) },
        signal: aborter.signal,
      }).then(
        ({ problems }) => setAnswer({ key, problems, failure: null }),
        (error) => !aborter.signal.aborted && setAnswer({ key, problems: none, failure: sentence(error) }),
      );
    }, settleMs);
    return () => {
      clearTimeout(timer);
      aborter.abort();
    };
  }, [key, complete]);
  if (!complete) return { state: 'incomplete', problems: none, failure: null };
  const current = answer?.key === key;
  return {
    state: current ? 'checked' : 'checking',
    problems: answer?.problems ?? none,
    failure: current ? (answer?.failure ?? null) : null,
  };
}
