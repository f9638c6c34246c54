import { eventTypes } from '../../model/index.ts';
import { type Node, RuleError } from '../form.ts';
import { isYamlMap, type Yaml } from './yaml.ts';

/** Which of our events a log source means. An event fits when any of the lists names it; 'any' fits all. */
type Meaning = 'any' | { format?: string[]; program?: string[]; event_type?: string[] };

const typed = (...prefixes: string[]): Meaning => ({
  event_type: Object.keys(eventTypes).filter((type) => prefixes.some((prefix) => type.startsWith(prefix))),
});
const written = (...names: string[]): Meaning => ({ format: names, program: names });

const categories: Record<string, Meaning> = {
  firewall: typed('net.'),
  network_connection: typed('net.'),
  webserver: typed('web.'),
  authentication: typed('auth.', 'session.', 'privilege.', 'sql.auth_'),
  database: typed('sql.'),
  dns: typed('dns.'),
  // A program start that somebody posts as JSON may not say what it is.
  process_creation: typed('process.', 'privilege.sudo', 'app.event'),
  account_change: typed('account.'),
  antivirus: written('clamav', 'clamd', 'freshclam'),
  decoy: typed('decoy.'),
};

const services: Record<string, Meaning> = {
  sshd: written('sshd', 'sshd-session', 'sshd-auth'),
  sudo: written('sudo', 'doas'),
  su: written('su'),
  pam: written('pam'),
  login: written('login'),
  cron: { format: ['cron'], program: ['cron', 'crond', 'CRON', 'crontab', 'anacron'] },
  auth: typed('auth.', 'session.', 'privilege.', 'account.'),
  syslog: 'any',
  ufw: written('ufw'),
  iptables: written('iptables', 'nftables', 'ufw'),
  nftables: written('nftables', 'iptables'),
  kernel: written('kernel', 'ufw', 'iptables', 'nftables'),
  nginx: written('nginx', 'nginx-access', 'nginx-error'),
  apache: written('apache', 'apache2', 'httpd', 'apache-access', 'apache-error'),
  postgresql: written('postgresql', 'postgres'),
  mysql: written('mysql', 'mysqld', 'mariadb', 'mariadbd'),
  vsftpd: written('vsftpd'),
  auditd: written('auditd', 'audit'),
  clamav: written('clamav', 'clamd', 'freshclam'),
  systemd: written('systemd'),
};

const products: Record<string, Meaning> = {
  any: 'any',
  phosor: 'any',
  linux: 'any',
  unix: 'any',
  nginx: services.nginx as Meaning,
  apache: services.apache as Meaning,
  postgresql: services.postgresql as Meaning,
  mysql: services.mysql as Meaning,
};

const tables = { category: categories, product: products, service: services } as const;

/**
 * The clause that a rule's `logsource` stands for: all of category, product and service. An event that declares its own
 * log source (`logsource.product` …, see index/field.ts) fits where it declares the same. Where one of the names is not
 * in the tables, the log is not one of ours: the author is told, and the rule matches every event that declares nothing else.
 */
export function logsourceNode(
  logsource: Yaml | undefined,
  warn: (path: string[], message: string) => void,
): Node | null {
  if (!isYamlMap(logsource)) {
    throw new RuleError(['logsource'], 'a rule needs `logsource:` with category, product or service');
  }
  const given: { key: string; name: string; meaning: Meaning | undefined }[] = [];
  for (const key of ['product', 'category', 'service'] as const) {
    const name = logsource[key];
    if (name === undefined || name === null) continue;
    if (typeof name !== 'string') throw new RuleError(['logsource', key], `${key} must be a text`);
    const table = tables[key];
    const lower = name.toLowerCase();
    given.push({ key, name: lower, meaning: Object.hasOwn(table, lower) ? table[lower] : undefined });
  }
  const unknown = given.filter(({ meaning }) => meaning === undefined);
  if (unknown.length > 0) {
    const names = unknown.map(({ key, name }) => `${key} \`${name}\``).join(', ');
    warn(['logsource'], `no log of ours is known as ${names}; the rule matches on its selections alone`);
  }
  const parts = given
    .filter(({ key, name }) => !(key === 'product' && name === 'any'))
    .map(({ key, name, meaning }) => meaningNode(key, name, unknown.length > 0 || !meaning ? 'any' : meaning));
  if (parts.length === 0) return null;
  return parts.length === 1 ? (parts[0] as Node) : { kind: 'and', label: 'logsource', children: parts };
}

/** Category, product and service of a log source, in lower case. */
export function logsourceKeys(logsource: Yaml | undefined): Record<string, string> {
  const keys: Record<string, string> = {};
  if (!isYamlMap(logsource)) return keys;
  for (const key of ['category', 'product', 'service'] as const) {
    const name = logsource[key];
    if (typeof name === 'string') keys[key] = name.toLowerCase();
  }
  return keys;
}

/** What the tables say, or what the event declares; without an entry in the tables: not something else. */
function meaningNode(key: string, name: string, meaning: Meaning): Node {
  const field = { view: 'event', path: `logsource.${key}` } as const;
  const declared = `declared ${key}`;
  const equal = { op: 'equals', value: name, cased: false } as const;
  const children: Node[] = [{ kind: 'leaf', label: declared, field, test: equal }];
  if (meaning === 'any') children.push({ kind: 'leaf', label: declared, field, test: { op: 'null' } });
  else {
    for (const path of ['format', 'program', 'event_type'] as const) {
      for (const value of meaning[path] ?? []) {
        const test = { op: 'equals', value, cased: false } as const;
        children.push({ kind: 'leaf', label: path, field: { view: 'event', path }, test });
      }
    }
  }
  return { kind: 'or', label: `logsource ${key}: ${name}`, children };
}
