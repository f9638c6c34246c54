import {
  allOf,
  type EventCondition,
  isOneOf,
  notOf,
  type Severity,
  severityRank,
  type ThreatFacts,
} from '../../model/index.ts';
import type { Services } from '../../serve/contract.ts';
import type { EventFilter } from '../../store/contract.ts';

const dayMs = 86_400_000;
/** Alerts of so many days count. */
const alertDays = 7;
const mostAlerts = 500;
/** Addresses that are asked about at a time. */
const mostAtOnce = 500;

export type Known = Pick<Services, 'state' | 'events'> & Pick<Services, 'reputation'>;

/** What is counted of a source; of several the first that holds. */
const deeds = {
  logins: isOneOf('event_type', 'decoy.login'),
  commands: isOneOf('event_type', 'decoy.command', 'decoy.download', 'decoy.forward'),
  uploads: isOneOf('event_type', 'decoy.upload'),
  touches: { op: 'startswith', column: 'event_type', values: ['decoy.'], fold: false },
  failed_logins: isOneOf('event_type', 'auth.failure', 'sql.auth_failure'),
  denied: isOneOf('event_type', 'net.blocked'),
  web_attacks: isOneOf('event_type', 'web.attack', 'sql.injection'),
} as const satisfies Record<string, EventCondition>;
type Deed = keyof typeof deeds;
const deedNames = Object.keys(deeds) as Deed[];

/** What a source tried. Answers, and what went well, are no attempts: a resolver and a busy client are no scanners. */
const attempts = allOf(
  notOf(isOneOf('event_type', 'net.packet', 'dns.query', 'dns.answer', 'tls.hello', 'http.request')),
  notOf(isOneOf('outcome', 'success')),
);

/** Epoch ms, from inclusive, to exclusive. */
export interface Span {
  from: number;
  to: number;
}

/** The day before now. Clocks of senders may be ahead. */
export const lastDay = (now: number): Span => ({ from: now - dayMs, to: now + dayMs });

/**
 * Everything the scores of addresses are made from: their alerts of the week before the end of the span, their reputation
 * now, and what they did within the span.
 */
export async function factsOf(
  known: Known,
  addresses: readonly string[],
  span: Span,
): Promise<Map<string, ThreatFacts>> {
  const found = new Map<string, ThreatFacts>();
  const events = await known.events.settled();
  for (let at = 0; at < addresses.length; at += mostAtOnce) {
    const some = addresses.slice(at, at + mostAtOnce);
    const filter: EventFilter = { ...span, where: [{ field: 'src_ip', op: 'in', values: [...some] }] };
    const [tallies, varieties] = await Promise.all([
      events.tally(filter, Object.values(deeds), 'src_ip'),
      events.variety({ ...filter, condition: attempts }, 'src_ip', ['dst_port', 'dst_ip']),
    ]);
    const counts = new Map<string | null, Partial<Record<Deed, number>>>();
    for (const { key, case: deed, count } of tallies)
      counts.set(key, { ...counts.get(key), [deedNames[deed] as Deed]: count });
    const tried = new Map(varieties.map((each) => [each.key, each.counts]));
    for (const address of some) {
      const did = (deed: Deed): number => counts.get(address)?.[deed] ?? 0;
      const [ports = 0, hosts = 0] = tried.get(address) ?? [];
      const [logins, commands, uploads] = [did('logins'), did('commands'), did('uploads')];
      found.set(address, {
        rules: rulesOf(known, address, span.to),
        reputation: reputationOf(known, address),
        decoy: { touches: did('touches') + logins + commands + uploads, logins, commands, uploads },
        behaviour: {
          failed_logins: did('failed_logins'),
          denied: did('denied'),
          web_attacks: did('web_attacks'),
          ports,
          hosts,
        },
      });
    }
  }
  return found;
}

function rulesOf({ state }: Known, entity: string, to: number): NonNullable<ThreatFacts['rules']> {
  const { alerts } = state.alerts.list(
    { entity, from: to - alertDays * dayMs, to },
    mostAlerts,
    null,
    'newest',
    'none',
  );
  const rules = new Map<string, { name: string; severity: Severity; alerts: number }>();
  for (const { rule_id, rule_name, severity, historical, disposition } of alerts) {
    if (historical || disposition === 'false_positive' || disposition === 'benign') continue;
    const seen = rules.get(rule_id);
    if (seen === undefined) rules.set(rule_id, { name: rule_name, severity, alerts: 1 });
    else {
      seen.alerts += 1;
      if (severityRank[severity] > severityRank[seen.severity]) seen.severity = severity;
    }
  }
  return [...rules.values()];
}

function reputationOf({ reputation }: Known, address: string): NonNullable<ThreatFacts['reputation']> | null {
  const known = reputation.known(address);
  if (known === null) return null;
  const sources = known.verdicts.filter(({ score }) => score > 0).map(({ source }) => source);
  return { risk: known.reputation_score, sources };
}
