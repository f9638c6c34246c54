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
 * The clause that a rule's `logsource` stands for: all of category, product and service. Where one of them is not in
 * the tables, the log is not one of ours: the author is told, and the rule matches on its selections alone.
 */
export function logsourceNode(
  logsource: Yaml | undefined,
  warn: (path: string[], message: string) => void,
): Node | null {
  if (!isYamlMap(logsource)) {
    throw new RuleError(['logsource'], 'a rule needs `logsource:` with category, product or service');
  }
  const parts: Node[] = [];
  const unknown: string[] = [];
  for (const key of ['product', 'category', 'service'] as const) {
    const name = logsource[key];
    if (name === undefined || name === null) continue;
    if (typeof name !== 'string') throw new RuleError(['logsource', key], `${key} must be a text`);
    const table = tables[key];
    const meaning = Object.hasOwn(table, name.toLowerCase()) ? table[name.toLowerCase()] : undefined;
    if (meaning === undefined) unknown.push(`${key} \`${name}\``);
    else if (meaning !== 'any') parts.push(meaningNode(meaning, `logsource ${key}: ${name}`));
  }
  if (unknown.length > 0) {
    warn(['logsource'], `no log of ours is known as ${unknown.join(', ')}; the rule matches on its selections alone`);
    return null;
  }
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

function meaningNode(meaning: Exclude<Meaning, 'any'>, label: string): Node {
  const children: Node[] = [];
  for (const path of ['format', 'program', 'event_type'] as const) {
    for (const value of meaning[path] ?? []) {
      const test = { op: 'equals', value, cased: false } as const;
      children.push({ kind: 'leaf', label: path, field: { view: 'event', path }, test });
    }
  }
  return { kind: 'or', label, children };
}
