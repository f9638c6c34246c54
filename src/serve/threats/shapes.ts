import { z } from 'zod';
import { canonicalAddress, isNetwork } from '../../model/index.ts';
import { flag, pointInTime } from '../schemas.ts';
import { attackTypes, threatSeverities } from './messages.ts';

const dayMs = 86_400_000;

const number = (standard: number, from: number, to: number, description: string) =>
  z.coerce
    .number()
    .int()
    .min(from)
    .max(to)
    .default(standard)
    .meta({ description: `${description} ${from} to ${to}.` });

/** As events hold it. A network is what detections of IPv6 addresses, which are grouped by /64, name as their source. */
export const address = z
  .string()
  .trim()
  .max(64)
  .toLowerCase()
  .transform((text, context) => {
    const known = canonicalAddress(text) ?? (isNetwork(text) ? text : null);
    if (known !== null) return known;
    context.addIssue(
      'is no IP address. Write one such as 203.0.113.9 or 2001:db8::1, or a network such as 2001:db8::/64',
    );
    return z.NEVER;
  })
  .meta({ description: 'An IP address, or a network.' });

const severityList = z
  .string()
  .transform((text, context) => {
    const words = text
      .split(',')
      .map((word) => word.trim().toUpperCase())
      .filter((word) => word !== '');
    const unknown = words.find((word) => !threatSeverities.some((one) => one === word));
    if (unknown === undefined) return threatSeverities.filter((one) => words.includes(one));
    context.addIssue(`"${unknown}" is no severity. Use ${threatSeverities.join(', ')}, or several with commas between`);
    return z.NEVER;
  })
  .meta({ description: 'Only detections of these severities, with commas between.' });

const dates = {
  start_date: pointInTime
    .optional()
    .meta({ description: 'ISO 8601 time, without a zone UTC. Standard: 24 hours before the end.' }),
  end_date: pointInTime.optional().meta({ description: 'ISO 8601 time, without a zone UTC. Standard: now.' }),
};
const format = z.enum(['json', 'csv']).optional().meta({
  description:
    'As a file: JSON, or CSV with a row for each detection. Cells that a spreadsheet would run are made safe.',
});
const include = {
  include_reputation: flag.default(false).meta({ description: 'Adds what reputation services say of the addresses.' }),
  include_ml: flag.default(true).meta({ description: 'Accepted; there is no model to ask yet.' }),
};
const protocol = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9.-]{1,20}$/, 'is no protocol. Write one such as tcp or udp');
const port = z.coerce.number().int().min(0).max(65_535);
const more = { severity: severityList.optional(), format, ...include };

const bruteForce = {
  time_window_minutes: number(15, 1, 1440, 'Window in minutes.'),
  threshold: number(5, 1, 1000, 'Failed logins of one address in a window, at least.'),
  ...dates,
  source_ip: address.optional(),
};
const ddos = {
  time_window_seconds: number(60, 1, 3600, 'Window in seconds.'),
  single_ip_threshold: number(100, 1, 100_000, 'Requests of one address in a window, at least.'),
  distributed_ip_count: number(10, 1, 1000, 'Addresses that try one port in a window, at least.'),
  distributed_request_threshold: number(500, 1, 1_000_000, 'Requests to one port in a window, at least.'),
  ...dates,
  destination_port: port.optional(),
  protocol: protocol.optional(),
};
const portScan = {
  time_window_minutes: number(10, 1, 1440, 'Window in minutes.'),
  unique_ports_threshold: number(10, 2, 65_535, 'Different ports in a window, at least.'),
  min_total_attempts: number(20, 1, 1_000_000, 'Attempts in a window, at least.'),
  ...dates,
  source_ip: address.optional(),
  protocol: protocol.optional(),
};
const sqlInjection = {
  time_window_minutes: number(15, 1, 1440, 'Window in minutes.'),
  min_attempts: number(1, 1, 1000, 'Suspicious events of one address in a window, at least.'),
  ...dates,
  source_ip: address.optional(),
};

export const questions = {
  'brute-force': z.object({ ...bruteForce, ...more }),
  ddos: z.object({ ...ddos, ...more }),
  'port-scan': z.object({ ...portScan, ...more }),
  'sql-injection': z.object({ ...sqlInjection, ...more }),
};
/** Bodies of POST: the parameters, and nothing that is unknown. `null` is as good as absent. */
const dropNulls = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && !Array.isArray(body)
    ? Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null))
    : (body ?? {});
const body = <Shape extends z.ZodRawShape>(shape: Shape) => z.preprocess(dropNulls, z.strictObject(shape));
export const bodies = {
  'brute-force': body({ ...bruteForce, severity: severityList.optional() }),
  'port-scan': body({ ...portScan, severity: severityList.optional() }),
  'sql-injection': body({ ...sqlInjection, severity: severityList.optional() }),
};
export const postQuery = z.object({ ...include, format });
export const timelineQuery = z.object(dates);

export interface Span {
  from: number;
  /** Exclusive. */
  to: number;
}

/** The time that a question is about. An end belongs to it. */
export function spanOf(
  { start_date, end_date }: { start_date?: number | undefined; end_date?: number | undefined },
  now: number,
): Span {
  const end = end_date ?? now;
  return { from: start_date ?? end - dayMs, to: end + 1 };
}

const text = z.string();
const count = z.number();
const timeRange = z.object({ start: text, end: text });
const severity = z.enum(threatSeverities);
const explained = {
  rule: z
    .object({ id: text, name: text })
    .meta({ description: 'The rule whose selection and grouping found it, with the parameters of the question.' }),
  severity_reasons: z.array(text).meta({ description: 'Which numbers reached the step of the severity formula.' }),
  source_addresses: z
    .array(text)
    .optional()
    .meta({ description: 'Where source_ip is a network of IPv6 addresses: which of them there were.' }),
  attack_windows_total: count.meta({ description: 'All windows; the first 100 are listed.' }),
};
const attempt = z.object({ timestamp: text, log_id: text });
const windowOf = { window_start: text, window_end: text };
const reputation = z.unknown().optional();

export const bruteForceDetection = z.object({
  source_ip: text,
  total_attempts: count,
  unique_usernames_attempted: count,
  usernames_attempted: z.array(text),
  first_attempt: text,
  last_attempt: text,
  attack_windows: z.array(
    z.object({
      ...windowOf,
      attempt_count: count,
      attempts: z.array(attempt.extend({ username: text.nullable() })),
    }),
  ),
  severity,
  ...explained,
  virustotal: reputation,
});
const attacker = z.object({ ip: text, count });
export const ddosDetection = z.object({
  attack_type: z.enum(attackTypes),
  source_ips: z.array(text),
  source_ip_count: count,
  total_requests: count,
  peak_request_rate: count.meta({ description: 'Requests a minute in the busiest window.' }),
  avg_request_rate: count.meta({ description: 'Requests a minute from the first to the last.' }),
  target_ports: z.array(count).optional(),
  target_protocols: z.array(text).optional(),
  target_port: count.nullable().optional(),
  target_protocol: text.nullable().optional(),
  target_ip: text.nullable().optional(),
  peak_unique_ips: count.optional(),
  top_attacking_ips: z.array(attacker).optional(),
  first_request: text,
  last_request: text,
  attack_windows: z.array(
    z.object({
      ...windowOf,
      request_count: count,
      request_rate_per_min: count,
      target_ports: z.array(count),
      protocols: z.array(text),
      unique_ip_count: count,
      top_attacking_ips: z.array(attacker),
    }),
  ),
  severity,
  ...explained,
  source_ip_reputations: reputation,
});
export const portScanDetection = z.object({
  source_ip: text,
  total_attempts: count,
  unique_ports_attempted: count,
  ports_attempted: z.array(count),
  first_attempt: text,
  last_attempt: text,
  attack_windows: z.array(
    z.object({
      ...windowOf,
      attempt_count: count,
      unique_ports: count,
      ports: z.array(count),
      attempts: z.array(attempt.extend({ destination_port: count.nullable() })),
    }),
  ),
  severity,
  ...explained,
  virustotal: reputation,
});
export const sqlInjectionDetection = z.object({
  attack_type: z.enum(['SQL_INJECTION', 'SQL_SUSPICIOUS_ACTIVITY']),
  source_ip: text,
  total_attempts: count,
  injection_attempts: count,
  auth_failures: count,
  access_attempts: count,
  usernames_attempted: z.array(text),
  ports_attempted: z.array(count),
  first_attempt: text,
  last_attempt: text,
  attack_windows: z.array(
    z.object({
      ...windowOf,
      attempt_count: count,
      attempts: z.array(attempt.extend({ username: text.nullable(), destination_port: count.nullable() })),
    }),
  ),
  severity,
  ...explained,
  virustotal: reputation,
});

const whole = {
  total_detections: count.meta({ description: 'Detections of the wanted severities, listed or not.' }),
  severity_counts: z.object({ LOW: count, MEDIUM: count, HIGH: count, CRITICAL: count }),
  time_range: timeRange,
  events_matched: count.meta({ description: 'Events that the rule selects, of addresses that may meet it.' }),
  events_scanned: count.meta({ description: 'Stored events of the time.' }),
  seconds: count,
  notes: z.array(text).meta({ description: 'What was left out or is approximate.' }),
};
export const answers = {
  'brute-force': z.object({
    detections: z.array(bruteForceDetection),
    ...whole,
    time_window_minutes: count,
    threshold: count,
  }),
  ddos: z.object({
    detections: z.array(ddosDetection),
    ...whole,
    time_window_seconds: count,
    single_ip_threshold: count,
    distributed_ip_count: count,
    distributed_request_threshold: count,
  }),
  'port-scan': z.object({
    detections: z.array(portScanDetection),
    ...whole,
    time_window_minutes: count,
    unique_ports_threshold: count,
    min_total_attempts: count,
  }),
  'sql-injection': z.object({
    detections: z.array(sqlInjectionDetection),
    ...whole,
    time_window_minutes: count,
    min_attempts: count,
  }),
};
export const timelineAnswer = z.object({
  source_ip: text,
  total_attempts: count,
  timeline: z.array(z.object({ timestamp: text, username: text.nullable(), log_id: text })),
  time_range: timeRange,
  notes: z.array(text),
});
