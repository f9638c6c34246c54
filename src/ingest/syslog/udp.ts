import dgram from 'node:dgram';
import { once } from 'node:events';
import type { ChunkPool } from '../chunks.ts';
import type { UdpStats } from '../contract.ts';
import { kernelDrops } from './kernel-drops.ts';
import { handleOf, type Senders } from './senders.ts';

export interface UdpListener {
  host: string;
  port: number;
  stats(): Promise<UdpStats>;
  close(): Promise<void>;
}

/**
 * Receives syslog datagrams (RFC 5426): one datagram is one record, however many lines it holds; line ends and NULs at
 * its end are cut off. A sender over its limit is dropped and counted; so is everybody when the overflow is full.
 *
 * The handler runs once per datagram and must stay small: the kernel holds about 11,000 datagrams while it runs.
 *
 * @param port 0: any free port.
 */
export async function listenUdp(options: {
  host: string;
  port: number;
  receiveBufferBytes: number;
  pool: ChunkPool;
  senders: Senders;
}): Promise<UdpListener> {
  const { host, port, pool, senders } = options;
  const type = host.includes(':') ? 'udp6' : 'udp4';
  const socket = dgram.createSocket({ type });
  let received = 0;
  let overflow = 0;
  let limited = 0;
  let empty = 0;

  socket.on('message', (message, remote) => {
    const now = Date.now();
    received += 1;
    const sender = senders.of(remote.address, now);
    if (!senders.admits(sender, now)) {
      limited += 1;
      return;
    }
    let end = message.length;
    while (end > 0 && isTerminator(message[end - 1])) end -= 1;
    if (end === 0) empty += 1;
    sender.lastAt = now;
    if (pool.append(handleOf(sender, 'udp'), message, 0, end, now, -1, true)) {
      sender.received += 1;
      sender.bytes += end;
    } else {
      overflow += 1;
      sender.dropped += 1;
    }
  });

  socket.bind(port, host);
  await once(socket, 'listening');
  // Later errors (a full ICMP queue, an interface that goes away) concern single datagrams; the socket goes on.
  socket.on('error', () => {});
  growReceiveBuffer(socket, options.receiveBufferBytes);
  const address = socket.address();
  const receiveBufferBytes = socket.getRecvBufferSize();

  return {
    host: address.address,
    port: address.port,
    async stats() {
      const drops = await kernelDrops(address.port);
      return { received, kernelDrops: drops, overflow, limited, empty, receiveBufferBytes, senders: senders.memory() };
    },
    close: () => new Promise((resolve) => socket.close(resolve)),
  };
}

function isTerminator(byte: number | undefined): boolean {
  return byte === 10 || byte === 13 || byte === 0;
}

/** Linux quietly gives what `net.core.rmem_max` allows; other systems refuse a size too big, so ask for less until it fits. */
function growReceiveBuffer(socket: dgram.Socket, bytes: number): void {
  for (let size = bytes; size >= 64 * 1024; size /= 2) {
    try {
      socket.setRecvBufferSize(Math.floor(size));
      return;
    } catch {
      // too big here
    }
  }
}
