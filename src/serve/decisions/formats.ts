import { createHash } from 'node:crypto';
import { type Decision, ipv4Number, isoTime } from '../../model/index.ts';
import { csvRow } from '../csv.ts';

/** Forms in which firewalls read a list. Only addresses, times and ids are in them: no text from logs. */
export const listFormats = {
  txt: { type: 'text/plain; charset=utf-8', title: 'one address or range a line' },
  json: { type: 'application/json; charset=utf-8', title: 'JSON' },
  mikrotik: { type: 'text/plain; charset=utf-8', title: 'MikroTik script (/import)' },
  pf: { type: 'text/plain; charset=utf-8', title: 'pf table file' },
} as const;
export type ListFormat = keyof typeof listFormats;

/** `3h59m50s`, as Go writes it. */
export function goDuration(ms: number): string {
  const all = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(all / 3600);
  const minutes = Math.floor((all % 3600) / 60);
  const seconds = all % 60;
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds}s`;
}

const isV6 = ({ target }: Decision): boolean => target.includes(':');

/**
 * Ranges of IPv4 as one decision for each of their addresses; an address that several hold is told once.
 *
 * @returns null: more than so many
 */
export function expanded(decisions: readonly Decision[], most: number): Decision[] | null {
  const all = new Map<string, Decision>();
  for (const decision of decisions) {
    const [base = '', bits] = decision.target.split('/');
    const first = isV6(decision) ? -1 : ipv4Number(base);
    const count = first < 0 || bits === undefined ? 1 : 2 ** (32 - Number(bits));
    if (count > most) return null;
    for (let i = 0; i < count; i += 1) {
      const target = count === 1 ? decision.target : ipv4Text(first + i);
      const known = all.get(target);
      if (known === undefined || known.expires < decision.expires) all.set(target, { ...decision, target });
      if (all.size > most) return null;
    }
  }
  return [...all.values()];
}

const ipv4Text = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');

export function listText(decisions: readonly Decision[], format: ListFormat, now: number): string {
  switch (format) {
    case 'txt':
      return decisions.map(({ target }) => `${target}\n`).join('');
    case 'pf':
      return `# Phosor, ${isoTime(now)}, ${decisions.length} entries\n${decisions.map(({ target }) => `${target}\n`).join('')}`;
    case 'json':
      return JSON.stringify({
        generated_at: isoTime(now),
        count: decisions.length,
        decisions: decisions.map(({ id, target, created, expires, policy }) => ({
          id,
          target,
          created: isoTime(created),
          expires: isoTime(expires),
          policy,
        })),
      });
    case 'mikrotik': {
      const path = (decision: Decision) => (isV6(decision) ? '/ipv6' : '/ip');
      return [
        '# Phosor: import it again and again; what is gone from it ends by its timeout.',
        ':do { /ip firewall address-list remove [find list=phosor] } on-error={}',
        ':do { /ipv6 firewall address-list remove [find list=phosor] } on-error={}',
        ...decisions.map(
          (decision) =>
            `:do { ${path(decision)} firewall address-list add list=phosor address=${decision.target} timeout=${goDuration(decision.expires - now)} comment="${decision.id}" } on-error={}`,
        ),
        '',
      ].join('\n');
    }
  }
}

/* ---------- for people and other systems ---------- */

export function csvOf(decisions: readonly Decision[]): string {
  return [
    csvRow(['target', 'kind', 'state', 'created', 'expires', 'policy', 'who', 'reason', 'id']),
    ...decisions.map(({ target, kind, state, created, expires, policy, who, reason, id }) =>
      csvRow([target, kind, state, isoTime(created), isoTime(expires), policy, who, reason, id]),
    ),
  ].join('');
}

/** UUID version 5 in a name space of our own: the same decision is the same object in every export. */
function uuid5(name: string): string {
  const hex = createHash('sha1').update(`phosor:${name}`).digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16).padStart(2, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`;
}

/** STIX wants UTC with a Z. */
const stixTime = (ms: number): string => new Date(ms).toISOString();

const plain = (text: string): string => text.replace(/\p{C}/gu, ' ').slice(0, 1000);

/** A STIX 2.1 bundle: an indicator for each decision, made by an identity that stands for this installation. */
export function stixOf(decisions: readonly Decision[], now: number, installation: string): unknown {
  const identity = `identity--${uuid5(`identity ${installation}`)}`;
  return {
    type: 'bundle',
    id: `bundle--${uuid5(`bundle ${now} ${decisions.length}`)}`,
    objects: [
      {
        type: 'identity',
        spec_version: '2.1',
        id: identity,
        created: stixTime(now),
        modified: stixTime(now),
        name: 'Phosor',
        identity_class: 'system',
      },
      ...decisions.map((decision) => {
        const { target, created, changed, expires, reason, id, kind } = decision;
        const object = isV6(decision) ? 'ipv6-addr' : 'ipv4-addr';
        const isRange = target.includes('/');
        return {
          type: 'indicator',
          spec_version: '2.1',
          id: `indicator--${uuid5(id)}`,
          created_by_ref: identity,
          created: stixTime(created),
          modified: stixTime(Math.max(created, changed)),
          name: target,
          description: plain(reason),
          indicator_types: ['malicious-activity'],
          pattern: `[${object}:value ${isRange ? 'ISSUBSET' : '='} '${target}']`,
          pattern_type: 'stix',
          valid_from: stixTime(created),
          valid_until: stixTime(Math.max(created + 1, expires)),
          labels: [kind],
        };
      }),
    ],
  };
}
