import { type Severity, severityRank, type ThreatFacts, type ThreatScore, threatScore } from '../../model/index.ts';
import type { Services } from '../../serve/contract.ts';
import type { EventFilter } from '../../store/contract.ts';

const dayMs = 86_400_000;
/** Alerts of so many days count. */
const alertDays = 7;
const mostAlerts = 500;
/** One more than the highest step of the formula. */
const mostValues = 51;

type Known = Pick<Services, 'state' | 'events'> & Pick<Services, 'reputation'>;

/** Everything the score of an address is made from: its alerts of a week, its reputation, what it did in the last day. */
export async function factsOf(
  { state, events, reputation }: Known,
  address: string,
  now: number,
): Promise<ThreatFacts> {
  const { alerts } = state.alerts.list({ entity: address, from: now - alertDays * dayMs }, mostAlerts, null);
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
  const known = reputation.known(address);
  const filter: EventFilter = {
    from: now - dayMs,
    to: now + dayMs,
    where: [{ field: 'src_ip', op: 'in', values: [address] }],
  };
  const types = new Map<string, number>();
  let ports = 0;
  let hosts = 0;
  await events.search(
    {
      filter,
      limit: 1,
      after: null,
      order: 'newest',
      histogram: null,
      facets: { fields: ['event_type', 'dst_port', 'dst_ip'], limit: mostValues },
      count: true,
    },
    (part) => {
      if (part.type !== 'counts') return;
      for (const { field, values } of part.facets ?? []) {
        const said = values.filter(({ value }) => value !== null);
        if (field === 'dst_port') ports = said.length;
        if (field === 'dst_ip') hosts = said.length;
        if (field === 'event_type') {
          types.clear();
          for (const { value, count } of said) types.set(value as string, count);
        }
      }
    },
  );
  const count = (...names: string[]): number => names.reduce((sum, name) => sum + (types.get(name) ?? 0), 0);
  const decoy = {
    touches: [...types].reduce((sum, [name, n]) => sum + (name.startsWith('decoy.') ? n : 0), 0),
    logins: count('decoy.login'),
    commands: count('decoy.command', 'decoy.download', 'decoy.forward'),
    uploads: count('decoy.upload'),
  };
  return {
    rules: [...rules.values()],
    reputation:
      known === null
        ? null
        : {
            risk: known.reputation_score,
            sources: known.verdicts.filter(({ score }) => score > 0).map(({ source }) => source),
          },
    decoy,
    behaviour: {
      failed_logins: count('auth.failure', 'sql.auth_failure'),
      denied: count('net.blocked'),
      web_attacks: count('web.attack', 'sql.injection'),
      ports,
      hosts,
    },
  };
}

export async function scoreOf(known: Known, address: string, now: number): Promise<ThreatScore> {
  return threatScore(await factsOf(known, address, now));
}
