/* What other stages may know of the store. Each part's types lie in its own folder. */

export { type Evidence, evidenceOf, withAllEvents } from './alert-document.ts';
export type { AuditFilter, AuditVerdict, StoredAuditRecord } from './audit/types.ts';
export { cursorAt } from './events/cursor.ts';
export type { FacetField, SearchPart, SearchRequest } from './events/search.ts';
export {
  briefText,
  deepestSorted,
  type EventFilter,
  type EventOrder,
  type EventPage,
  type EventStore,
  type EventStoreInfo,
  type FilterField,
  filterFields,
  type PageAt,
} from './events/types.ts';
export {
  type ReplayHead,
  type ReplayLimits,
  type ReplayReader,
  type ReplayRule,
  type ReplayState,
  replayStates,
} from './replays/types.ts';
export type {
  SealedSegment,
  SpoolAppend,
  SpoolCommand,
  SpoolOptions,
  SpoolRelease,
  SpoolReport,
  SpoolState,
  SpoolSynced,
} from './spool/types.ts';
export type { DecisionList } from './state/decisions.ts';
export type {
  DecoyCredential,
  DecoyFile,
  DecoySession,
  TriedCredential,
} from './state/decoys.ts';
export {
  type IncidentEvidence,
  type IncidentFacts,
  type IncidentFilter,
  type IncidentLink,
  type IncidentLogEntry,
  type IncidentMember,
  type IncidentNote,
  type IncidentOrder,
  type IncidentRow,
  incidentOrders,
} from './state/incident-types.ts';
export type { AllowedNetwork, IntelListRecord, ProviderAnswer } from './state/intel.ts';
export {
  type ChannelFilter,
  type Delivery,
  type DeliveryState,
  type DigestItem,
  deliveryStates,
  type NotificationChannel,
} from './state/notifications.ts';
export {
  type AlertFilter,
  type AlertRow,
  type ApiKey,
  type AuditRecord,
  type KeyScope,
  keyScopes,
  type Role,
  type RuleCare,
  type RuleExceptionRecord,
  type RuleLines,
  roles,
  type SavedReport,
  type SavedSearch,
  type SourceRecord,
  type StateStore,
  type User,
} from './state/types.ts';
export { isDiskTrouble, writeIfPossible } from './trouble.ts';
