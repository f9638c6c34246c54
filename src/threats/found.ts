/** What was found of a group. */
import type { Attack, AttackEvent, AttackWindow, ThreatDetector } from '../serve/threats/messages.ts';
import { severityOf } from '../serve/threats/severity.ts';
import { Tally } from './tally.ts';

/** What is told, most; everything is counted. */
const windowsPerAttack = 100;
const valuesPerWindow = 100;
const valuesPerAttack = 1000;

/** What an attack of a kind is told by. */
export interface Wanted {
  events: boolean;
  users: boolean;
  addresses: boolean;
  ports: boolean;
  protocols: boolean;
}

type Seen = Pick<AttackEvent, 'time' | 'step' | 'user' | 'src_ip' | 'dst_port'> & { protocol: string | null };

/** A window while it is open, or all windows of an attack. */
export class Facts {
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;
  count = 0;
  readonly steps: number[] = [];
  readonly users = new Tally();
  readonly addresses = new Tally();
  readonly ports = new Tally();
  readonly protocols = new Tally();

  add({ time, step, user, src_ip, dst_port, protocol }: Seen, wanted: Wanted): void {
    if (time < this.first) this.first = time;
    if (time > this.last) this.last = time;
    this.count += 1;
    this.steps[step] = (this.steps[step] ?? 0) + 1;
    if (wanted.users) this.users.add(user);
    if (wanted.addresses) this.addresses.add(src_ip);
    if (wanted.ports) this.ports.add(dst_port === null ? null : String(dst_port));
    if (wanted.protocols) this.protocols.add(protocol);
  }

  join(later: Facts): void {
    this.first = Math.min(this.first, later.first);
    this.last = Math.max(this.last, later.last);
    this.count += later.count;
    later.steps.forEach((n, step) => {
      this.steps[step] = (this.steps[step] ?? 0) + n;
    });
    this.users.join(later.users);
    this.addresses.join(later.addresses);
    this.ports.join(later.ports);
    this.protocols.join(later.protocols);
  }

  told(values: number) {
    const { first, last, count, users, addresses, ports, protocols } = this;
    return {
      first,
      last,
      count,
      steps: this.#steps(),
      users: users.told(values),
      addresses: addresses.told(values),
      ports: ports.told(values),
      protocols: protocols.told(values),
    };
  }

  #steps(): number[] {
    return Array.from(this.steps, (n) => n ?? 0);
  }
}

/** The windows of one group that met a rule's condition. */
export interface Found {
  group: Readonly<Record<string, string>>;
  facts: Facts;
  /** The first ones. */
  windows: AttackWindow[];
  windowCount: number;
  peak: number;
  peakAddresses: number;
}

export const newFound = (group: Found['group']): Found => ({
  ...{ group, facts: new Facts(), windows: [] },
  ...{ windowCount: 0, peak: 0, peakAddresses: 0 },
});

/**
 * One more window of the group.
 *
 * @param events those of the window that may be listed
 */
export function addWindow(found: Found, facts: Facts, events: () => AttackEvent[]): void {
  found.windowCount += 1;
  found.peak = Math.max(found.peak, facts.count);
  found.peakAddresses = Math.max(found.peakAddresses, facts.addresses.distinct);
  found.facts.join(facts);
  if (found.windows.length < windowsPerAttack) found.windows.push({ ...facts.told(valuesPerWindow), events: events() });
}

/** As it is told. */
export function attackOf({ attack, rule_id, windowMs }: ThreatDetector, found: Found): Attack {
  const { windows, windowCount, peak, peakAddresses, group } = found;
  const measures = { attack, windowMs, windowCount, peak, peakAddresses, ...found.facts.told(valuesPerAttack) };
  const { severity } = severityOf(measures);
  return { ...measures, rule_id, group, windows, severity };
}
