import type { PlaybookRun } from '../../model/index.ts';
import type { IncidentControl, Log, ReputationControl } from '../../serve/contract.ts';
import type { NotificationControl } from '../../serve/notifications/types.ts';
import type { AuditRecord, EventStore, StateStore } from '../../store/contract.ts';
import type { Response } from '../response/response.ts';

export interface PlaybookOptions {
  state: StateStore;
  events: EventStore;
  incidents: IncidentControl;
  notifications: NotificationControl;
  reputation: ReputationControl;
  response: Response;
  /** Playbooks that come with Phosor. */
  shippedFolder: string;
  /** Own ones. */
  ownFolder: string;
  now: () => number;
  log: Log;
}

/** Who acts where no person does. */
export const ownName = 'phosor';

/** Records what no person did. What people do is recorded where they ask for it. */
export function auditRun(
  { state, now }: Pick<PlaybookOptions, 'state' | 'now'>,
  action: AuditRecord['action'],
  { id, playbook, entity, subject, state: is }: PlaybookRun,
  more: Record<string, unknown> = {},
  success = true,
): void {
  const details = { run: id, playbook, entity, alert: subject.alert, incident: subject.incident, state: is, ...more };
  state.audit.append({ timestamp: now(), action, user: ownName, success, source_ip: null, details });
}
