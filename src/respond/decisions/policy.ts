import { type Alert, type EventJson, type ResponsePolicy, severityRank } from '../../model/index.ts';
import { readNetwork } from './network.ts';

/** Whose doing an alert is: its group's address, or the only one that its events name. Null: there is none, or several. */
export function sourceOf({ group, events }: Pick<Alert, 'group' | 'events'>): string | null {
  const named = group.src_ip ?? null;
  if (named !== null) return readNetwork(named)?.text ?? null;
  const all = new Set(events.flatMap(({ src_ip }) => (src_ip === null ? [] : [src_ip])));
  const [only] = all;
  return all.size === 1 && only !== undefined ? (readNetwork(only)?.text ?? null) : null;
}

/** Whether an alert fits everything but the score. */
export function fits({ enabled, when }: ResponsePolicy, alert: Alert): boolean {
  if (!enabled) return false;
  if (when.severity !== null && severityRank[alert.severity] < severityRank[when.severity]) return false;
  if (when.rules.length > 0 && !when.rules.includes(alert.rule_id)) return false;
  if (when.tags.length > 0 && !when.tags.some((tag) => alert.tags.includes(tag))) return false;
  return when.event_types.length === 0 || alert.events.some((event) => isOfType(event, when.event_types));
}

/** Whether an event is of one of these types; one that ends in a dot stands for all that begin so. */
export const isOfType = ({ event_type }: EventJson, types: readonly string[]): boolean =>
  types.some((type) => (type.endsWith('.') ? event_type.startsWith(type) : event_type === type));

/** Flows whose both ends have spoken with each other: nobody can complete TCP's handshake in another's name. */
const answeredFlows: readonly unknown[] = ['open', 'closed', 'reset'];

/**
 * Whether the address may be made up although who wrote the line may be believed: the sender of a single packet can be, and
 * so can words of a program that is not known, which may repeat what somebody told it.
 */
const isHearsay = ({ event_type, format, protocol, fields }: EventJson): boolean => {
  if (format === 'general') return true;
  if (event_type === 'net.flow') return protocol !== 'tcp' || !answeredFlows.includes(fields.state);
  return ['net.blocked', 'net.logged', 'net.allowed', 'net.packet', 'dns.query', 'dns.answer'].includes(event_type);
};

/**
 * Whether somebody else could have made its evidence up. Anyone can send syslog, over TCP too, and say in it whatever they
 * like about others: it counts only from senders that somebody vouches for. Anyone can send a packet with another's address.
 *
 * @param isVouched of a source's name
 */
export const isForgeable = (
  { attributable, events }: Pick<Alert, 'attributable' | 'events'>,
  isVouched: (source: string) => boolean,
): boolean =>
  !attributable ||
  events.length === 0 ||
  events.some(
    (event) =>
      isHearsay(event) || (event.source_type === 'syslog' && (event.tags.includes('udp') || !isVouched(event.source))),
  );
