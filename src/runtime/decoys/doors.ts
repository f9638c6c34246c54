import { randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import type { ToChild } from '../../decoy/host/messages.ts';

/** One client at one decoy, as this process knows it. */
export interface Guest {
  id: string;
  decoy: string;
  address: string;
  port: number;
  localAddress: string;
  localPort: number;
  startedAt: number;
  /** Listeners for data connections that are open for it. */
  listeners: Set<number>;
}

export interface DoorsOptions {
  now: () => number;
  limits: () => { all: number; perAddress: number };
  /** Hands a connection to the decoys' process. @returns false: it is not there, and the connection is closed */
  pass: (message: ToChild, socket: Socket) => boolean;
  tell: (message: ToChild) => void;
  /** Whether the decoys' process takes connections now. While it starts again they are written down and closed. */
  isReady: () => boolean;
  onGuest: (guest: Guest) => void;
  /** It could not be handed over: it has left again. */
  onLost: (guest: Guest) => void;
  /** There were too many connections. Told once a minute and address. */
  onRefused: (guest: Omit<Guest, 'listeners'>, times: number) => void;
}

const backlog = 4096;
const refusedEveryMs = 60_000;
const maxListeners = 200;

/** IPv4 as IPv4. */
const plain = (address: string | undefined): string => (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '');

interface DataDoor {
  server: Server;
  guest: string;
  timer: NodeJS.Timeout;
}

/**
 * Accepts connections for the decoys and hands them over unread: the decoys' process can neither listen nor connect. Who a
 * client is, and how many there may be, is decided here.
 */
export class Doors {
  readonly #options: DoorsOptions;
  readonly #servers = new Map<string, Server>();
  readonly #guests = new Map<string, Guest>();
  readonly #perAddress = new Map<string, number>();
  readonly #refusals = new Map<string, { times: number; toldAt: number }>();
  readonly #data = new Map<number, DataDoor>();
  refused = 0;

  constructor(options: DoorsOptions) {
    this.#options = options;
  }

  /** @returns the port it listens on. Rejects with the system's error. */
  open(decoy: string, host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const server = createServer({ pauseOnConnect: true }, (socket) => this.#accept(decoy, socket));
      server.once('error', reject);
      server.listen({ host, port, backlog }, () => {
        server.off('error', reject);
        server.on('error', () => {});
        this.#servers.set(decoy, server);
        const at = server.address();
        resolve(typeof at === 'object' && at !== null ? at.port : port);
      });
    });
  }

  close(decoy: string): void {
    this.#servers.get(decoy)?.close();
    this.#servers.delete(decoy);
  }

  isOpen(decoy: string): boolean {
    return this.#servers.has(decoy);
  }

  guest(id: string): Guest | undefined {
    return this.#guests.get(id);
  }

  get guests(): Iterable<Guest> {
    return this.#guests.values();
  }

  get count(): number {
    return this.#guests.size;
  }

  /** A visit is over. */
  leave(id: string): Guest | null {
    const guest = this.#guests.get(id);
    if (guest === undefined) return null;
    this.#guests.delete(id);
    const left = (this.#perAddress.get(guest.address) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(guest.address, left);
    else this.#perAddress.delete(guest.address);
    for (const listener of guest.listeners) this.unlisten(listener);
    return guest;
  }

  #accept(decoy: string, socket: Socket): void {
    const { now, limits, isReady, pass, onGuest, onLost } = this.#options;
    socket.on('error', () => {});
    const guest: Guest = {
      id: randomBytes(8).toString('hex'),
      decoy,
      address: plain(socket.remoteAddress),
      port: socket.remotePort ?? 0,
      localAddress: plain(socket.localAddress),
      localPort: socket.localPort ?? 0,
      startedAt: now(),
      listeners: new Set(),
    };
    // Gone before it was looked at.
    if (guest.address === '') {
      socket.destroy();
      return;
    }
    const { all, perAddress } = limits();
    const own = this.#perAddress.get(guest.address) ?? 0;
    if (this.#guests.size >= all || own >= perAddress) {
      socket.resetAndDestroy();
      this.#refuse(guest);
      return;
    }
    this.#guests.set(guest.id, guest);
    this.#perAddress.set(guest.address, own + 1);
    onGuest(guest);
    const { listeners: _, ...told } = guest;
    if (isReady() && pass({ type: 'visit', ...told }, socket)) return;
    socket.resetAndDestroy();
    this.leave(guest.id);
    onLost(guest);
  }

  #refuse(guest: Guest): void {
    this.refused += 1;
    const at = this.#options.now();
    const before = this.#refusals.get(guest.address);
    const times = (before?.times ?? 0) + 1;
    const isDue = before === undefined || at - before.toldAt >= refusedEveryMs;
    if (this.#refusals.size > 10_000) this.#refusals.clear();
    this.#refusals.set(guest.address, isDue ? { times: 0, toldAt: at } : { times, toldAt: before.toldAt });
    if (isDue) this.#options.onRefused(guest, times);
  }

  /** Opens a port for one data connection of a guest, from its own address only. */
  listen(guestId: string, listener: number, timeoutMs: number, host: string, most: number): void {
    const { tell, pass } = this.#options;
    const guest = this.#guests.get(guestId);
    const fail = (problem: string): void => tell({ type: 'listening', listener, port: null, problem });
    if (
      guest === undefined ||
      guest.listeners.size >= most ||
      this.#data.size >= maxListeners ||
      this.#data.has(listener)
    ) {
      fail('too many data connections');
      return;
    }
    const server = createServer({ pauseOnConnect: true }, (socket) => {
      socket.on('error', () => {});
      if (plain(socket.remoteAddress) !== guest.address) {
        socket.destroy();
        return;
      }
      this.unlisten(listener);
      pass({ type: 'data', listener }, socket);
    });
    server.on('error', (error) => {
      if (!this.#data.has(listener)) return;
      this.unlisten(listener);
      fail(error.message);
    });
    const timer = setTimeout(() => this.unlisten(listener), Math.min(timeoutMs, 120_000));
    this.#data.set(listener, { server, guest: guestId, timer });
    guest.listeners.add(listener);
    server.listen({ host, port: 0 }, () => {
      const at = server.address();
      if (typeof at === 'object' && at !== null) tell({ type: 'listening', listener, port: at.port, problem: null });
    });
  }

  unlisten(listener: number): void {
    const door = this.#data.get(listener);
    if (door === undefined) return;
    this.#data.delete(listener);
    clearTimeout(door.timer);
    this.#guests.get(door.guest)?.listeners.delete(listener);
    door.server.close();
  }

  /** The decoys' process is gone, and with it every connection. */
  dropAll(): Guest[] {
    const all = [...this.#guests.values()];
    for (const { id } of all) this.leave(id);
    return all;
  }

  closeAll(): void {
    for (const decoy of [...this.#servers.keys()]) this.close(decoy);
    for (const listener of [...this.#data.keys()]) this.unlisten(listener);
  }
}
