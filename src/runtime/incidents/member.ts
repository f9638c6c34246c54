import { ipv6Prefix, networkTest } from '../../model/address.ts';
import { type EventJson, type EventType, type IncidentEntity, tacticsOf } from '../../model/index.ts';
import type { AlertRow, IncidentMember } from '../../store/contract.ts';

/** Names that stand for an office and not for a person: they tie alerts together only on one host. */
const commonUsers = new Set(
  (
    'root admin administrator system guest test tester user users demo operator nobody daemon anonymous service support ' +
    'info ubuntu debian centos fedora ec2-user azureuser pi vagrant ansible deploy-bot git ftp ftpuser mail postfix www ' +
    'www-data nginx apache httpd tomcat postgres mysql oracle mongodb redis elastic backup sa'
  ).split(' '),
);

/** Addresses that say nothing about who it was: of the machine itself, of the link, of everybody. */
const nobodysAddresses = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '255.255.255.255',
  '::/128',
  '::1/128',
  'fe80::/10',
  'ff00::/8',
].map((network) => networkTest(network));

/** An alert that names more than this many of a kind is about none of them in particular. */
const mostTied = 3;
/** Entities that are kept of one alert. */
const mostEntities = 100;

/** What somebody did who was let in: the account was in use, not only tried. */
const acts: ReadonlySet<EventType> = new Set([
  'auth.success',
  'sql.auth_success',
  'privilege.sudo',
  'privilege.su',
  'privilege.denied',
  'process.exec',
  'cron.changed',
]);
const failures: ReadonlySet<EventType> = new Set(['auth.failure', 'sql.auth_failure']);
const successes: ReadonlySet<EventType> = new Set(['auth.success', 'sql.auth_success']);

/** Whether an entity is one that the owner of the installation said means nothing. */
export type Ignored = (entity: IncidentEntity) => boolean;

/**
 * Reads the list of what ties nothing together: an address, a network in CIDR notation, `user:name`, `host:name`, or a
 * bare name for either.
 */
export function ignoredBy(list: readonly string[]): Ignored {
  const networks = list.flatMap((entry) => networkTest(entry) ?? []);
  const names = new Set(list.map((entry) => entry.toLowerCase()));
  return ({ kind, value }) => {
    const name = value.toLowerCase();
    if (names.has(name) || names.has(`${kind}:${name}`)) return true;
    return kind === 'address' && networks.some((test) => test(value));
  };
}

/** Everything that an incident needs of an alert: whom it names, what ties it to others, what it tells about the attack. */
export function memberOf(alert: AlertRow, isIgnored: Ignored): IncidentMember {
  const seen = read(alert);
  return {
    alert_id: alert.id,
    incident_id: '',
    rule_id: alert.rule_id,
    rule_name: alert.rule_name,
    severity: alert.severity,
    message: alert.message,
    first: alert.first,
    last: alert.last,
    count: alert.count,
    historical: alert.historical,
    attack: alert.attack,
    tactics: tacticsOf(alert.tags),
    entities: seen.entities.slice(0, mostEntities),
    keys: keysOf(alert, seen, isIgnored),
    failed_at: seen.failed_at,
    succeeded_at: seen.succeeded_at,
    intel: seen.intel,
    pinned: false,
    seen_at: alert.updated_at,
  };
}

interface Read {
  entities: IncidentEntity[];
  /** Where the attack came from. */
  sources: Set<string>;
  /** Accounts that were in use: user and host. */
  accounts: { user: string; host: string }[];
  failed_at: number | null;
  succeeded_at: number | null;
  intel: boolean;
}

function read(alert: AlertRow): Read {
  const found = new Map<string, IncidentEntity>();
  const name = (kind: IncidentEntity['kind'], value: string | null | undefined): void => {
    if (value === null || value === undefined || value === '' || value === '-') return;
    found.set(`${kind} ${value}`, { kind, value });
  };
  const sources = new Set<string>();
  const accounts = new Map<string, { user: string; host: string }>();
  let failed: number | null = null;
  let succeeded: number | null = null;
  let intel = false;
  for (const [field, value] of Object.entries(alert.group)) {
    const kind = kindOf(field);
    if (kind === null || value.includes('/')) continue;
    name(kind, value);
    if (isSource(field)) sources.add(value);
  }
  const isGrouped = sources.size > 0;
  for (const event of alert.events) {
    name('address', event.src_ip);
    name('user', event.user);
    name('host', event.host);
    if (!isGrouped && event.src_ip) sources.add(event.src_ip);
    if (event.user && event.host && acts.has(event.event_type))
      accounts.set(`${event.user} ${event.host}`, { user: event.user, host: event.host });
    const at = timeOf(event);
    if (failures.has(event.event_type)) failed = Math.min(failed ?? at, at);
    if (successes.has(event.event_type)) succeeded = Math.max(succeeded ?? at, at);
    if (event.intel !== null && Object.keys(event.intel).length > 0) intel = true;
  }
  return {
    entities: [...found.values()],
    sources,
    accounts: [...accounts.values()],
    failed_at: failed,
    succeeded_at: succeeded,
    intel,
  };
}

/** An event of a stored alert has a time. */
const timeOf = (event: EventJson): number => Date.parse(event.time ?? event.received_at);

function kindOf(field: string): IncidentEntity['kind'] | null {
  if (/(^|\.)(src_ip|dst_ip)$/.test(field)) return 'address';
  if (/(^|\.)user$/.test(field)) return 'user';
  return /(^|\.)host$/.test(field) ? 'host' : null;
}

const isSource = (field: string): boolean => /(^|\.)src_ip$/.test(field);

/**
 * What ties alerts together, and why nothing else does (docs/incidents.md):
 *
 * - the source address, IPv6 by its /64, unless it is nobody's;
 * - an account (user on a host) that was in use, not one that was only tried: everybody tries root;
 * - a user by itself, where the name is a person's and the account was in use or the rule counts by user;
 * - where more than three addresses attack together, their common target;
 * - where nobody is named at all, the host: what ails one machine belongs together;
 * - else the rule and its group, so that a host alone ties only alerts of one rule.
 */
function keysOf(alert: AlertRow, { entities, sources, accounts }: Read, isIgnored: Ignored): string[] {
  const keys = new Set<string>();
  const grouped = (kind: IncidentEntity['kind']): string[] =>
    Object.entries(alert.group).flatMap(([field, value]) => (kindOf(field) === kind ? [value] : []));
  const telling = [...sources].filter(
    (value) => !nobodysAddresses.some((test) => test?.(value)) && !isIgnored({ kind: 'address', value }),
  );
  if (telling.length <= mostTied) for (const address of telling) keys.add(`address ${ipv6Prefix(address, 64)}`);
  if (accounts.length <= mostTied) {
    for (const { user, host } of accounts) {
      if (isIgnored({ kind: 'user', value: user })) continue;
      if (!isIgnored({ kind: 'host', value: host })) keys.add(`account ${user}@${host}`);
      if (isPerson(user)) keys.add(`user ${user}`);
    }
  }
  for (const user of grouped('user'))
    if (isPerson(user) && !isIgnored({ kind: 'user', value: user })) keys.add(`user ${user}`);
  if (telling.length > mostTied) {
    const targets = [...grouped('host'), ...grouped('user')];
    for (const target of targets) keys.add(`target ${target}`);
  }
  const named = (kind: IncidentEntity['kind']): string[] =>
    entities.flatMap((entity) => (entity.kind === kind ? [entity.value] : []));
  const [host, ...otherHosts] = named('host');
  const isAboutHost = named('address').length === 0 && named('user').length === 0 && otherHosts.length === 0;
  if (keys.size === 0 && host !== undefined && isAboutHost && !isIgnored({ kind: 'host', value: host }))
    keys.add(`trouble ${host}`);
  if (keys.size === 0) keys.add(`rule ${alert.rule_id} ${Object.values(alert.group).sort().join(' ')}`);
  return [...keys].map((key) => key.slice(0, 500)).sort();
}

const isPerson = (user: string): boolean => !commonUsers.has(user.toLowerCase());
