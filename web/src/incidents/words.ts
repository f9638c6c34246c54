import type { Disposition } from '../api/types.ts';
import type { EntityKind, IncidentStatus } from './types.ts';

export const statusNames: Record<IncidentStatus, string> = { new: 'New', in_progress: 'In progress', closed: 'Closed' };

export const dispositionNames: Record<Disposition, string> = {
  true_positive: 'True positive',
  false_positive: 'False positive',
  benign: 'Benign: true, but harmless',
  undetermined: 'Undetermined',
};

export const kindNames: Record<EntityKind, string> = { address: 'Address', user: 'User', host: 'Host' };
