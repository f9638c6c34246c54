import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { maxRecordBytes } from '../../model/index.ts';
import type { ChunkPool } from '../chunks.ts';
import type { SyslogIdentity } from '../contract.ts';
import { takeOnCredit, waitMs } from '../limiter.ts';
import { createFramer, type Framer } from './framing.ts';
import { handleOf, type Senders } from './senders.ts';

export interface TcpListener {
  host: string;
  port: number;
  readonly connections: number;
  /** While paused nothing is read: the senders' own buffers fill up and hold them back. */
  pause(isPaused: boolean): void;
  /** New connections meet this certificate. Only with TLS. */
  exchange(identity: SyslogIdentity): void;
  /** Stops listening, reads what has arrived, hands over unfinished messages and closes every connection. */
  close(): Promise<void>;
}

/** At the most connections allowed, one that was silent for this long makes room for a new one. */
const idleMs = 5 * 60_000;
/** How long `close` waits for bytes that are on their way. */
const closingMs = 50;
/** How often a refused connection is reported. */
const refusalReportMs = 60_000;
/** How long a client may take to agree on TLS. */
const handshakeMs = 10_000;

type Reason = 'room' | 'limit' | 'spool';

interface Connection {
  socket: net.Socket;
  framer: Framer;
  address: string;
  lastAt: number;
  /** Why it is paused; empty: it is read. */
  paused: Set<Reason>;
  timer: NodeJS.Timeout | null;
}

/**
 * Receives syslog over TCP (RFC 6587, either framing), with an identity over TLS (RFC 5425). Nothing that was read is ever dropped: without room in the pool,
 * over the sender's limit or with a full spool the connection is paused until there is room, a token or space again.
 *
 * @param port 0: any free port.
 */
export async function listenTcp(options: {
  host: string;
  port: number;
  maxConnections: number;
  pool: ChunkPool;
  senders: Senders;
  /** With one, TLS 1.2 and newer is spoken. */
  identity?: SyslogIdentity | null;
  /** Called with a sentence when a connection was refused, at most once a minute. */
  refused: (message: string) => void;
}): Promise<TcpListener> {
  const { maxConnections, pool, senders, refused } = options;
  const { limit } = senders;
  const connections = new Set<Connection>();
  /** One address must not take every place. */
  const maxPerAddress = Math.max(8, Math.floor(maxConnections / 2));
  let isSpoolFull = false;
  let refusedAt = Number.NEGATIVE_INFINITY;

  const { identity } = options;
  const transport = identity ? 'tls' : 'tcp';
  const server = identity
    ? tls.createServer({ ...tlsOptions(identity), allowHalfOpen: true, handshakeTimeout: handshakeMs }, accept)
    : net.createServer({ allowHalfOpen: true }, accept);
  if (identity) {
    // Those that have not agreed on TLS yet have no place in `connections`.
    server.maxConnections = 2 * maxConnections;
    server.on('tlsClientError', ({ message }: Error, { remoteAddress }: net.Socket) =>
      refuse(`Refused a syslog connection from ${remoteAddress ?? 'a client'}: TLS failed (${message.trim()}).`),
    );
  }
  server.listen(options.port, options.host);
  await once(server, 'listening');
  server.on('error', () => {});
  const bound = server.address() as net.AddressInfo;

  function accept(socket: net.Socket): void {
    const address = socket.remoteAddress;
    socket.on('error', () => {});
    // Gone before it was accepted.
    if (address === undefined) return void socket.destroy();
    const now = Date.now();
    if (!hasPlace(address, now)) {
      socket.destroy();
      return;
    }
    const framer = createFramer(maxRecordBytes, (bytes, from, to, isCut) => take(address, bytes, from, to, isCut));
    const connection: Connection = { socket, framer, address, lastAt: now, paused: new Set(), timer: null };
    connections.add(connection);
    // A peer that vanished without a word is noticed by the system's probes.
    socket.setKeepAlive(true, 60_000);
    socket.on('data', (data: Buffer) => receive(connection, data));
    // Half-closed: no more will come, and there is nothing to answer.
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      takenAt = Date.now();
      framer.end();
      if (connection.timer !== null) clearTimeout(connection.timer);
      connections.delete(connection);
    });
    if (isSpoolFull) pause(connection, 'spool');
    if (!pool.hasRoom()) pause(connection, 'room');
  }

  function hasPlace(address: string, now: number): boolean {
    let ofAddress = 0;
    let idlest: Connection | null = null;
    for (const connection of connections) {
      if (connection.address === address) ofAddress += 1;
      if (idlest === null || connection.lastAt < idlest.lastAt) idlest = connection;
    }
    const isOverAddress = ofAddress >= maxPerAddress && !senders.of(address, now).isTrusted;
    if (!isOverAddress && connections.size < maxConnections) return true;
    if (!isOverAddress && idlest !== null && now - idlest.lastAt > idleMs && idlest.paused.size === 0) {
      idlest.socket.destroy();
      return true;
    }
    refuse(
      isOverAddress
        ? `Refused a syslog connection from ${address}: it has ${ofAddress} open, the most that one address may have.`
        : `Refused a syslog connection from ${address}: ${connections.size} are open, the most allowed. Raise syslog.maxConnections, or let the senders close what they do not use.`,
    );
    return false;
  }

  function refuse(message: string): void {
    const now = Date.now();
    if (now - refusedAt < refusalReportMs) return;
    refusedAt = now;
    refused(message);
  }

  let taken = 0;
  let takenAt = 0;

  function take(address: string, bytes: Buffer, from: number, to: number, isCut: boolean): void {
    const sender = senders.of(address, takenAt);
    pool.append(handleOf(sender, transport), bytes, from, to, takenAt, -1);
    sender.received += 1;
    sender.bytes += to - from;
    sender.lastAt = takenAt;
    if (isCut) sender.cut += 1;
    taken += 1;
  }

  function receive(connection: Connection, data: Buffer): void {
    const now = Date.now();
    connection.lastAt = now;
    taken = 0;
    takenAt = now;
    connection.framer.push(data);
    const sender = senders.of(connection.address, now);
    if (limit > 0 && !sender.isTrusted) {
      const over = takeOnCredit(sender.bucket, senders.limitOf(sender), now, taken);
      if (over > 0) senders.slowed(sender, over, now);
      waitForToken(connection, now);
    }
    if (!pool.hasRoom()) pause(connection, 'room');
  }

  /** Pauses a connection whose sender has used up its tokens, until there is one again. */
  function waitForToken(connection: Connection, now: number): void {
    const sender = senders.of(connection.address, now);
    const wait = sender.isTrusted ? 0 : waitMs(sender.bucket, senders.limitOf(sender), now);
    if (wait === 0) {
      resume(connection, 'limit');
      return;
    }
    pause(connection, 'limit');
    if (connection.timer !== null) clearTimeout(connection.timer);
    // At most a second, so that a sender that is trusted meanwhile does not wait out its debt.
    connection.timer = setTimeout(() => waitForToken(connection, Date.now()), Math.min(wait, 1000));
  }

  function pause(connection: Connection, reason: Reason): void {
    connection.paused.add(reason);
    connection.socket.pause();
  }

  function resume(connection: Connection, reason: Reason): void {
    if (connection.paused.delete(reason) && connection.paused.size === 0) connection.socket.resume();
  }

  pool.onRoom(() => {
    for (const connection of connections) {
      if (!pool.hasRoom()) break;
      resume(connection, 'room');
    }
  });

  return {
    host: bound.address,
    port: bound.port,
    get connections() {
      return connections.size;
    },

    pause(isPaused) {
      isSpoolFull = isPaused;
      for (const connection of connections) {
        if (isPaused) pause(connection, 'spool');
        else resume(connection, 'spool');
      }
    },

    exchange(next) {
      if (server instanceof tls.Server) server.setSecureContext(tlsOptions(next));
    },

    async close() {
      const closed = once(server, 'close');
      server.close();
      if (connections.size > 0) await new Promise((resolve) => setTimeout(resolve, closingMs));
      takenAt = Date.now();
      for (const { framer, socket } of connections) {
        // Here and not on the socket's `close`, which comes after the server's.
        framer.end();
        socket.destroy();
      }
      await closed;
    },
  };
}

/** With authorities, whoever shows no certificate of one of them is refused (RFC 5425 section 5.1). */
function tlsOptions(identity: SyslogIdentity): tls.TlsOptions {
  const asks = identity.ca !== undefined;
  return { ...identity, minVersion: 'TLSv1.2', requestCert: asks, rejectUnauthorized: asks };
}
