import ssh2, { type Connection } from 'ssh2';
import type { Access } from '../access/access.ts';
import type { DecoyHost, RunningDecoy, Visit } from '../contract.ts';
import { HelloReader } from './hello.ts';
import { watchLogins } from './login.ts';
import type { Machine } from './machine.ts';
import { serveSession } from './session.ts';

export interface ConnectionsOptions {
  host: DecoyHost;
  machine: Machine;
  hostKeys: readonly string[];
  access: Access;
  options: {
    methods: readonly string[];
    failureDelayMs: number;
    maxTries: number;
    banner: string;
  };
}

/** What OpenSSH 9.2 of Debian 12 offers, as far as ssh2 can do it: neither sntrup761 nor umac are among it. */
const algorithms = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group-exchange-sha256',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
    'diffie-hellman-group14-sha256',
  ],
  serverHostKey: ['rsa-sha2-512', 'rsa-sha2-256', 'ecdsa-sha2-nistp256', 'ssh-ed25519'],
  cipher: [
    'chacha20-poly1305@openssh.com',
    'aes128-ctr',
    'aes192-ctr',
    'aes256-ctr',
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
  ],
  hmac: [
    'hmac-sha2-256-etm@openssh.com',
    'hmac-sha2-512-etm@openssh.com',
    'hmac-sha1-etm@openssh.com',
    'hmac-sha2-256',
    'hmac-sha2-512',
    'hmac-sha1',
  ],
  compress: ['none', 'zlib@openssh.com'],
} as const;

/** Forwards that one visit may ask for before it is ended. */
const maxForwards = 200;

/** Sessions at a time on one connection: MaxSessions of sshd. */
const maxSessions = 10;

/** Speaks SSH with whoever comes. Nothing is ever connected, fetched or started for them. */
export function serveConnections(options: ConnectionsOptions): RunningDecoy {
  const visits = new WeakMap<object, Visit>();
  const { Server } = ssh2;
  const server = new Server({
    hostKeys: options.hostKeys,
    ident: options.machine.persona.sshVersion,
    ...(options.options.banner !== '' && { banner: options.options.banner }),
    algorithms,
    keepaliveInterval: 0,
    keepaliveCountMax: 0,
  });
  server.on('error', () => {});
  server.on('connection', (connection) => {
    const visit = visits.get(connection._sock);
    if (visit !== undefined) serve(connection, visit, options);
  });

  return {
    connection(socket, visit) {
      visits.set(socket, visit);
      const reader = new HelloReader(
        (ident) => {
          visit.describe({ client: ident });
          // What sshd says to those who speak something else, before the connection ends.
          if (!/^SSH-(?:2\.|1\.99-)/.test(ident) && !socket.destroyed)
            socket.write('Invalid SSH identification string.\r\n');
        },
        ({ ident, hassh, algorithms: offered }) => {
          if (hassh !== null) visit.describe({ hassh });
          visit.report({
            event_type: 'decoy.client',
            message: `${visit.address} speaks ${ident === '' ? 'no SSH' : ident}`,
            fields: { client: ident, hassh, hassh_algorithms: offered },
          });
        },
      );
      socket.on('data', (chunk: Buffer) => reader.read(chunk));
      server.injectSocket(socket);
    },
  };
}

function serve(connection: Connection, visit: Visit, { host, machine, access, options }: ConnectionsOptions): void {
  let user = '';
  let forwards = 0;
  let sessions = 0;
  const fs = lazily(() => machine.createFileSystem({ persona: machine.persona, now: host.now }));
  connection.on('error', () => {});
  connection.on('authentication', (context) => {
    user = context.username;
  });
  watchLogins(connection, visit, { ...options, access });

  const forward = (kind: string, to: string, fields: Record<string, string | number | null>): void => {
    visit.report({
      event_type: 'decoy.forward',
      message: `${visit.address} asked for a ${kind} to ${to}. Nothing was connected.`,
      outcome: 'denied',
      user,
      fields: { kind, ...fields },
    });
    forwards += 1;
    if (forwards >= maxForwards) visit.end('too many forwards');
  };

  connection.on('ready', () => {
    connection.on('session', (accept, reject) => {
      const session = sessions < maxSessions ? accept?.() : undefined;
      if (session === undefined) {
        visit.describe({ cap_sessions: true });
        reject?.();
        return;
      }
      sessions += 1;
      session.once('close', () => {
        sessions -= 1;
      });
      serveSession(session, { machine, host, visit, fs: fs(), user: () => user });
    });
    connection.on('tcpip', (_accept, reject, { destIP, destPort, srcIP, srcPort }) => {
      forward('direct-tcpip', `${destIP}:${destPort}`, {
        dst_host: destIP,
        dst_port: destPort,
        origin: `${srcIP}:${srcPort}`,
      });
      reject?.();
    });
    connection.on('openssh.streamlocal', (_accept, reject, { socketPath }) => {
      forward('direct-streamlocal', socketPath, { dst_host: socketPath, dst_port: null });
      reject?.();
    });
    connection.on('request', (_accept, reject, name, info) => {
      const to = info?.socketPath ?? `${info?.bindAddr ?? ''}:${info?.bindPort ?? ''}`;
      if (!name.startsWith('cancel-'))
        forward(name.replace('@openssh.com', ''), to, {
          dst_host: info?.socketPath ?? info?.bindAddr ?? '',
          dst_port: info?.bindPort ?? null,
        });
      reject?.();
    });
  });
}

/** Made when it is asked for, and then the same one. */
function lazily<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
