import { join } from 'node:path';
import type { PhosorConfig } from '../config/index.ts';
import { shippedPlaybooksFolder } from '../package.ts';
import type { Log, Services } from '../serve/contract.ts';
import type { EventStore, StateStore } from '../store/contract.ts';
import { startAuditWatch } from './audit-watch.ts';
import { startBackups } from './backup-staging.ts';
import { startCapture } from './capture/capture.ts';
import { startDecoys } from './decoys/decoys.ts';
import { startHoneytokens } from './honeytokens.ts';
import { startIncidents } from './incidents/incidents.ts';
import { ingestionOf } from './ingestion.ts';
import type { GeoFile } from './intel/geo-files.ts';
import { startIntel } from './intel/intel.ts';
import type { Bus } from './live-bus.ts';
import { startNotifications } from './notifier/start.ts';
import { PdfThreads } from './pdf-printer.ts';
import type { PipelineClient } from './pipeline-client.ts';
import { startPlaybooks } from './playbooks/start.ts';
import { startPromotion } from './promotion.ts';
import { ReportSchedules } from './report-schedules.ts';
import { startResponse } from './response/start.ts';
import { startRest } from './rest/rest.ts';
import { startRetention } from './retention.ts';

/** What the parts of the desk are made from. */
export interface DeskOptions {
  /** The configuration in force now: ask again whenever it matters. */
  config: () => PhosorConfig;
  state: StateStore;
  /** History. Each call first makes acknowledged events visible. */
  events: EventStore;
  /** The same without that: for upkeep. */
  store: EventStore;
  bus: Bus;
  pipeline: PipelineClient;
  /** Databases of addresses. */
  geo: readonly GeoFile[];
  dataDir: string;
  now: () => number;
  log: Log;
}

/** A part of the desk that works by itself beside the requests. */
interface DeskPart {
  /** The configuration has changed at run time. */
  apply?(config: PhosorConfig): void;
  stop(): void | Promise<void>;
}

export interface Desk {
  /** Handed to the HTTP front among its services. */
  services: Pick<
    Services,
    | 'ingestion'
    | 'backup'
    | 'decoys'
    | 'honeytokens'
    | 'incidents'
    | 'intel'
    | 'network'
    | 'mailer'
    | 'notifications'
    | 'pdf'
    | 'playbooks'
    | 'reportSchedules'
    | 'reputation'
    | 'response'
  >;
  /** What must be there before intake opens. Never rejects. */
  ready: Promise<unknown>;
  apply(config: PhosorConfig): void;
  stop(): Promise<void>;
}

/** Everything that works beside the data's way, for the people who look at what it found. One line per part. */
export function startDesk(options: DeskOptions): Desk {
  const intel = startIntel(options);
  const backups = startBackups(options);
  const incidents = startIncidents(options);
  const notifications = startNotifications(options);
  notifications.listen(incidents.services.incidents);
  const response = startResponse({ ...options, reputation: intel.services.reputation });
  const playbooks = startPlaybooks({
    ...options,
    ...incidents.services,
    ...intel.services,
    ...notifications.services,
    response: response.response,
    shippedFolder: shippedPlaybooksFolder,
    ownFolder: join(options.dataDir, 'playbooks'),
  });
  const pdf = new PdfThreads();
  const decoys = startDecoys(options);
  const honeytokens = startHoneytokens(options);
  const capture = startCapture(options);
  const reportSchedules = new ReportSchedules({ ...options, ...notifications.services }).start();
  const parts: readonly DeskPart[] = [
    startRetention(options),
    startAuditWatch(options),
    startRest({ ...options, events: () => options.pipeline.stats().events }),
    decoys,
    capture,
    backups,
    intel,
    reportSchedules,
    pdf,
    playbooks,
    incidents,
    response,
    notifications,
    startPromotion({ ...options, ...incidents.services }),
  ];
  return {
    services: {
      ingestion: ingestionOf(options.config),
      ...backups.services,
      ...decoys.services,
      honeytokens,
      ...capture.services,
      ...incidents.services,
      ...response.services,
      ...playbooks.services,
      pdf,
      reportSchedules,
      ...intel.services,
      ...notifications.services,
    },
    ready: Promise.all([intel.ready, decoys.ready]),
    apply(config) {
      for (const part of parts) part.apply?.(config);
    },
    async stop() {
      for (const part of parts) await part.stop();
    },
  };
}
