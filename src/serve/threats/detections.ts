/** Attacks as the documented answers have them. */
import type { z } from 'zod';
import { isoTime } from '../../model/index.ts';
import type { Attack, AttackWindow, Tallied } from './messages.ts';
import { perMinute, severityOf, sqlSteps } from './severity.ts';
import type { bruteForceDetection, ddosDetection, portScanDetection, sqlInjectionDetection } from './shapes.ts';

/** Values of a list of a detection, most: of windows fewer are kept. */
const listed = 1000;
const attackers = 10;

const values = ({ top }: Tallied): string[] => top.slice(0, listed).map(([value]) => value);
const numbers = (tallied: Tallied): number[] =>
  values(tallied)
    .map(Number)
    .sort((a, b) => a - b);
const names = (tallied: Tallied): string[] => values(tallied).sort();
const topOf = ({ top }: Tallied) => top.slice(0, attackers).map(([ip, count]) => ({ ip, count }));

/** The rules' names, by id. */
export type RuleNames = (id: string) => string;

function explained(attack: Attack, nameOf: RuleNames) {
  return {
    severity: attack.severity,
    rule: { id: attack.rule_id, name: nameOf(attack.rule_id) },
    severity_reasons: severityOf(attack).because,
    attack_windows_total: attack.windowCount,
  };
}

/** The one address, or the network where there were several of it. */
function sourceOf({ group, addresses }: Attack): { source_ip: string; source_addresses?: string[] } {
  const source = group.src_ip ?? Object.values(group)[0] ?? '';
  if (addresses.distinct === 0) return { source_ip: source };
  const [only] = addresses.top;
  return {
    source_ip: addresses.distinct === 1 && only !== undefined ? only[0] : source,
    source_addresses: values(addresses),
  };
}

const spanOf = ({ first, last }: Pick<AttackWindow, 'first' | 'last'>) => ({
  window_start: isoTime(first),
  window_end: isoTime(last),
});
const attemptsOf = ({ first, last, count }: Attack) => ({
  total_attempts: count,
  first_attempt: isoTime(first),
  last_attempt: isoTime(last),
});

export function bruteForceOf(attack: Attack, nameOf: RuleNames): z.output<typeof bruteForceDetection> {
  return {
    ...sourceOf(attack),
    ...attemptsOf(attack),
    unique_usernames_attempted: attack.users.distinct,
    usernames_attempted: names(attack.users),
    attack_windows: attack.windows.map((window) => ({
      ...spanOf(window),
      attempt_count: window.count,
      attempts: window.events.map(({ time, user, id }) => ({ timestamp: isoTime(time), username: user, log_id: id })),
    })),
    ...explained(attack, nameOf),
  };
}

export function portScanOf(attack: Attack, nameOf: RuleNames): z.output<typeof portScanDetection> {
  return {
    ...sourceOf(attack),
    ...attemptsOf(attack),
    unique_ports_attempted: attack.ports.distinct,
    ports_attempted: numbers(attack.ports),
    attack_windows: attack.windows.map((window) => ({
      ...spanOf(window),
      attempt_count: window.count,
      unique_ports: window.ports.distinct,
      ports: numbers(window.ports),
      attempts: window.events.map(({ time, dst_port, id }) => ({
        timestamp: isoTime(time),
        destination_port: dst_port,
        log_id: id,
      })),
    })),
    ...explained(attack, nameOf),
  };
}

export function sqlInjectionOf(attack: Attack, nameOf: RuleNames): z.output<typeof sqlInjectionDetection> {
  const injections = attack.steps[sqlSteps.injection] ?? 0;
  const failures = attack.steps[sqlSteps.failure] ?? 0;
  return {
    attack_type: injections > 0 ? 'SQL_INJECTION' : 'SQL_SUSPICIOUS_ACTIVITY',
    ...sourceOf(attack),
    ...attemptsOf(attack),
    injection_attempts: injections,
    auth_failures: failures,
    access_attempts: attack.count - injections - failures,
    usernames_attempted: names(attack.users),
    ports_attempted: numbers(attack.ports),
    attack_windows: attack.windows.map((window) => ({
      ...spanOf(window),
      attempt_count: window.count,
      attempts: window.events.map(({ time, user, dst_port, id }) => ({
        timestamp: isoTime(time),
        username: user,
        destination_port: dst_port,
        log_id: id,
      })),
    })),
    ...explained(attack, nameOf),
  };
}

export function ddosOf(attack: Attack, nameOf: RuleNames): z.output<typeof ddosDetection> {
  const { count, first, last, peak, windowMs, group } = attack;
  const isSingle = attack.attack === 'SINGLE_IP_FLOOD';
  const source = sourceOf(attack);
  const sources = isSingle ? (source.source_addresses ?? [source.source_ip]) : values(attack.addresses);
  const port = group.dst_port === undefined ? null : Number(group.dst_port);
  const [protocol] = attack.protocols.top;
  return {
    attack_type: attack.attack,
    source_ips: sources,
    source_ip_count: isSingle ? sources.length : attack.addresses.distinct,
    total_requests: count,
    peak_request_rate: perMinute(peak, windowMs),
    // Over one window at least: a burst is not taken for what goes on.
    avg_request_rate: perMinute(count, Math.max(last - first, windowMs)),
    ...(isSingle
      ? { target_ports: numbers(attack.ports), target_protocols: names(attack.protocols) }
      : {
          target_ip: group.dst_ip ?? null,
          target_port: port,
          target_protocol: protocol?.[0] ?? null,
          peak_unique_ips: attack.peakAddresses,
          top_attacking_ips: topOf(attack.addresses),
        }),
    first_request: isoTime(first),
    last_request: isoTime(last),
    attack_windows: attack.windows.map((window) => ({
      ...spanOf(window),
      request_count: window.count,
      request_rate_per_min: perMinute(window.count, windowMs),
      target_ports: isSingle || port === null ? numbers(window.ports) : [port],
      protocols: names(window.protocols),
      unique_ip_count: isSingle ? Math.max(1, window.addresses.distinct) : window.addresses.distinct,
      top_attacking_ips: isSingle ? [{ ip: source.source_ip, count: window.count }] : topOf(window.addresses),
    })),
    ...explained(attack, nameOf),
    ...(source.source_addresses !== undefined && isSingle && { source_addresses: source.source_addresses }),
  };
}
