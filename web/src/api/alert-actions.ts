import type { InfiniteData } from '@tanstack/react-query';
import { toast } from 'sonner';
import { ApiError, request, sentence } from './client.ts';
import { type AlertPage, queryClient } from './queries.ts';
import type { AlertDetail, AlertStatus, Disposition, PhosorAlert } from './types.ts';

type Change = Partial<
  Pick<PhosorAlert, 'acknowledged' | 'status' | 'disposition' | 'acknowledged_by' | 'acknowledged_at'>
>;

/** Applies `change` wherever these alerts are shown, without reordering anything. @returns how to take it back. */
function patchCaches(ids: ReadonlySet<string>, change: Change | ((alert: PhosorAlert) => Change)): () => void {
  const before = [
    ...queryClient.getQueriesData<InfiniteData<AlertPage>>({ queryKey: ['alerts'] }),
    ...queryClient.getQueriesData<AlertDetail>({ queryKey: ['alert'] }),
  ];
  const apply = <T extends PhosorAlert>(alert: T): T =>
    ids.has(alert.id) ? { ...alert, ...(typeof change === 'function' ? change(alert) : change) } : alert;
  queryClient.setQueriesData<InfiniteData<AlertPage>>({ queryKey: ['alerts'] }, (data) =>
    data
      ? { ...data, pages: data.pages.map((page) => ({ ...page, alerts: page.alerts.map((alert) => apply(alert)) })) }
      : data,
  );
  queryClient.setQueriesData<AlertDetail>({ queryKey: ['alert'] }, (alert) =>
    alert ? { ...apply(alert), related: alert.related.map((other) => apply(other)) } : alert,
  );
  return () => {
    for (const [key, data] of before) queryClient.setQueryData(key, data);
  };
}

/** An alert that grew, or that somebody else handled: shown in place. */
export function takeAlertUpdate(alert: PhosorAlert): void {
  patchCaches(new Set([alert.id]), () => alert);
}

/** The overview and what it calls urgent. */
function refreshCounts(): void {
  for (const key of ['overview', 'urgent-alerts']) void queryClient.invalidateQueries({ queryKey: [key] });
}

/** A refusal stays one; only what did not answer, or failed, is worth another try. */
const mayRetry = (error: unknown) => !(error instanceof ApiError && error.status >= 400 && error.status < 500);

async function inThousands(
  method: 'POST' | 'PATCH',
  path: string,
  ids: readonly string[],
  change: object = {},
): Promise<void> {
  for (let at = 0; at < ids.length; at += 1000) {
    await request(path, { method, body: { ids: ids.slice(at, at + 1000), ...change } });
  }
}

async function unacknowledge(ids: readonly string[]): Promise<void> {
  const revert = patchCaches(new Set(ids), {
    acknowledged: false,
    status: 'new',
    acknowledged_by: null,
    acknowledged_at: null,
  });
  try {
    await inThousands('POST', '/api/alerts/unacknowledge', ids);
    refreshCounts();
  } catch (error) {
    revert();
    toast.error(`Not undone. ${sentence(error)}`);
  }
}

/** Acknowledges at once on the screen, then on the server; the toast undoes it. */
export async function acknowledge(ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const revert = patchCaches(new Set(ids), { acknowledged: true, status: 'acknowledged' });
  try {
    const [only] = ids;
    if (ids.length === 1 && only) {
      await request(`/api/alerts/${encodeURIComponent(only)}/acknowledge`, { method: 'POST' });
    } else await inThousands('POST', '/api/alerts/acknowledge', ids);
  } catch (error) {
    revert();
    toast.error(`Not acknowledged. ${sentence(error)}`, {
      ...(mayRetry(error) ? { action: { label: 'Retry', onClick: () => void acknowledge(ids) } } : {}),
    });
    return;
  }
  refreshCounts();
  toast.success(ids.length === 1 ? 'Alert acknowledged' : `${ids.length} alerts acknowledged`, {
    action: { label: 'Undo', onClick: () => void unacknowledge(ids) },
  });
}

/** Changes status or disposition of each alert, with an undo that restores what each had. */
export async function triage(
  alerts: readonly PhosorAlert[],
  change: { status?: AlertStatus; disposition?: Disposition | null },
  done: string,
): Promise<void> {
  const ids = new Set(alerts.map((alert) => alert.id));
  const revert = patchCaches(ids, {
    ...change,
    ...(change.status ? { acknowledged: change.status !== 'new' } : {}),
  });
  try {
    await inThousands('PATCH', '/api/alerts', [...ids], change);
  } catch (error) {
    revert();
    toast.error(`Not changed. ${sentence(error)}`);
    return;
  }
  refreshCounts();
  toast.success(done, {
    action: {
      label: 'Undo',
      onClick: () => {
        revert();
        void restore(alerts).catch((error) => toast.error(`Not undone. ${sentence(error)}`));
      },
    },
  });
}

/** Gives each alert the status and disposition it had, those with the same in one go. */
async function restore(alerts: readonly PhosorAlert[]): Promise<void> {
  const alike = Map.groupBy(alerts, ({ status, disposition }) => `${status} ${disposition}`);
  for (const [first, ...more] of alike.values()) {
    if (!first) continue;
    const ids = [first, ...more].map(({ id }) => id);
    await inThousands('PATCH', '/api/alerts', ids, { status: first.status, disposition: first.disposition });
  }
  refreshCounts();
}
