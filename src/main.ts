/** The composition root: reads the configuration, wires the stages, starts and stops them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import type { Origin, PhosorConfig } from './config/index.ts';
import type { PipelineReport, PipelineWorkerData } from './messages.ts';
import { packageRoot, version } from './package.ts';
import { placeholdersFile } from './placeholders-file.ts';
import { RuleContextFiles } from './rule-context.ts';
import { loadShippedRules } from './rules-folder.ts';
import { AlertGate } from './runtime/alert-gate.ts';
import { openCertificate } from './runtime/certificate.ts';
import { lockDataFolder, sessionKey } from './runtime/data-folder.ts';
import { syslogOf } from './runtime/descriptors.ts';
import { startDesk } from './runtime/desk.ts';
import { outliveFullDisk } from './runtime/full-disk.ts';
import { createHistoryRuns } from './runtime/history-runs.ts';
import { startIngestThread } from './runtime/ingest-thread.ts';
import { readGeoFiles } from './runtime/intel/geo-files.ts';
import { limitedSenderTeller } from './runtime/limited-senders.ts';
import { Bus } from './runtime/live-bus.ts';
import { createLog } from './runtime/log.ts';
import { memoryPlan } from './runtime/memory.ts';
import { openState, sealingOf } from './runtime/open-state.ts';
import { personalDataTeller } from './runtime/personal-data.ts';
import { PipelineClient } from './runtime/pipeline-client.ts';
import { listen } from './runtime/ports.ts';
import { alertsAfterFlush, readAfterFlush } from './runtime/read-after-flush.ts';
import { createRulebook } from './runtime/rulebook.ts';
import { sealedEvents } from './runtime/sealed-events.ts';
import { serverThread } from './runtime/server-thread.ts';
import { Settings } from './runtime/settings.ts';
import { Sources } from './runtime/source-control.ts';
import { type HealthReport, ownSource, SourceHealth } from './runtime/source-health.ts';
import { startSpoolThread } from './runtime/spool-thread.ts';
import { describeStart } from './runtime/start-summary.ts';
import { readSnapshot, StoreLoop } from './runtime/store-loop.ts';
import { syslogIdentity } from './runtime/syslog-tls.ts';
import { tellRecovery } from './runtime/tell-recovery.ts';
import { createTrials } from './runtime/trials.ts';
import { watchThreads } from './runtime/watch-threads.ts';
import { ensureAdmin } from './serve/auth/first-admin.ts';
import type { Services } from './serve/contract.ts';
import { rulesInForce } from './serve/rules/force.ts';
import { createServer } from './serve/server.ts';
import { connectEventStore } from './store/client.ts';
import { recoverSpool } from './store/spool/recover.ts';

export interface Running {
  /** `http://127.0.0.1:8000` */
  address: string;
  /** Shown once, where `admin` has no password yet. */
  setupLink: string | null;
  services: Services;
  /** Drains, syncs, closes. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** For people: one line each. */
  print: (line: string) => void;
  origins?: ReadonlyMap<string, Origin>;
}

const now = (): number => Date.now();

/** @throws a sentence where it cannot start; the data folder is given back then. */
export async function startPhosor(startConfig: PhosorConfig, options: StartOptions): Promise<Running> {
  const unlock = lockDataFolder(startConfig.dataDir);
  try {
    return await startInFolder(startConfig, options, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

async function startInFolder(startConfig: PhosorConfig, options: StartOptions, unlock: () => void): Promise<Running> {
  const { log, print } = createLog(options.print, startConfig.log.format, now);
  const { dataDir } = startConfig;
  const stopOutliving = outliveFullDisk(log);
  const startedAt = now();
  const opening = new Set(['the pipeline', 'address lists and decoys', 'syslog and log files']);

  /* ---------- what a former run left ---------- */

  const { state, keyring } = openState(startConfig);
  const settings = new Settings(
    startConfig,
    options.origins ?? new Map(),
    state,
    (config) => apply(config),
    (message) => log('warn', message),
  );
  const { config } = settings;
  const spoolFolder = join(dataDir, 'spool');
  const recovered = recoverSpool(spoolFolder);
  tellRecovery(recovered, log);
  const { file: snapshotFile, saved } = readSnapshot(dataDir, log);
  const mappingsFolder = startConfig.detect.mappings || join(dataDir, 'mappings');
  const ruleContext = new RuleContextFiles(mappingsFolder, join(dataDir, placeholdersFile), log);
  const shipped = loadShippedRules();
  for (const problem of shipped.problems)
    log(problem.level === 'error' ? 'error' : 'warn', `Shipped rule ${problem.rule_id}: ${problem.message}`);
  const shippedRules = config.detect.shippedRules ? shipped.docs : [];
  const rulebook = createRulebook(shipped.pathOf);

  /* ---------- workers ---------- */

  const ingestToPipeline = new MessageChannel();
  const pipelineToSpool = new MessageChannel();

  const memory = memoryPlan(config.store.memoryLimitMb);
  const storeWorker = serverThread('store/worker', {
    folder: join(dataDir, 'events'),
    maxBytes: config.store.maxBytes,
    isLimited: config.store.retention,
    ...memory.store,
    catalogue: join(dataDir, 'state.sqlite'),
  });
  const store = connectEventStore(storeWorker);
  const { maxGroupsPerRule } = config.detect;
  const folders = { folder: join(dataDir, 'replays'), threatsFolder: join(dataDir, 'threats') };
  const kept = { ...folders, limits: () => settings.config.replays, now, log };
  const runs = createHistoryRuns(ruleContext.beside({ storeWorker, maxGroupsPerRule, ...kept }));

  const spool = startSpoolThread({
    folder: spoolFolder,
    maxPendingBytes: config.store.spoolMaxBytes,
    recovered,
    pipelinePort: pipelineToSpool.port2,
  });

  const geo = readGeoFiles({ ...config.geo, folder: join(dataDir, 'geo'), log });
  const pipelineData: PipelineWorkerData = {
    geo,
    context: ruleContext.current,
    redact: config.redact,
    rules: rulesInForce({ shippedRules, state, rulebook }, startedAt),
    ruleCache: join(dataDir, 'cache', 'rules.json'),
    maxGroupsPerRule,
    maxUnsyncedBytes: memory.unsyncedBytes,
    latenessMs: config.detect.latenessSeconds * 1000,
    recovery: { segments: recovered.segments, snapshot: saved?.bytes ?? null, afterBatch: saved?.batch ?? 0 },
    sealing: sealingOf(state, keyring, config.encryption.eventFields),
    zones: {},
    lastBatch: recovered.lastBatch,
  };
  const pipelineWorker = serverThread(
    'pipeline-worker',
    { data: pipelineData, ingestPort: ingestToPipeline.port2, spoolPort: pipelineToSpool.port1 },
    // The saved state may be large: moved, not copied.
    [ingestToPipeline.port2, pipelineToSpool.port1, ...(saved === null ? [] : [saved.bytes.buffer])],
  );
  pipelineWorker.once('message', (first: PipelineReport) => {
    if (first.type !== 'ready' || first.snapshotProblem === null) return;
    log(
      'warn',
      `The saved correlation state was left aside (${first.snapshotProblem}). Counts begin anew with what the spool still holds; stored events and alerts are not affected.`,
    );
  });
  const ingest = startIngestThread(ingestToPipeline.port1, memory.chunks);
  const expectEnd = watchThreads(
    { store: storeWorker, spool: spool.worker, pipeline: pipelineWorker, ingest: ingest.worker },
    log,
  );

  /* ---------- main's side of them ---------- */

  const loop = new StoreLoop({
    store,
    rowsPerLoad: memory.rowsPerLoad,
    snapshotFile,
    savedBatch: saved?.batch ?? 0,
    pending: recovered.segments,
    seal: spool.seal,
    remove: spool.remove,
    log,
  });
  const bus = new Bus((wanted) => pipeline.setLiveWanted(wanted));
  const pipeline = new PipelineClient({
    worker: pipelineWorker,
    rules: pipelineData.rules,
    context: ruleContext,
    bus,
    state,
    now,
    gate: new AlertGate({ state, now, log }),
    log,
    findEvents: (ids) => events.byIds(ids),
    recovery: {
      salvagedBytes: recovered.salvagedBytes,
      discardedBytes: recovered.discardedBytes,
      quarantinedRows: recovered.quarantined.length,
      replayedBatches: 0,
    },
    ...createTrials(now, () => settings.config.redact),
    onSnapshot: (batch, file) => loop.offerSnapshot(batch, file),
    onTick: (tick) => {
      tellPersonalData(tick);
      health.note(tick);
    },
  });
  const sources = new Sources({
    state,
    roots: config.files.roots,
    send: ingest.tell,
    perSource: () => pipeline.stats().perSource,
    setZones: (zones) => pipeline.setZones(zones),
    now,
  });
  pipeline.setZones(sources.zones());
  const health = new SourceHealth({
    report: (report) => tell(report),
    isWatched: (source) => sources.isWatched(source),
    isHeld: () => pipeline.stats().spool.state === 'full',
    now,
  });

  spool.listen({ pipeline, loop, tellIngest: ingest.tell, log });

  const certificate = await openCertificate(startConfig);
  const identity = syslogIdentity(config.syslog, certificate);
  const tell = (report: HealthReport): void => pipeline.tell(ownSource, [JSON.stringify(report)]);
  const tellLimited = limitedSenderTeller({ state, now, log, tell });
  const tellPersonalData = personalDataTeller({ log, state, tell, now });
  ingest.listen({ sources, tellLimited, log });

  /* ---------- the front ---------- */

  const events = readAfterFlush(store, () => loop.flush());
  const { setup, token, isPasswordIgnored } = await ensureAdmin(state, {
    password: config.auth.adminPassword,
    now: startedAt,
  });
  if (isPasswordIgnored)
    log(
      'warn',
      'PHOSOR_ADMIN_PASSWORD only counts on the first run: admin has a password. To set another: phosor user password admin.',
    );
  const desk = startDesk({
    config: () => settings.config,
    geo,
    state,
    events,
    store,
    bus,
    pipeline,
    dataDir,
    now,
    log,
  });
  const uiFolder = join(packageRoot, 'web/dist');
  const services: Services = {
    state: alertsAfterFlush(state, () => pipeline.flushAlerts()),
    events,
    pipeline,
    rulebook,
    ruleContext,
    ...runs.services,
    ...desk.services,
    sealed: sealedEvents(keyring),
    live: bus,
    sources,
    settings,
    shippedRules,
    auth: { secret: sessionKey(dataDir, config.auth.secretKey, log), tokenMinutes: config.auth.tokenMinutes, setup },
    now,
    log,
    http: {
      corsOrigins: config.http.corsOrigins,
      uiFolder: existsSync(join(uiFolder, 'index.html')) ? uiFolder : null,
      webhookRatePerSecond: config.webhook.ratePerSecond,
      version,
      apiRatePerSecond: config.http.apiRatePerSecond,
      trustedProxies: config.proxy.trusted,
      hsts: certificate?.isSelfSigned !== true,
    },
    startedAt,
    opening,
  };
  function apply(next: PhosorConfig): void {
    services.auth.tokenMinutes = next.auth.tokenMinutes;
    services.http.webhookRatePerSecond = next.webhook.ratePerSecond;
    pipeline.setRedact(next.redact);
    desk.apply(next);
  }

  const exchanged = (): void => {
    const next = syslogIdentity(config.syslog, certificate);
    if (next !== null) ingest.tell({ type: 'identity', identity: next });
  };
  const server = await createServer(services);
  const { address, close } = await listen(server, { ...config.http, dataDir, certificate, exchanged }, log);

  /* ---------- intake opens last ---------- */

  await Promise.all([
    pipeline.ready.then(() => opening.delete('the pipeline')),
    desk.ready.then(() => opening.delete('address lists and decoys')),
  ]);
  const failures = await ingest.start({
    config: {
      syslog: { ...syslogOf(config, log), identity, trustedAddresses: sources.trustedAddresses() },
      files: { roots: config.files.roots },
    },
    files: sources.files(),
    positions: recovered.positions,
  });

  async function stop(): Promise<void> {
    expectEnd();
    await desk.stop();
    await ingest.stop();
    await runs.stop();
    await close();
    await pipeline.stop();
    await spool.stop();
    await loop.drain(5000);
    await store.close();
    await Promise.all([storeWorker, spool.worker, pipelineWorker, ingest.worker].map((thread) => thread.terminate()));
    state.close();
    stopOutliving();
    unlock();
  }

  if (failures.length > 0) {
    await stop();
    throw new Error(failures.join('\n'));
  }
  for (const { path, hint, fromBeginning } of config.files.watch) {
    await sources.addFile(path, { hint, fromBeginning }).catch((error: Error) => log('warn', error.message));
  }
  if (config.files.watchSystemLogs && state.sources.list().length === 0) {
    for (const { path } of sources.offers()) await sources.addFile(path, {}).catch(() => undefined);
  }
  opening.clear();
  const setupLink = token === null ? null : `${address}/setup#token=${token}`;
  describeStart(print, { address, setupLink, dataDir, sources, services });
  return { address, setupLink, services, stop };
}
