import { type EntityKind, type EventJson, isoTime, networkTest } from '../../model/index.ts';
import type { EventFilter, FilterField } from '../../store/contract.ts';
import type { ServeContext } from '../unit.ts';

export interface EntityQuestion {
  kind: EntityKind;
  value: string;
  /** Epoch ms, from inclusive, to exclusive. */
  from: number;
  to: number;
}

/** By which field events name it. */
const fieldOf: Readonly<Record<EntityKind, FilterField>> = { address: 'src_ip', user: 'user', host: 'host' };
const shown: readonly FilterField[] = [
  'event_type',
  'outcome',
  'src_ip',
  'user',
  'host',
  'program',
  'dst_ip',
  'dst_port',
  'protocol',
  'source',
];
const mostValues = 10;
const mostEvents = 20;
const mostListed = 10;
const buckets = 90;
const widths = [60, 300, 900, 3600, 7200, 21_600, 86_400, 604_800];

/** Everything known of it, from one look at the history of that time, and the edges of all that is stored. */
export async function entityView({ services }: ServeContext, question: EntityQuestion) {
  const { state, events, reputation } = services;
  const { kind, value, from, to } = question;
  const named = (field: FilterField): EventFilter =>
    kind === 'address' && value.includes('/')
      ? { condition: { op: 'cidr', column: field === 'dst_ip' ? 'dst_ip' : 'src_ip', values: [value] } }
      : { where: [{ field, op: 'in', values: [value] }] };
  const ever = named(fieldOf[kind]);
  const ideal = (to - from) / 1000 / buckets;
  const bucketSeconds = widths.find((width) => width >= ideal) ?? 604_800;
  let histogram: { time: number; severity: string; count: number }[] = [];
  let top: Record<string, { value: string; count: number }[]> = {};
  const newest: EventJson[] = [];
  const fields = shown.filter((field) => field !== fieldOf[kind]);
  const looking = events.search(
    {
      filter: { ...ever, from, to },
      limit: mostEvents,
      after: null,
      order: 'newest',
      histogram: { bucketMs: bucketSeconds * 1000 },
      facets: { fields, limit: mostValues + 1 },
      count: true,
    },
    (part) => {
      if (part.type === 'page') newest.push(...part.events);
      if (part.type !== 'counts') return;
      histogram = part.histogram ?? [];
      top = Object.fromEntries(
        (part.facets ?? []).map(({ field, values }) => [
          field,
          values.flatMap(({ value: one, count }) => (one === null ? [] : [{ value: one, count }])).slice(0, mostValues),
        ]),
      );
    },
  );
  const asTarget = { ...named('dst_ip'), from, to };
  const [summary, oldest, last, targets] = await Promise.all([
    looking,
    events.page(ever, 1, null, 'oldest'),
    events.page(ever, 1, null, 'newest'),
    kind === 'address' ? events.count(asTarget) : null,
  ]);
  const about = { entity: value };
  const incidentsAbout = { entity: { kind, value } };
  const alerts = state.alerts.list(about, mostListed, null, 'newest', 'none').alerts;
  const incidents = state.incidents.list(incidentsAbout, mostListed, null, 'newest').incidents;
  const note = state.entityNotes.byEntity(kind, value);
  const known = kind === 'address' ? reputation.known(value) : null;
  const geo =
    kind === 'address' ? (newest.find((event) => Object.keys(event.geo ?? {}).length > 0)?.geo ?? null) : null;
  return {
    kind,
    value,
    from: isoTime(from),
    to: isoTime(to),
    first_seen: timeOf(oldest.events[0]),
    last_seen: timeOf(last.events[0]),
    events: summary.matched ?? 0,
    events_as_target: targets,
    bucket_seconds: bucketSeconds,
    histogram: histogram.map(({ time, severity, count }) => ({ time: isoTime(time), severity, count })),
    top,
    newest: newest.map((event) => ({ ...event })),
    alerts: {
      total: state.alerts.count(about),
      newest: alerts.map(({ id, rule_name, severity, message, status, last: at, count }) => ({
        id,
        rule_name,
        severity,
        message,
        status,
        last: isoTime(at),
        count,
      })),
    },
    incidents: {
      total: state.incidents.count(incidentsAbout),
      newest: incidents.map(({ id, title, severity, risk, status, owner, last: at }) => ({
        id,
        title,
        severity,
        risk,
        status,
        owner,
        last: isoTime(at),
      })),
    },
    geo: geo === null ? null : { ...geo },
    reputation: known === null ? null : { ...known },
    hints: hintsOf({ services }, question),
    note: note && { text: note.text, tags: note.tags, author: note.author, updated_at: isoTime(note.updated_at) },
  };
}

const timeOf = (event: EventJson | undefined): string | null =>
  event === undefined ? null : (event.time ?? event.received_at);

/** What people set up that is about it. */
function hintsOf({ services }: Pick<ServeContext, 'services'>, { kind, value }: EntityQuestion): string[] {
  const { state, settings } = services;
  const hints: string[] = [];
  if (kind === 'address')
    for (const { network, reason, by } of state.intel.allowed())
      if (networkTest(network)?.(value))
        hints.push(`${network} is on the allow-list of threat intelligence: ${reason} (${by}).`);
  const list = settings.list().find(({ key }) => key === 'incidents.ignore')?.value;
  const ignored = (Array.isArray(list) ? list : []).find(
    (entry): entry is string =>
      typeof entry === 'string' &&
      (entry === value || entry === `${kind}:${value}` || (kind === 'address' && networkTest(entry)?.(value) === true)),
  );
  if (ignored !== undefined) hints.push(`The setting incidents.ignore lists ${ignored}: it ties no alerts together.`);
  return hints;
}
