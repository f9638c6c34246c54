import { z } from 'zod';
import { incidentStatuses, severities } from '../../model/index.ts';
import type { SourceView } from '../contract.ts';
import { defineUnit, type ServeContext } from '../unit.ts';
import { Exposition } from './exposition.ts';

/** Sources that are named one by one; the others are counted. */
const namedSources = 500;

export const metrics = defineUnit({
  name: 'metrics',
  description: 'For Prometheus and whatever reads its format.',
  register(app, context) {
    app.get(
      '/metrics',
      {
        config: { role: 'metrics' },
        schema: {
          summary: 'All counters, in the text format of Prometheus',
          description:
            'For viewers, and for API keys with the scope metrics: such a key can read nothing else. Of more than 500 sources the loudest are named.',
          response: { 200: z.unknown().meta({ description: 'text/plain; version=0.0.4' }) },
        },
      },
      async (_request, reply) => {
        const text = await collect(context);
        return reply.type('text/plain; version=0.0.4; charset=utf-8').send(text);
      },
    );
  },
});

async function collect({ services, traffic, rules }: ServeContext): Promise<string> {
  const out = new Exposition();
  const { state, now } = services;
  const pipeline = services.pipeline.stats();
  const stored = await services.events.info();
  const entries = (counts: Readonly<Record<string, number>>, label: string) =>
    Object.entries(counts).map(([name, count]) => [{ [label]: name }, count] as const);

  out.gauge('phosor_info', 'The version that runs.', [[{ version: services.http.version }, 1]]);
  out.gauge('phosor_uptime_seconds', 'Since the start.', Math.max(0, (now() - services.startedAt) / 1000));
  out.gauge('process_resident_memory_bytes', 'Memory of the process.', process.memoryUsage.rss());
  const { user, system } = process.cpuUsage();
  out.counter('process_cpu_seconds_total', 'CPU time of the process.', (user + system) / 1e6);

  out.counter('phosor_events_total', 'Events since the start.', pipeline.events);
  out.counter('phosor_event_bytes_total', 'Bytes of raw lines since the start.', pipeline.bytes);
  out.gauge('phosor_events_per_second', 'Moving average over 5 s.', pipeline.eventsPerSecond);
  out.counter(
    'phosor_events_by_format_total',
    'Events by the format that understood them.',
    entries(pipeline.byFormat, 'format'),
  );
  out.counter('phosor_events_raw_total', 'Lines that no format understood.', pipeline.raw);
  out.counter(
    'phosor_redactions_total',
    'Secrets and personal data that were masked.',
    entries(pipeline.redactions, 'kind'),
  );
  out.counter('phosor_events_not_stored_total', 'Events that could not be stored.', pipeline.notStored);
  out.gauge('phosor_pipeline_backlog_chunks', 'Chunks that wait in front of the pipeline.', pipeline.backlog);
  out.gauge('phosor_spool_pending_bytes', 'Bytes that wait for the store.', pipeline.spool.pendingBytes);
  out.gauge('phosor_spool_full', '1 while nothing more can be stored.', pipeline.spool.state === 'full' ? 1 : 0);
  out.gauge('phosor_stored_events', 'Events in the store.', stored.rows);
  out.gauge('phosor_stored_bytes', 'Bytes of the event store on disk.', stored.bytes);
  out.counter('phosor_retention_dropped_events_total', 'Events dropped for age or size.', stored.droppedRows);

  out.counter('phosor_alerts_total', 'Alerts raised since the start.', pipeline.alerts);
  out.gauge(
    'phosor_alerts',
    'Alerts that are kept, by severity.',
    severities.map((severity) => [{ severity }, state.alerts.count({ severities: [severity] })] as const),
  );
  out.gauge('phosor_alerts_open', 'Alerts that nobody has acknowledged.', state.alerts.count({ acknowledged: false }));
  const all = rules();
  out.gauge('phosor_rules', 'Rules by whether they run.', [
    [{ enabled: 'true' }, all.filter(({ enabled }) => enabled).length],
    [{ enabled: 'false' }, all.filter(({ enabled }) => !enabled).length],
  ]);
  const { correlator } = pipeline;
  out.gauge('phosor_correlation_groups', 'Groups that all rules keep count of.', correlator.groups);
  out.counter(
    'phosor_correlation_evicted_total',
    'Groups that were forgotten because there were too many.',
    correlator.evicted,
  );
  out.counter('phosor_correlation_late_total', 'Matches that came too late to count.', correlator.late_dropped);
  out.counter(
    'phosor_correlation_missing_group_total',
    'Matches without the field that groups them.',
    correlator.missing_group,
  );

  desk(out, services);
  sources(out, services.sources.list());
  const udp = services.sources.udp();
  if (udp !== null) {
    out.counter('phosor_udp_datagrams_total', 'Datagrams received.', udp.received);
    out.counter('phosor_udp_dropped_total', 'Datagrams dropped, by reason.', [
      [{ reason: 'limited' }, udp.limited],
      [{ reason: 'overflow' }, udp.overflow],
      ...(udp.kernelDrops === null ? [] : [[{ reason: 'kernel' }, udp.kernelDrops] as const]),
    ]);
    if (udp.senders) {
      out.gauge('phosor_senders', 'Senders that are remembered.', udp.senders.tracked);
      out.counter(
        'phosor_senders_forgotten_total',
        'Senders that were forgotten because there were too many.',
        udp.senders.forgotten,
      );
    }
  }

  const audit = state.audit.state();
  out.counter('phosor_audit_records_total', 'Number of the newest audit record this process wrote.', audit.records);
  out.gauge('phosor_audit_waiting', 'Audit records that could not be written yet.', audit.waiting);
  out.gauge('phosor_users', 'Accounts that may log in.', state.users.list().filter(({ disabled }) => !disabled).length);
  out.gauge(
    'phosor_api_keys',
    'API keys that work.',
    state.keys.list().filter(({ revoked, expires_at }) => !revoked && (expires_at === null || expires_at > now()))
      .length,
  );
  out.counter(
    'phosor_http_answers_total',
    'Answers over HTTP.',
    traffic.answers().map(({ method, status, count }) => [{ method, status }, count] as const),
  );
  out.histogram('phosor_http_seconds', 'How long answers took.', traffic.latency());
  return out.text();
}

/** What people are told, work on, and what is known of addresses. */
function desk(out: Exposition, { state, notifications, intel }: ServeContext['services']): void {
  const { channels, day, digest, running } = notifications.status();
  out.gauge('phosor_notification_channels', 'Channels that are switched on.', channels);
  out.gauge('phosor_notifications_running', '1 while changes of incidents are looked at.', running ? 1 : 0);
  out.gauge(
    'phosor_notifications_last_day',
    'Messages that were made in the last 24 hours, by what became of them.',
    Object.entries(day).map(([name, count]) => [{ state: name }, count] as const),
  );
  out.gauge(
    'phosor_notification_queue',
    'Messages that wait for their receiver, by channel.',
    notifications.list().map(({ name, type, queue }) => [{ channel: name, type }, queue.waiting] as const),
  );
  out.gauge(
    'phosor_notification_channel_failures',
    'Failures in a row, by channel.',
    notifications.list().map(({ name, type, queue }) => [{ channel: name, type }, queue.failures] as const),
  );
  out.gauge(
    'phosor_digest_incidents',
    'Incidents that wait for a digest, by why they were not told at once.',
    Object.entries(digest).map(([reason, count]) => [{ reason }, count] as const),
  );
  out.gauge(
    'phosor_incidents',
    'Incidents by status and severity.',
    incidentStatuses.flatMap((status) =>
      severities.map(
        (severity) =>
          [{ status, severity }, state.incidents.count({ statuses: [status], severities: [severity] })] as const,
      ),
    ),
  );
  const { networks, waiting, skipped, problem } = intel.summary();
  const lists = intel.lists();
  out.gauge('phosor_intel_networks', 'Networks of known addresses that are matched.', networks);
  out.gauge('phosor_intel_lists', 'Lists of known addresses, by whether they are on.', [
    [{ enabled: 'true' }, lists.filter(({ enabled }) => enabled).length],
    [{ enabled: 'false' }, lists.filter(({ enabled }) => !enabled).length],
  ]);
  out.gauge('phosor_intel_failed', '1 while the lists could not be put together.', problem === null ? 0 : 1);
  out.gauge('phosor_reputation_waiting', 'Addresses that wait to be asked about.', waiting);
  out.counter(
    'phosor_reputation_skipped_total',
    'Addresses that were not asked about: too many, or no budget.',
    skipped,
  );
  const providers = intel.providers();
  out.gauge(
    'phosor_reputation_questions_today',
    'Questions of this day (UTC), by provider.',
    providers.map(({ source, used_today }) => [{ provider: source }, used_today] as const),
  );
  out.gauge(
    'phosor_reputation_questions_per_day',
    'The budget of a day, by provider.',
    providers.map(({ source, per_day }) => [{ provider: source }, per_day] as const),
  );
}

function sources(out: Exposition, list: readonly SourceView[]): void {
  const loudest = [...list].sort((a, b) => b.received + b.limited - a.received - a.limited);
  const named = loudest.slice(0, namedSources);
  const each = (value: (source: SourceView) => number) =>
    named.map((source) => [{ source: source.source }, value(source)] as const);
  out.gauge(
    'phosor_sources',
    'Sources by state.',
    (['active', 'waiting', 'limited', 'failed'] as const).map(
      (state) => [{ state }, list.filter((source) => source.state === state).length] as const,
    ),
  );
  out.gauge('phosor_sources_unnamed', 'Sources that the families below leave out.', list.length - named.length);
  out.counter(
    'phosor_source_events_total',
    'Events of a source.',
    each((source) => Math.max(source.events, source.received)),
  );
  out.counter(
    'phosor_source_limited_total',
    'Events of a source beyond its limit.',
    each((source) => source.limited),
  );
  out.counter(
    'phosor_source_dropped_total',
    'Events of a source dropped for want of room.',
    each((source) => source.dropped),
  );
  out.counter(
    'phosor_source_redacted_total',
    'Events of a source in which something was masked.',
    each((source) => source.redacted),
  );
  const limited = named.flatMap(({ source, standing }) => (standing ? [{ source, standing }] : []));
  out.gauge(
    'phosor_source_reputation',
    'Reputation of a sender, 0 to 100.',
    limited.map(({ source, standing }) => [{ source }, standing.reputation] as const),
  );
  out.counter(
    'phosor_source_violations_total',
    'How often a sender broke its limit.',
    limited.map(({ source, standing }) => [{ source }, standing.violations] as const),
  );
}
