import { Picture } from '../../serve/network/picture.ts';
import type { NetworkPicture, NetworkQuestion } from '../../serve/network/types.ts';
import type { Wire } from '../../wire/wire.ts';

/** What the conversations that are held now come to. */
export function pictureOf(wire: Wire, question: NetworkQuestion): NetworkPicture {
  const picture = new Picture(question);
  wire.eachFlow((flow, talk) => {
    const sums = {
      src_ip: flow.src_ip,
      dst_ip: flow.dst_ip,
      protocol: flow.protocol,
      bytes_out: flow.bytesOut,
      bytes_in: flow.bytesIn,
      last: flow.last,
    };
    picture.add(sums, talk?.service ?? null, () => ({
      ...sums,
      src_port: flow.src_port,
      dst_port: flow.dst_port,
      service: talk?.service ?? null,
      name: talk?.name ?? null,
      state: flow.state,
      packets_out: flow.packetsOut,
      packets_in: flow.packetsIn,
      began: flow.began,
    }));
  });
  return picture.result(wire.now);
}
