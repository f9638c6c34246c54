import type { Severity } from '../../model/index.ts';
import { counted, listed, probing } from './threats.ts';
import type { AlertStatistics, Recommendation, ReportSeverity, SilentSource, Threat, ThreatKind } from './types.ts';

/** What recommendations may follow from. */
export interface Facts {
  findings: readonly Threat[];
  alerts: AlertStatistics;
  silent: readonly SilentSource[];
  /** Users who logged in from an address that was guessing passwords in the same period. */
  breached: readonly { user: string; address: string }[];
}

const priorityOf: Record<ReportSeverity, Severity> = {
  CRITICAL: 'critical',
  HIGH: 'high',
  MEDIUM: 'medium',
  LOW: 'low',
};
const rank: Record<Severity, number> = { info: 0, low: 1, medium: 2, high: 3, critical: 4 };

type Basis = Recommendation['based_on'];
const basis = (finding: string, part: Partial<Basis>): Basis => ({
  finding,
  addresses: [],
  ports: [],
  users: [],
  rules: [],
  sources: [],
  count: 0,
  ...part,
});

/** What to do about what was found, the most urgent first. Each names what it follows from; nothing found, nothing advised. */
export function recommendationsOf(facts: Facts): Recommendation[] {
  return [
    ...ofBreaches(facts),
    ...ofBruteForce(facts),
    ...ofFloods(facts),
    ...ofScans(facts),
    ...ofInjections(facts),
    ...ofProbing(facts),
    ...ofAlerts(facts),
    ...ofSilence(facts),
  ].sort((a, b) => rank[b.priority] - rank[a.priority]);
}

/** Findings of a kind: their gravest severity and everything they name, each once, the gravest finding's first. */
function gathered(findings: readonly Threat[], kind: ThreatKind, isMeant = (_: Threat) => true) {
  const some = findings.filter((finding) => finding.kind === kind && isMeant(finding));
  const first = some[0];
  if (first === undefined) return null;
  const all = <T>(pick: (finding: Threat) => readonly T[]): T[] => [...new Set(some.flatMap(pick))];
  return {
    priority: priorityOf[first.severity],
    addresses: all(({ addresses }) => addresses),
    ports: all(({ ports }) => ports).sort((a, b) => a - b),
    users: all(({ users }) => users),
    rules: [...new Map(some.map(({ rule }) => [rule.id, rule])).values()],
    addressCount: Math.max(...some.map(({ address_count }) => address_count), all(({ addresses }) => addresses).length),
    count: some.length,
    attempts: some.reduce((sum, { attempts }) => sum + attempts, 0),
  };
}

function ofBreaches({ breached }: Facts): Recommendation[] {
  if (breached.length === 0) return [];
  const users = [...new Set(breached.map(({ user }) => user))];
  const addresses = [...new Set(breached.map(({ address }) => address))];
  return [
    {
      priority: 'critical',
      text:
        `Treat ${listed(users)} as compromised: ${users.length === 1 ? 'the account' : 'these accounts'} logged in from ` +
        `${listed(addresses)}, which guessed passwords in the same period. End the sessions, change the passwords and look at what was done since.`,
      based_on: basis('login after password guessing', { users, addresses, count: breached.length }),
    },
  ];
}

function ofBruteForce({ findings }: Facts): Recommendation[] {
  const found = gathered(findings, 'brute_force');
  if (found === null) return [];
  const { priority, addresses, users, rules, count, attempts } = found;
  const based_on = basis('password guessing', { addresses, users, rules, count });
  const made: Recommendation[] = [
    {
      priority,
      text:
        `Block ${listed(addresses)} or limit logins from there: ${counted(addresses.length, 'address guessed', 'addresses guessed')} ` +
        `passwords in ${counted(attempts, 'failed login')}.`,
      based_on,
    },
  ];
  const privileged = users.filter((user) =>
    ['root', 'admin', 'administrator', 'sa', 'postgres'].includes(user.toLowerCase()),
  );
  if (privileged.length > 0) {
    made.push({
      priority: priority === 'critical' ? 'high' : priority,
      text: `Allow ${listed(privileged)} no login by password from outside (keys, or a second factor): ${privileged.length === 1 ? 'it was' : 'they were'} among the names that were tried.`,
      based_on: basis('privileged names tried', { addresses, users: privileged, rules, count }),
    });
  }
  return made;
}

function ofFloods({ findings }: Facts): Recommendation[] {
  const found = gathered(findings, 'ddos');
  if (found === null) return [];
  const { priority, addresses, addressCount, ports, rules, count, attempts } = found;
  const where = ports.length === 0 ? 'the services behind it' : `port ${listed(ports)}`;
  return [
    {
      priority,
      text:
        `Limit the rate of requests per address on ${where}, and ask your provider for filtering if it returns: ` +
        `${counted(count, 'flood')} with ${counted(attempts, 'request')} from ${counted(addressCount, 'address', 'addresses')} (${listed(addresses)}).`,
      based_on: basis('flood', { addresses, ports, rules, count }),
    },
  ];
}

function ofScans({ findings }: Facts): Recommendation[] {
  const found = gathered(findings, 'port_scan');
  if (found === null) return [];
  const { priority, addresses, ports, rules, count } = found;
  return [
    {
      priority,
      text:
        `Check that nothing answers on ports that need not be open (${listed(ports, 8)} were tried), and drop traffic from ${listed(addresses)}: ` +
        `${counted(addresses.length, 'address', 'addresses')} looked for open ports.`,
      based_on: basis('port scan', { addresses, ports, rules, count }),
    },
  ];
}

function ofInjections({ findings }: Facts): Recommendation[] {
  const found = gathered(findings, 'sql_injection', ({ attack_type }) => attack_type !== probing);
  if (found === null) return [];
  const { priority, addresses, rules, count } = found;
  return [
    {
      priority,
      text:
        `Look at what the statements of ${listed(addresses)} reached: check the application's queries for bound parameters ` +
        'and the database account for rights that it does not need.',
      based_on: basis('SQL injection', { addresses, rules, count }),
    },
  ];
}

function ofProbing({ findings }: Facts): Recommendation[] {
  const found = gathered(findings, 'sql_injection', ({ attack_type }) => attack_type === probing);
  if (found === null) return [];
  const { priority, addresses, users, ports, rules, count, attempts } = found;
  return [
    {
      priority,
      text:
        `Let databases be reached only from where they are used: ${counted(addresses.length, 'address', 'addresses')} ` +
        `(${listed(addresses)}) tried to reach one in ${counted(attempts, 'attempt')}.`,
      based_on: basis('attempts to reach a database', { addresses, users, ports, rules, count }),
    },
  ];
}

function ofAlerts({ alerts }: Facts): Recommendation[] {
  const grave = alerts.top_alerts.filter(
    ({ severity, status }) => (severity === 'critical' || severity === 'high') && status === 'new',
  );
  const [first] = grave;
  if (first === undefined) return [];
  const rules = [
    ...new Map(grave.map(({ rule_id, rule_name }) => [rule_id, { id: rule_id, name: rule_name }])).values(),
  ];
  const count = grave.length;
  return [
    {
      priority: first.severity,
      text: `Look at the alerts that nobody has taken up yet: at least ${counted(count, 'alert')} of high or critical severity (${listed(
        rules.map(({ name }) => name),
      )}).`,
      based_on: basis('unseen alerts', { rules, count }),
    },
  ];
}

function ofSilence({ silent }: Facts): Recommendation[] {
  if (silent.length === 0) return [];
  const sources = silent.map(({ source }) => source);
  return [
    {
      priority: 'medium',
      text: `Check why ${listed(sources)} ${sources.length === 1 ? 'sends' : 'send'} nothing any more: what happens there is not seen.`,
      based_on: basis('silent sources', { sources, count: sources.length }),
    },
  ];
}
