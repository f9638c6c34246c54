import type { Disposition, IncidentFeed, IncidentStatus } from '../../model/index.ts';
import type { IncidentRow } from '../../store/contract.ts';

/** What a person changes of an incident. What is left out stays. */
export interface IncidentEdit {
  status?: IncidentStatus;
  disposition?: Disposition | null;
  /** User name; null: nobody. */
  owner?: string | null;
}

/** An answer to a notification of an incident: it stands in its timeline. */
export interface NotificationTold {
  /** Name of the channel, as people gave it. */
  channel: string;
  ok: boolean;
  /** Why not, or what the receiver answered. */
  detail: string | null;
}

/** Changes of incidents by people. Those by alerts come about by themselves; both are told to whoever listens. */
export interface IncidentControl extends IncidentFeed {
  /**
   * @param version of the incident as its changer saw it; null: whatever it is now
   * @throws IncidentChanged where somebody else was faster
   */
  edit(id: string, edit: IncidentEdit, by: string, version: number | null): IncidentRow;
  /** Closes an incident's open alerts with its disposition. @returns ids of the alerts that were changed. */
  closeAlerts(id: string, by: string): string[];
  /** Makes two incidents one: `from` holds nothing any more and says into which it went. */
  merge(into: string, from: string, by: string, version: number | null): IncidentRow;
  /** Puts some of its alerts into a new incident, at least one and not all. They tie nothing to either of the two by themselves any more. */
  split(
    id: string,
    alertIds: readonly string[],
    by: string,
    version: number | null,
  ): { left: IncidentRow; made: IncidentRow };
  /** Notes and evidence: the incident was worked on. @param kind of the entry in its log; null: it speaks for itself */
  worked(id: string, kind: string | null, by: string, details: Record<string, unknown>): IncidentRow;
  /** A notification of the incident went out, or did not. */
  notified(id: string, told: NotificationTold): void;
}

/** Somebody changed the incident since it was read. */
export class IncidentChanged extends Error {
  readonly current: IncidentRow;
  constructor(current: IncidentRow) {
    super('the incident was changed meanwhile');
    this.current = current;
  }
}

/** There is no such incident (any more). */
export class IncidentMissing extends Error {}
