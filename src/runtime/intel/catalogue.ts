import type { IntelListRecord } from '../../store/contract.ts';

/** A list whose address comes with Phosor. It is off until somebody switches it on. */
interface ShippedList extends Pick<IntelListRecord, 'id' | 'name' | 'category' | 'level' | 'everyHours'> {
  url: string;
  description: string;
}

const firehol = (level: 1 | 2 | 3 | 4, severity: ShippedList['level'], description: string): ShippedList => ({
  id: `firehol-level${level}`,
  name: `FireHOL level ${level}`,
  url: `https://raw.githubusercontent.com/firehol/blocklist-ipsets/master/firehol_level${level}.netset`,
  category: level === 1 ? 'hijacked' : 'attacks',
  level: severity,
  everyHours: 12,
  description,
});

/** The publishers' own addresses. How often each is fetched is within what they ask for. */
export const shippedLists: readonly ShippedList[] = [
  {
    id: 'feodo',
    name: 'abuse.ch Feodo Tracker',
    url: 'https://feodotracker.abuse.ch/downloads/ipblocklist.csv',
    category: 'c2',
    level: 'malicious',
    everyHours: 1,
    description: 'Command servers of botnets (Dridex, Emotet, QakBot and their kind). CC0.',
  },
  {
    id: 'threatfox',
    name: 'abuse.ch ThreatFox',
    url: 'https://threatfox.abuse.ch/export/csv/ip-port/recent/',
    category: 'c2',
    level: 'malicious',
    everyHours: 1,
    description: 'Addresses of malicious software that were reported in the last days, with its name. CC0.',
  },
  {
    id: 'sslbl',
    name: 'abuse.ch SSLBL',
    url: 'https://sslbl.abuse.ch/blacklist/sslipblacklist.csv',
    category: 'c2',
    level: 'malicious',
    everyHours: 6,
    description: 'Command servers that were found by their TLS certificates. CC0.',
  },
  {
    id: 'spamhaus-drop',
    name: 'Spamhaus DROP',
    url: 'https://www.spamhaus.org/drop/drop_v4.json',
    category: 'hijacked',
    level: 'malicious',
    everyHours: 24,
    description: 'IPv4 networks that belong to criminals or were hijacked. Free; © The Spamhaus Project.',
  },
  {
    id: 'spamhaus-drop-v6',
    name: 'Spamhaus DROP, IPv6',
    url: 'https://www.spamhaus.org/drop/drop_v6.json',
    category: 'hijacked',
    level: 'malicious',
    everyHours: 24,
    description: 'The same of IPv6. Free; © The Spamhaus Project.',
  },
  firehol(1, 'malicious', 'The worst, with the fewest mistakes: DROP, Feodo, DShield and others in one.'),
  firehol(2, 'suspicious', 'Attacks of the last two days, from several lists.'),
  firehol(3, 'suspicious', 'Attacks, spyware and viruses of the last month.'),
  firehol(4, 'suspicious', 'Aggressive: more mistakes than the others.'),
];
