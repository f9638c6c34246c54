import type { EventType } from './enumerations.ts';
import type { FieldValue } from './event.ts';
import { type ThreatFacts, type ThreatScore, threatScore } from './threat-score.ts';

/* The threat score of one record: a packet, or a touch of a decoy, with what is known of its source. */

type Behaviour = NonNullable<ThreatFacts['behaviour']>;
type DecoyFacts = NonNullable<ThreatFacts['decoy']>;

/** What is scored. Stored events and those in memory both fit. */
export interface ScoredRecord {
  event_type: EventType | string | null;
  protocol: string | null;
  dst_port: number | null;
  fields: Record<string, FieldValue | undefined>;
}

const noBehaviour: Behaviour = { failed_logins: 0, denied: 0, web_attacks: 0, ports: 0, hosts: 0 };
const noTouch: DecoyFacts = { touches: 0, logins: 0, commands: 0, uploads: 0 };
const inDecoys = new Set(['decoy.command', 'decoy.download', 'decoy.forward']);

/** What a record says by itself: a packet its documented features and how far its source had spread; a touch of a decoy what it was. */
function ownFacts({ event_type, protocol, dst_port, fields }: ScoredRecord): ThreatFacts {
  if (event_type?.startsWith('decoy.') === true)
    return {
      decoy: {
        touches: 1,
        logins: event_type === 'decoy.login' ? 1 : 0,
        commands: inDecoys.has(event_type) ? 1 : 0,
        uploads: event_type === 'decoy.upload' ? 1 : 0,
      },
    };
  const { length, entropy, ports_tried, hosts_tried } = fields;
  const count = (value: FieldValue | undefined): number => (typeof value === 'number' ? value : 0);
  return {
    packet: {
      length: count(length),
      protocol: protocol ?? 'ip',
      dst_port,
      entropy: typeof entropy === 'number' ? entropy : null,
    },
    behaviour: { ...noBehaviour, ports: count(ports_tried), hosts: count(hosts_tried) },
  };
}

/**
 * The score of one record.
 *
 * @param source what is known of its source. What both say is not counted twice: the higher number holds. Absent: the record alone.
 */
export function recordScore(record: ScoredRecord, source: ThreatFacts = {}): ThreatScore {
  const own = ownFacts(record);
  return threatScore({
    ...source,
    ...own,
    ...highest('decoy', noTouch, source.decoy, own.decoy),
    ...highest('behaviour', noBehaviour, source.behaviour, own.behaviour),
  });
}

/** The higher of each number, where either side says something. */
function highest<Name extends string, Numbers extends object>(
  name: Name,
  none: Numbers,
  a: Numbers | undefined,
  b: Numbers | undefined,
): { [name in Name]?: Numbers } {
  if (a === undefined && b === undefined) return {};
  const merged: Record<string, number> = {};
  for (const key of Object.keys(none)) {
    const of = (numbers: Numbers | undefined): number =>
      Number((numbers as Record<string, number> | undefined)?.[key] ?? 0);
    merged[key] = Math.max(of(a), of(b));
  }
  return { [name]: merged } as { [name in Name]?: Numbers };
}
