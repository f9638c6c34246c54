import { setImmediate, setTimeout } from 'node:timers/promises';
import type { FilePosition } from '../model/index.ts';
import type { ChunkPool } from './chunks.ts';
import type {
  FileSource,
  IngestCommand,
  IngestConfig,
  IngestReport,
  SourceStats,
  SyslogListener,
  UdpStats,
} from './contract.ts';
import { createFileTail, type FileTail } from './files/tail.ts';
import { createSenders, type Senders } from './syslog/senders.ts';
import { listenTcp, type TcpListener } from './syslog/tcp.ts';
import { listenUdp, type UdpListener } from './syslog/udp.ts';

/** Everything that runs in the ingest worker, behind its commands. One per process; `worker.ts` gives it its ports. */
export interface Ingest {
  /** Carries out a command; what came of it goes to `report`. Commands run one after the other. */
  command(command: IngestCommand): Promise<void>;
}

/** How long a stop waits for a pipeline that does not answer. */
const drainMs = 5_000;

const noUdp: UdpStats = {
  received: 0,
  kernelDrops: null,
  overflow: 0,
  limited: 0,
  empty: 0,
  receiveBufferBytes: 0,
};

export function createIngest(options: { pool: ChunkPool; report: (report: IngestReport) => void }): Ingest {
  const { pool, report } = options;
  let senders: Senders | null = null;
  let udp: UdpListener | null = null;
  let tcp: TcpListener | null = null;
  let overTls: TcpListener | null = null;
  let tail: FileTail | null = null;
  let queue: Promise<void> = Promise.resolve();

  async function start(config: IngestConfig, files: FileSource[], positions: FilePosition[]): Promise<void> {
    const { syslog } = config;
    const hasTls = syslog.tlsPort > 0 && syslog.identity !== null;
    if (syslog.port > 0 || hasTls) senders = sendersOf(syslog, hasTls);
    if (senders !== null && syslog.port > 0) {
      udp = await listenUdp({ ...syslog, pool, senders }).catch((error) => listenFailed('syslog-udp', syslog, error));
      if (udp !== null) report({ type: 'listening', what: 'syslog-udp', host: udp.host, port: udp.port });
      tcp = await listenStream('syslog-tcp', { ...syslog, identity: null }, senders);
    }
    if (senders !== null && hasTls)
      overTls = await listenStream('syslog-tls', { ...syslog, port: syslog.tlsPort }, senders);
    const failed = (what: string, message: string) => report({ type: 'failed', what, message, fatal: false });
    tail = createFileTail({ pool, roots: config.files.roots, positions, failed });
    for (const [index, file] of files.entries()) {
      addFile(file);
      // Opening a thousand files takes longer than the sockets may wait.
      if (index % 50 === 49) await setImmediate();
    }
  }

  async function listenStream(
    what: SyslogListener,
    at: IngestConfig['syslog'],
    known: Senders,
  ): Promise<TcpListener | null> {
    const refused = (message: string) => report({ type: 'failed', what, message, fatal: false });
    const listener = await listenTcp({ ...at, pool, senders: known, refused }).catch((error) =>
      listenFailed(what, at, error),
    );
    if (listener !== null) report({ type: 'listening', what, host: listener.host, port: listener.port });
    return listener;
  }

  function sendersOf(syslog: IngestConfig['syslog'], hasTls: boolean): Senders | null {
    const { ratePerSecond, trustedRelays, trustedAddresses } = syslog;
    try {
      const made = createSenders({ limit: ratePerSecond, trustedRelays, report });
      made.trust(trustedAddresses ?? []);
      return made;
    } catch (error) {
      const { message } = error as Error;
      // One report for each listener that is not there, as with a busy port.
      const kinds: SyslogListener[] = [
        ...(syslog.port > 0 ? (['syslog-udp', 'syslog-tcp'] as const) : []),
        ...(hasTls ? (['syslog-tls'] as const) : []),
      ];
      for (const what of kinds) report({ type: 'failed', what, message, fatal: true });
      return null;
    }
  }

  function addFile(file: FileSource): void {
    const problem = tail?.add(file) ?? null;
    if (problem !== null) report({ type: 'failed', what: file.name, message: problem, fatal: false });
  }

  function listenFailed(what: SyslogListener, at: { host: string; port: number }, error: unknown): null {
    report({ type: 'failed', what, message: listenMessage(what, at, error), fatal: true });
    return null;
  }

  async function stats(): Promise<void> {
    const sources: SourceStats[] = [...(tail?.stats() ?? []), ...(senders?.stats(Date.now()) ?? [])];
    const connections = (tcp?.connections ?? 0) + (overTls?.connections ?? 0);
    report({ type: 'stats', sources, udp: (await udp?.stats()) ?? noUdp, connections });
  }

  async function stop(): Promise<void> {
    await Promise.all([udp?.close(), tcp?.close(), overTls?.close()]);
    tail?.close();
    // Until the pipeline has taken everything: what main tells it next comes by another port and could overtake.
    await Promise.race([pool.drained(), setTimeout(drainMs, undefined, { ref: false })]);
    report({ type: 'stopped' });
  }

  async function run(command: IngestCommand): Promise<void> {
    switch (command.type) {
      case 'start':
        return start(command.config, command.files, command.positions);
      case 'add_file':
        return addFile(command.file);
      case 'remove_file':
        return tail?.remove(command.name);
      case 'spool':
        for (const reader of [tail, tcp, overTls]) reader?.pause(command.state === 'full');
        return;
      case 'identity':
        return overTls?.exchange(command.identity);
      case 'trust':
        return senders?.trust(command.addresses);
      case 'stats':
        return stats();
      case 'stop':
        return stop();
    }
  }

  return {
    command(command) {
      queue = queue
        .then(() => run(command))
        .catch((error: unknown) => {
          const message = error instanceof Error ? error.message : String(error);
          report({ type: 'failed', what: command.type, message, fatal: command.type === 'start' });
        })
        .then(() => {
          if (command.type === 'start') report({ type: 'started' });
        });
      return queue;
    },
  };
}

/** One sentence: what could not be listened on, why, and what to do. */
function listenMessage(what: SyslogListener, at: { host: string; port: number }, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const protocol = what.replace('syslog-', '').toUpperCase();
  const place = `Cannot listen for syslog over ${protocol} on ${at.host} port ${at.port}`;
  const setting = what === 'syslog-tls' ? 'PHOSOR_SYSLOG_TLS_PORT' : '--syslog-port or PHOSOR_SYSLOG_PORT';
  if (code === 'EADDRINUSE') {
    return `${place}: another program already does. Stop it, or choose another port with ${setting}.`;
  }
  if (code === 'EACCES') {
    return `${place}: ports below 1024 need more rights. Choose a higher one with ${setting} and forward to it.`;
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EINVAL') {
    return `${place}: this machine has no such address. Correct it with --syslog-host or PHOSOR_SYSLOG_HOST.`;
  }
  return `${place}: ${message}. Choose another address or port with ${setting}.`;
}
