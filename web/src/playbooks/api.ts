import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from 'sonner';
import type { playbookActions, playbookResultStates, playbookRunStates } from '../../../src/model/playbook.ts';
import { request, sentence } from '../api/client.ts';
import type { JsonSchema } from '../api/trial.ts';
import type { Severity } from '../api/types.ts';

export type RunState = (typeof playbookRunStates)[number];
export type ResultState = (typeof playbookResultStates)[number];

export interface StepJson {
  do: (typeof playbookActions)[number];
  name: string | null;
  text: string;
  approval: 'required' | 'none';
}

export interface PlaybookProblemJson {
  message: string;
  line: number | null;
  column: number | null;
}

export interface PlaybookJson {
  id: string;
  name: string;
  description: string;
  enabled: boolean;
  shipped: boolean;
  changed: boolean;
  usable: boolean;
  problems: PlaybookProblemJson[];
  trigger: string;
  steps: StepJson[];
  last: { at: string; state: RunState } | null;
  held: { same: number; many: number };
}

export interface RunJson {
  id: string;
  playbook: string;
  name: string;
  state: RunState;
  entity: string;
  alert: string | null;
  incident: string | null;
  severity: Severity | null;
  message: string | null;
  by: string | null;
  created: string;
  changed: string;
  due: string | null;
  note: string | null;
  at: number;
  steps: (StepJson & {
    result: {
      state: ResultState;
      started: string;
      ended: string;
      text: string;
      decisions: string[];
      by: string | null;
    } | null;
  })[];
  undone: { by: string; at: string; lifted: number } | null;
}

export interface CheckJson {
  problems: PlaybookProblemJson[];
  id: string | null;
  name: string | null;
  trigger: string;
  steps: StepJson[];
}

export interface ForeseenJson {
  why_not: string | null;
  steps: (StepJson & { verdict: 'does' | 'asks' | 'skips' | 'refused' | 'unsure'; note: string })[];
}

/** What a run is to be about. */
export type About = { alert: string } | { incident: string } | { address: string };

const all = 'playbooks';

export const playbooksQuery = queryOptions({
  queryKey: [all, 'list'],
  queryFn: ({ signal }) => request<{ playbooks: PlaybookJson[]; waiting: number }>('/api/playbooks', { signal }),
  refetchInterval: 10_000,
});

export const playbookQuery = (id: string) =>
  queryOptions({
    queryKey: [all, 'one', id],
    queryFn: ({ signal }) =>
      request<PlaybookJson & { yaml: string }>(`/api/playbooks/${encodeURIComponent(id)}`, { signal }),
    staleTime: 0,
  });

/** What the editor completes with: the schema, and the rules that may start one. */
export const playbookSchemaQuery = queryOptions({
  queryKey: ['playbook-schema'],
  queryFn: ({ signal }) => request<JsonSchema>('/api/playbook-schema', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});

interface RunsQuestion {
  state?: string | undefined;
  playbook?: string | undefined;
  alert?: string | undefined;
  incident?: string | undefined;
  q?: string | undefined;
  cursor?: number | undefined;
}

export const runsQuery = (query: RunsQuestion) =>
  queryOptions({
    queryKey: [all, 'runs', query],
    queryFn: ({ signal }) =>
      request<{ runs: RunJson[]; total: number; next: number | null }>('/api/playbook-runs', {
        query: { ...query, limit: 50 },
        signal,
      }),
    refetchInterval: 4000,
    placeholderData: (before) => before,
  });

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: [all, 'run', id],
    queryFn: ({ signal }) => request<RunJson>(`/api/playbook-runs/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: 4000,
  });

interface Change<Answer> {
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  body?: unknown;
  /** What is said when it is done. */
  done?: (answer: Answer) => string | null;
}

/** A change: everything about playbooks is asked for anew behind it, and a refusal is shown in its sentence. */
export function usePlaybookChange<Answer = unknown>() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ method, path, body }: Change<Answer>) =>
      request<Answer>(path, { method, ...(body !== undefined && { body }) }),
    onSuccess: (answer, { done }) => {
      const said = done?.(answer);
      if (said) toast.success(said);
    },
    onError: (error) => toast.error(sentence(error)),
    onSettled: () => {
      void queryClient.invalidateQueries({ queryKey: ['response'] });
      return queryClient.invalidateQueries({ queryKey: [all] });
    },
  });
}
