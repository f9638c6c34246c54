/** The decoys' process. Started by the main process with host/guard.ts loaded before it; it ends with its pipe. */
import net, { type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { DataListener, Decoy, DecoyHost, RunningDecoy, Visit } from '../contract.ts';
import { decoys } from '../index.ts';
import { limitMatching } from '../shell/run/visitors-regex.ts';
import { limits } from './limits.ts';
import type { FromChild, ToChild } from './messages.ts';
import { inTime } from './time-limit.ts';
import { OwnVisit } from './visit.ts';

/** Nobody: has no files and no programs. */
const nobody = 65_534;
const lookEveryMs = 1000;
const memoryEveryMs = 5000;

const now = (): number => Date.now();
let unsentBytes = 0;
let lastNumber = 0;
const nextNumber = (): number => ++lastNumber;

function send(message: FromChild): void {
  if (!process.connected) return;
  const bytes = message.type === 'upload' ? message.data.length : message.type === 'cast' ? message.lines.length : 512;
  unsentBytes += bytes;
  process.send?.(message, undefined, undefined, () => {
    unsentBytes -= bytes;
  });
}

const running = new Map<string, RunningDecoy>();
const visits = new Map<string, OwnVisit>();
const awaitedKept = new Map<number, (value: string | null) => void>();
const awaitedListeners = new Map<number, { listening: (port: number) => void; failed: (problem: string) => void }>();
const dataConnections = new Map<number, (socket: Socket) => void>();

const tell = (error: unknown, visit: string | null): void =>
  send({
    type: 'error',
    visit,
    message: (error instanceof Error ? (error.stack ?? error.message) : String(error)).toWellFormed().slice(0, 4096),
  });

function hostOf(decoy: Decoy, start: Extract<ToChild, { type: 'start' }>): DecoyHost {
  return {
    seed: start.seed,
    installedAt: start.installedAt,
    publicAddress: start.publicAddress,
    port: start.port,
    now,
    async kept(name, make) {
      const ask = (value: string | null): Promise<string | null> =>
        new Promise((resolve) => {
          const request = nextNumber();
          awaitedKept.set(request, resolve);
          send({ type: 'keep', decoy: decoy.name, request, name, value });
        });
      const old = await ask(null);
      if (old !== null) return old;
      const made = make();
      await ask(made);
      return made;
    },
    listenFor: (visit, timeoutMs) => listenFor(visit, timeoutMs),
  };
}

async function listenFor(visit: Visit, timeoutMs: number): Promise<DataListener> {
  const listener = nextNumber();
  let close = (): void => {};
  const connection = new Promise<Socket>((resolve, reject) => {
    const timer = setTimeout(() => close(), timeoutMs);
    close = () => {
      clearTimeout(timer);
      visit.signal.removeEventListener('abort', close);
      if (!dataConnections.delete(listener)) return;
      send({ type: 'unlisten', listener });
      reject(new Error('no data connection came'));
    };
    visit.signal.addEventListener('abort', close);
    dataConnections.set(listener, (socket) => {
      clearTimeout(timer);
      visit.signal.removeEventListener('abort', close);
      dataConnections.delete(listener);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      visit.signal.addEventListener('abort', () => socket.destroy(), { once: true });
      resolve(socket);
    });
  });
  connection.catch(() => {});
  const port = await new Promise<number>((resolve, reject) => {
    awaitedListeners.set(listener, { listening: resolve, failed: (problem) => reject(new Error(problem)) });
    send({ type: 'listen', visit: visit.id, listener, timeoutMs });
  }).catch((error: unknown) => {
    close();
    throw error;
  });
  return { port, connection, close };
}

async function start(message: Extract<ToChild, { type: 'start' }>): Promise<void> {
  const decoy = decoys.find(({ name }) => name === message.decoy);
  try {
    if (decoy === undefined) throw new Error(`there is no decoy "${message.decoy}"`);
    running.get(decoy.name)?.stop?.();
    running.set(decoy.name, await decoy.start(hostOf(decoy, message), decoy.options.parse(message.options)));
    send({ type: 'started', decoy: decoy.name });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    send({ type: 'failed', decoy: message.decoy, message: reason.toWellFormed().slice(0, 4096) });
  }
}

function stop(name: string): void {
  running.get(name)?.stop?.();
  running.delete(name);
}

function visit(message: Extract<ToChild, { type: 'visit' }>, socket: Socket): void {
  const own = new OwnVisit(message, socket, { send, now, unsentBytes: () => unsentBytes, nextNumber });
  visits.set(own.id, own);
  socket.once('close', () => visits.delete(own.id));
  const decoy = running.get(message.decoy);
  if (decoy === undefined) {
    own.end('the decoy was switched off');
    return;
  }
  try {
    decoy.connection(socket, own);
  } catch (error) {
    tell(error, own.id);
    own.end('the decoy failed');
  }
}

function receive(message: ToChild, socket: Socket | undefined): void {
  switch (message.type) {
    case 'start':
      void start(message);
      break;
    case 'stop':
      stop(message.decoy);
      break;
    case 'visit':
      if (socket !== undefined) visit(message, socket);
      // The client was gone before it arrived here.
      else
        send({
          type: 'closed',
          visit: message.id,
          reason: 'closed',
          commands: 0,
          sentBytes: 0,
          receivedBytes: 0,
          cutRecords: 0,
        });
      break;
    case 'data':
      if (socket !== undefined) (dataConnections.get(message.listener) ?? ((late: Socket) => late.destroy()))(socket);
      break;
    case 'listening': {
      const awaited = awaitedListeners.get(message.listener);
      awaitedListeners.delete(message.listener);
      if (message.port === null) awaited?.failed(message.problem ?? 'no port is free');
      else awaited?.listening(message.port);
      break;
    }
    case 'kept':
      awaitedKept.get(message.request)?.(message.value);
      awaitedKept.delete(message.request);
      break;
    case 'ask':
      send({ type: 'alive' });
      break;
    case 'shutdown':
      for (const each of visits.values()) each.end('Phosor stops');
      setTimeout(() => process.exit(0), 50);
      break;
  }
}

/** Gives up root, where it was. */
function becomeNobody(): void {
  if (process.getuid?.() !== 0) return;
  process.setgroups?.([]);
  process.setgid?.(nobody);
  process.setuid?.(nobody);
}

/** Whether a connection is refused before it is made, asked of Node's permission model and of the guard by trying. */
function isGuarded(): boolean {
  try {
    net.connect(9, '127.0.0.1').destroy();
    return false;
  } catch (error) {
    return error instanceof Error && error.name === 'DecoyGuardError';
  }
}

process.on('message', (message, socket) => receive(message as ToChild, socket as Socket | undefined));
process.on('disconnect', () => process.exit(0));
process.on('uncaughtException', (error) => {
  // Of one visitor's making, most likely; but nobody knows in what state it left the process.
  tell(error, null);
  setTimeout(() => process.exit(70), 100);
});
process.on('unhandledRejection', (error) => tell(error, null));
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

setInterval(() => {
  const at = now();
  for (const each of visits.values()) each.look(at);
}, lookEveryMs);
setInterval(() => {
  if (process.memoryUsage.rss() < limits.memoryBytes) return;
  tell(new Error(`the decoys hold more than ${limits.memoryBytes} bytes of memory and start again`), null);
  setTimeout(() => process.exit(71), 100);
}, memoryEveryMs);

limitMatching(inTime);
for (const decoy of decoys) await decoy.load();
becomeNobody();
const guarded = isGuarded();
if (!guarded) {
  tell(new Error('The guard is not in force. The decoys do not start.'), null);
  process.exit(72);
}
send({
  type: 'ready',
  isolation: {
    uid: process.getuid?.() ?? null,
    permission: process.permission?.has('net') === false && process.permission.has('child') === false,
    namespace: Object.values(networkInterfaces()).flat().length === 0,
    guarded,
  },
});
