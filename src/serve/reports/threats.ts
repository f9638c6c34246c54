import type { ReportSeverity, Threat, ThreatDetections, ThreatKind, ThreatSource, ThreatSummary } from './types.ts';

/* Detections of all kinds in one form, and what is counted from them. */

/** What a report needs of a detection of the Firewall Log Analyzer's shape, whatever its kind. */
export interface DetectionItem {
  severity: ReportSeverity;
  source_ip?: string | null;
  source_ips?: readonly string[];
  total_attempts?: number;
  total_requests?: number;
  usernames_attempted?: readonly string[];
  ports_attempted?: readonly number[];
  target_ports?: readonly (number | string)[] | null;
  target_port?: number | string | null;
  attack_type?: string;
  first_attempt?: string;
  last_attempt?: string;
  first_request?: string;
  last_request?: string;
}

export interface DetectionLists {
  brute_force_attacks: readonly DetectionItem[];
  ddos_attacks: readonly DetectionItem[];
  port_scan_attacks: readonly DetectionItem[];
  sql_injection_attacks: readonly DetectionItem[];
}

const rank: Record<ReportSeverity, number> = { CRITICAL: 3, HIGH: 2, MEDIUM: 1, LOW: 0 };

/** Gravest first, then the busiest. */
export function findingsOf(lists: DetectionLists): Threat[] {
  const of = (kind: ThreatKind, items: readonly DetectionItem[]) => items.map((item) => findingOf(kind, item));
  return [
    ...of('brute_force', lists.brute_force_attacks),
    ...of('ddos', lists.ddos_attacks),
    ...of('port_scan', lists.port_scan_attacks),
    ...of('sql_injection', lists.sql_injection_attacks),
  ].sort((a, b) => rank[b.severity] - rank[a.severity] || b.attempts - a.attempts || (a.first < b.first ? 1 : -1));
}

function findingOf(kind: ThreatKind, item: DetectionItem): Threat {
  const one = item.source_ip === undefined || item.source_ip === null ? [] : [item.source_ip];
  const targets = item.target_ports ?? (item.target_port === undefined ? [] : [item.target_port]);
  const ports = (item.ports_attempted ?? targets).map(Number).filter((port) => Number.isInteger(port) && port > 0);
  const threat: Threat = {
    kind,
    severity: item.severity,
    addresses: item.source_ips === undefined ? one : [...item.source_ips],
    attempts: item.total_attempts ?? item.total_requests ?? 0,
    ports: [...new Set(ports)].sort((a, b) => a - b),
    users: [...(item.usernames_attempted ?? [])],
    first: item.first_attempt ?? item.first_request ?? '',
    last: item.last_attempt ?? item.last_request ?? '',
    title: '',
  };
  return { ...threat, title: titleOf(threat, item.attack_type) };
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

function titleOf({ kind, addresses, attempts, ports, users }: Threat, type: string | undefined): string {
  const from = addresses.length === 0 ? 'unknown addresses' : listed(addresses, 2);
  switch (kind) {
    case 'brute_force':
      return `${counted(attempts, 'failed login')} by ${from}${users.length > 0 ? ` for ${listed(users)}` : ''}`;
    case 'ddos':
      return `${type?.startsWith('DISTRIBUTED') ? `Flood from ${counted(addresses.length, 'address', 'addresses')}` : `Flood by ${from}`}: ${counted(attempts, 'request')}`;
    case 'port_scan':
      return `${counted(ports.length, 'port')} tried by ${from} in ${counted(attempts, 'attempt')}`;
    case 'sql_injection':
      return `${counted(attempts, 'suspicious statement')} by ${from}`;
  }
}

export function summaryOf(findings: readonly Threat[]): ThreatSummary {
  const ofKind = (kind: ThreatKind) => findings.filter((finding) => finding.kind === kind).length;
  const ofSeverity = (severity: ReportSeverity) => findings.filter((finding) => finding.severity === severity).length;
  return {
    total_brute_force_attacks: ofKind('brute_force'),
    total_ddos_attacks: ofKind('ddos'),
    total_port_scan_attacks: ofKind('port_scan'),
    total_sql_injection_attacks: ofKind('sql_injection'),
    total_threats: findings.length,
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
