import type { EventJson } from '../../model/index.ts';
import type { Services } from '../contract.ts';
import { Picture } from './picture.ts';
import type { LiveFlow, NetworkPicture, NetworkQuestion } from './types.ts';

/** Records of conversations that are looked at, the newest. */
export const mostStored = 5000;
const pageSize = 1000;

/**
 * What stored conversations come to: those that are over, of a capture or of a file of packets.
 *
 * @param from epoch ms; null: however old they are
 */
export async function storedPicture(
  { events }: Pick<Services, 'events'>,
  question: NetworkQuestion,
  from: number | null,
): Promise<{ picture: NetworkPicture; looked: number; isAll: boolean }> {
  const picture = new Picture(question);
  const { address } = question;
  const filter = {
    ...(from !== null && { from }),
    where: [{ field: 'event_type' as const, op: 'in' as const, values: ['net.flow'] }],
    ...(address !== null && {
      condition: {
        op: 'any' as const,
        of: (['src_ip', 'dst_ip'] as const).map((column) => ({
          op: 'equals' as const,
          column,
          values: [address],
          fold: false as const,
        })),
      },
    }),
  };
  let looked = 0;
  let newest = 0;
  let cursor: string | null = null;
  do {
    const page = await events.page(filter, Math.min(pageSize, mostStored - looked), cursor);
    for (const event of page.events) {
      const flow = flowOf(event);
      newest = Math.max(newest, flow.last);
      picture.add(flow, flow.service, () => flow, numberOf(event.fields.flows) || 1);
    }
    looked += page.events.length;
    cursor = page.next;
  } while (cursor !== null && looked < mostStored);
  return { picture: picture.result(newest), looked, isAll: cursor === null };
}

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function flowOf(event: EventJson): LiveFlow {
  const { fields } = event;
  const last = Date.parse(event.time ?? event.received_at);
  const began = Date.parse(textOf(fields.started) ?? '');
  return {
    src_ip: event.src_ip ?? 'many sources',
    src_port: event.src_port,
    dst_ip: event.dst_ip ?? 'many hosts',
    dst_port: event.dst_port,
    protocol: event.protocol ?? 'ip',
    service: textOf(fields.service),
    name: textOf(fields.name),
    state: textOf(fields.state) ?? '',
    packets_out: numberOf(fields.packets_out),
    packets_in: numberOf(fields.packets_in),
    bytes_out: numberOf(fields.bytes_out),
    bytes_in: numberOf(fields.bytes_in),
    began: Number.isFinite(began) ? began : last,
    last,
  };
}
