/** A host for tests: real sockets of this machine, and everything that a decoy reported in a list. */
import { createHash, randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Decoy, DecoyHost, DecoyRecord, RunningDecoy, Visit } from './contract.ts';

export interface Served {
  port: number;
  records: (DecoyRecord & { session: string })[];
  uploads: { name: string; via: string; content: Buffer; sha256: string; isWhole: boolean }[];
  facts: Record<string, unknown>[];
  /** Why visits were ended by the decoy. */
  ends: string[];
  /** Records of one type. */
  of(type: DecoyRecord['event_type']): DecoyRecord[];
  /** Waits until one is there. */
  until(test: (record: DecoyRecord) => boolean): Promise<DecoyRecord>;
  stop(): Promise<void>;
}

/** Starts a decoy on a free port of the loopback. `options` are completed with its defaults. */
export async function serveDecoy<Options>(
  decoy: Decoy<Options>,
  options: Record<string, unknown> = {},
  seed = '5eed'.repeat(16),
): Promise<Served> {
  const servers = new Set<Server>();
  const sockets = new Set<Socket>();
  const served: Omit<Served, 'port'> = {
    records: [],
    uploads: [],
    facts: [],
    ends: [],
    of: (type) => served.records.filter(({ event_type }) => event_type === type),
    until: async (test) => {
      for (const end = performance.now() + 15_000; performance.now() < end; ) {
        const found = served.records.find(test);
        if (found !== undefined) return found;
        await new Promise((done) => setTimeout(done, 10));
      }
      throw new Error(`No such record came; there are: ${JSON.stringify(served.records)}`);
    },
    stop: async () => {
      running.stop?.();
      for (const socket of sockets) socket.destroy();
      for (const server of servers) await new Promise((done) => server.close(done));
    },
  };
  const listen = async (server: Server): Promise<number> => {
    servers.add(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return (server.address() as AddressInfo).port;
  };
  let running: RunningDecoy = { connection: () => {} };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    running.connection(socket, visitOf(socket, served));
  });
  const port = await listen(server);
  const kept = new Map<string, string>();
  const host: DecoyHost = {
    seed,
    installedAt: Date.UTC(2026, 2, 3, 4, 5, 6),
    publicAddress: null,
    port,
    kept: async (name, make) => {
      const value = kept.get(name) ?? make();
      kept.set(name, value);
      return value;
    },
    listenFor: async (visit, timeoutMs) => {
      let give: (socket: Socket) => void;
      let refuse: (error: Error) => void;
      const connection = new Promise<Socket>((resolve, reject) => {
        give = resolve;
        refuse = reject;
      });
      const extra = createServer((socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket)).on('error', () => {});
        give(socket);
      });
      const close = (): void => {
        clearTimeout(timer);
        extra.close();
        servers.delete(extra);
        refuse(new Error('closed'));
      };
      const timer = setTimeout(close, timeoutMs);
      visit.signal.addEventListener('abort', close, { once: true });
      return { port: await listen(extra), connection, close };
    },
    now: () => Date.now(),
  };
  running = await decoy.start(host, decoy.options.parse(options));
  return { ...served, port };
}

function visitOf(socket: Socket, served: Omit<Served, 'port'>): Visit {
  const ended = new AbortController();
  socket.on('close', () => ended.abort());
  const id = randomBytes(8).toString('hex');
  let commands = 0;
  let output = 0;
  const visit: Visit = {
    id,
    address: '192.0.2.77',
    port: socket.remotePort ?? 0,
    localAddress: '127.0.0.1',
    localPort: socket.localPort ?? 0,
    startedAt: Date.now(),
    signal: ended.signal,
    report: (record) => served.records.push({ ...record, session: id }),
    describe: (facts) => served.facts.push({ ...facts }),
    authenticated: (user) => served.facts.push({ user }),
    countCommand: () => ++commands <= 5000,
    countOutput: (bytes) => {
      output += bytes;
      return output <= 4 * 1024 * 1024;
    },
    upload: (name, via) => {
      const chunks: Uint8Array[] = [];
      const finish = (isWhole: boolean): { sha256: string; size: number; truncated: boolean } => {
        const content = Buffer.concat(chunks);
        const sha256 = createHash('sha256').update(content).digest('hex');
        served.uploads.push({ name, via, content, sha256, isWhole });
        const told = { sha256, size: content.length, truncated: false };
        visit.report({ event_type: 'decoy.upload', message: name, fields: { file_name: name, via, ...told } });
        return told;
      };
      return {
        write: (chunk) => chunks.push(Buffer.from(chunk)) > 0,
        end: () => finish(true),
        abort: () => void finish(false),
      };
    },
    recordTerminal: () => ({ output() {}, input() {}, resize() {}, marker() {}, end() {} }),
    end: (reason) => {
      served.ends.push(reason);
      socket.destroy();
    },
  };
  return visit;
}
