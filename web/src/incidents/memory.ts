import type { IncidentsSearch } from './routes.ts';

/** How the queue was left: to stand there again on the way back, and to walk on from incident to incident. */
export const incidentMemory: { search: IncidentsSearch; cursor: string | null; ids: readonly string[] } = {
  search: {},
  cursor: null,
  ids: [],
};
