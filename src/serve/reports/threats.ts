import {
  type ReportSeverity,
  type Threat,
  type ThreatDetections,
  type ThreatKind,
  type ThreatSource,
  type ThreatSummary,
  threatKinds,
} from './types.ts';

/* Detections of all kinds in one form, and what is counted from them. */

/** What a report needs of a detection of the Firewall Log Analyzer's shape, whatever its kind. */
export interface DetectionItem {
  severity: ReportSeverity;
  rule: { id: string; name: string };
  source_ip?: string;
  source_addresses?: readonly string[] | undefined;
  source_ips?: readonly string[];
  source_ip_count?: number;
  total_attempts?: number;
  total_requests?: number;
  usernames_attempted?: readonly string[];
  ports_attempted?: readonly number[];
  unique_ports_attempted?: number;
  target_ports?: readonly number[] | undefined;
  target_port?: number | null | undefined;
  attack_type?: string;
  first_attempt?: string;
  last_attempt?: string;
  first_request?: string;
  last_request?: string;
}

/** Detections of a kind: the gravest are listed, all are counted. */
export interface DetectionList {
  detections: readonly DetectionItem[];
  total_detections: number;
  severity_counts: Readonly<Record<ReportSeverity, number>>;
  notes: readonly string[];
}

export type DetectionLists = Record<ThreatKind, DetectionList>;

const rank: Record<ReportSeverity, number> = { CRITICAL: 3, HIGH: 2, MEDIUM: 1, LOW: 0 };

/** Refused logins at databases, and connections to their ports: nothing was injected. */
export const probing = 'SQL_SUSPICIOUS_ACTIVITY';

/** Gravest first, then the busiest. */
export function findingsOf(lists: DetectionLists): Threat[] {
  const all = threatKinds.flatMap((kind) => lists[kind].detections.map((item) => findingOf(kind, item)));
  return all.sort(
    (a, b) => rank[b.severity] - rank[a.severity] || b.attempts - a.attempts || (a.first < b.first ? 1 : -1),
  );
}

function findingOf(kind: ThreatKind, item: DetectionItem): Threat {
  const one = item.source_addresses ?? (item.source_ip === undefined ? [] : [item.source_ip]);
  const target = typeof item.target_port === 'number' ? [item.target_port] : [];
  const ports = item.ports_attempted ?? item.target_ports ?? target;
  const addresses = [...(item.source_ips ?? one)];
  const threat: Threat = {
    kind,
    attack_type: item.attack_type ?? null,
    severity: item.severity,
    addresses,
    address_count: Math.max(item.source_ip_count ?? 0, addresses.length),
    attempts: item.total_attempts ?? item.total_requests ?? 0,
    ports: [...new Set(ports)].sort((a, b) => a - b),
    port_count: Math.max(item.unique_ports_attempted ?? 0, ports.length),
    users: [...(item.usernames_attempted ?? [])],
    rule: item.rule,
    first: item.first_attempt ?? item.first_request ?? '',
    last: item.last_attempt ?? item.last_request ?? '',
    title: '',
  };
  return { ...threat, title: titleOf(threat) };
}

/** `1 login`, `3 logins`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;

/** The first few of a list, and how many more there are. */
export function listed(values: readonly (string | number)[], most = 3): string {
  const rest = values.length - most;
  const shown = values.slice(0, most).join(', ');
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

function titleOf({ kind, attack_type, addresses, address_count, attempts, port_count, users }: Threat): string {
  const from = addresses.length === 0 ? 'unknown addresses' : listed(addresses, 2);
  switch (kind) {
    case 'brute_force':
      return `${counted(attempts, 'failed login')} by ${from}${users.length > 0 ? ` for ${listed(users)}` : ''}`;
    case 'ddos':
      return `${attack_type === 'DISTRIBUTED_FLOOD' ? `Flood from ${counted(address_count, 'address', 'addresses')}` : `Flood by ${from}`}: ${counted(attempts, 'request')}`;
    case 'port_scan':
      return `${counted(port_count, 'port')} tried by ${from} in ${counted(attempts, 'attempt')}`;
    case 'sql_injection':
      return attack_type === probing
        ? `${counted(attempts, 'attempt')} to reach a database by ${from}`
        : `${counted(attempts, 'event')} of SQL injection by ${from}`;
  }
}

/** How many there are, by kind and by severity; those that are not listed count too. Null: nothing was asked. */
export function summaryOf(lists: DetectionLists | null): ThreatSummary {
  const ofKind = (kind: ThreatKind): number => lists?.[kind].total_detections ?? 0;
  const ofSeverity = (severity: ReportSeverity): number =>
    threatKinds.reduce((sum, kind) => sum + (lists?.[kind].severity_counts[severity] ?? 0), 0);
  return {
    total_brute_force_attacks: ofKind('brute_force'),
    total_ddos_attacks: ofKind('ddos'),
    total_port_scan_attacks: ofKind('port_scan'),
    total_sql_injection_attacks: ofKind('sql_injection'),
    total_threats: threatKinds.reduce((sum, kind) => sum + ofKind(kind), 0),
    critical_threats: ofSeverity('CRITICAL'),
    high_threats: ofSeverity('HIGH'),
    medium_threats: ofSeverity('MEDIUM'),
    low_threats: ofSeverity('LOW'),
  };
}

const mostSources = 20;
const countOf = {
  brute_force: 'brute_force_attacks',
  ddos: 'ddos_attacks',
  port_scan: 'port_scan_attacks',
  sql_injection: 'sql_injection_attacks',
} as const satisfies Record<ThreatKind, keyof ThreatDetections & keyof ThreatSource>;

/** Addresses by what they did: gravest first, then by attempts. A flood's attempts are not known by address where it has many. */
export function topSources(findings: readonly Threat[]): ThreatSource[] {
  const sources = new Map<string, ThreatSource>();
  for (const { kind, severity, addresses, attempts } of findings) {
    for (const ip of addresses) {
      const source = sources.get(ip) ?? {
        ip,
        brute_force_attacks: 0,
        ddos_attacks: 0,
        port_scan_attacks: 0,
        sql_injection_attacks: 0,
        total_attempts: 0,
        severity,
      };
      source[countOf[kind]] += 1;
      if (addresses.length === 1) source.total_attempts += attempts;
      if (rank[severity] > rank[source.severity]) source.severity = severity;
      sources.set(ip, source);
    }
  }
  return [...sources.values()]
    .sort(
      (a, b) => rank[b.severity] - rank[a.severity] || b.total_attempts - a.total_attempts || (a.ip < b.ip ? -1 : 1),
    )
    .slice(0, mostSources);
}
