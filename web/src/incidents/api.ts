import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { toast } from 'sonner';
import { ApiError, type Query, request, requestWithHeaders, sentence } from '../api/client.ts';
import { queryClient } from '../api/queries.ts';
import type { Disposition } from '../api/types.ts';
import type { Incident, IncidentDetail, IncidentStatus } from './types.ts';

const pageSize = 200;

export interface IncidentPage {
  incidents: Incident[];
  next: string | null;
  total: number | null;
}

export const incidentsQuery = (filter: Query) =>
  infiniteQueryOptions({
    queryKey: ['incidents', filter],
    queryFn: async ({ pageParam, signal }): Promise<IncidentPage> => {
      const { data, headers } = await requestWithHeaders<Incident[]>('/api/incidents', {
        query: { ...filter, limit: pageSize, cursor: pageParam },
        signal,
      });
      const total = headers.get('x-total-count');
      return {
        incidents: data,
        next: headers.get('x-next-cursor') || null,
        total: total === null ? null : Number(total),
      };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });

export const incidentQuery = (id: string) =>
  queryOptions({
    queryKey: ['incident', id],
    queryFn: ({ signal }) => request<IncidentDetail>(pathOf(id), { signal }),
  });

/** Who may own an incident. */
export const ownersQuery = queryOptions({
  queryKey: ['incident-owners'],
  queryFn: ({ signal }) => request<string[]>('/api/incidents/owners', { signal }),
  staleTime: 60_000,
});

export const pathOf = (id: string): string => `/api/incidents/${encodeURIComponent(id)}`;

/** Asks anew for everything that shows incidents. */
function refreshIncidents(): void {
  for (const key of ['incidents', 'incident']) void queryClient.invalidateQueries({ queryKey: [key] });
}

export interface IncidentChange {
  status?: IncidentStatus;
  disposition?: Disposition | null;
  owner?: string | null;
  close_alerts?: boolean;
}

/** Changes an incident as it was seen. Where somebody was faster, what they did is shown and nothing is overwritten. */
export async function changeIncident(
  { id, version }: Pick<Incident, 'id' | 'version'>,
  change: IncidentChange,
  done: string,
): Promise<void> {
  await act(() => request(pathOf(id), { method: 'PATCH', body: { version, ...change } }), done);
}

/** Does something to an incident, says so, and shows what came of it. @returns whether it was done. */
export async function act(work: () => Promise<unknown>, done: string | null): Promise<boolean> {
  try {
    await work();
    if (done !== null) toast.success(done);
    return true;
  } catch (error) {
    toast.error(sentence(error));
    return error instanceof ApiError ? false : Promise.reject(error);
  } finally {
    refreshIncidents();
    for (const key of ['alerts', 'alert', 'overview']) void queryClient.invalidateQueries({ queryKey: [key] });
  }
}
