import websocket from '@fastify/websocket';
import type { FastifyRequest } from 'fastify';
import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
import { type Credential, credentialOf, isSameSite, mayCall } from '../auth/identify.ts';
import { apiError, rateLimited } from '../errors.ts';
import { defineUnit, type Principal, type ServeContext } from '../unit.ts';
import type { LiveClient } from './client.ts';
import { textFrame } from './frame.ts';
import { LiveHub } from './hub.ts';
import { subscribeMessage, subscriptionOf } from './subscription.ts';

const maxConnections = 500;
/** Connections that have not shown a credential yet. */
const maxPending = 50;
const authWithinMs = 5000;
const pingEveryMs = 30_000;

/** Close codes of ours, RFC 6455 section 7.4.2. */
const unauthorised = 4401;

const authMessage = z.object({ type: z.literal('auth'), token: z.string().max(4096) });

export const live = defineUnit({
  name: 'live',
  description: 'Events and alerts as they happen, over a WebSocket.',
  async register(app, context) {
    const { services } = context;
    const hub = new LiveHub(services.live, services.now, context.authorOf);
    context.onAlertsChanged((alerts) => {
      for (const alert of alerts) hub.alert('alert_update', alert);
    });
    const unsubscribe = services.incidents.subscribe(({ incident }) => hub.incident(incident.id));
    const sessions = new Set<Session>();
    let pending = 0;
    await app.register(websocket, {
      options: { maxPayload: 16 * 1024, perMessageDeflate: false, clientTracking: false },
    });
    // The server cannot close while an upgraded connection is open, and a page that sleeps never answers a closing handshake.
    app.addHook('preClose', async () => {
      for (const session of sessions) session.goAway();
      unsubscribe();
      hub.close();
    });
    const pinger = setInterval(() => {
      for (const session of sessions) void session.ping();
    }, pingEveryMs);
    pinger.unref();
    app.addHook('onClose', async () => clearInterval(pinger));

    app.route({
      method: 'GET',
      url: '/ws/events',
      config: { role: 'public', websocketRole: 'viewer' },
      schema: {
        summary: 'Events and alerts as they happen (WebSocket)',
        description:
          'Server: {type: "connected" | "event" | "alert" | "alert_update" | "events" | "skipped" | "incidents" | "ping"}. Client: {type: "pong"} and ' +
          '{type: "subscribe", events, batch, max_per_second, filter}. Credential: session cookie, Authorization or X-API-Key header, ' +
          '?token=, or {type: "auth", token} as the first message within 5 s. A wrong credential is refused with 401.',
        querystring: z.object({ token: z.string().max(4096).optional() }),
      },
      // Before the upgrade: a refused client never gets a socket.
      preValidation: async (request) => {
        if (!request.ws) return;
        request.principal = await principalOf(context, request);
        if (sessions.size >= maxConnections || (request.principal === null && pending >= maxPending))
          throw rateLimited('open connections', 10);
      },
      handler: async (_request, reply) => {
        reply.header('upgrade', 'websocket');
        throw apiError('WEBSOCKET_ONLY');
      },
      wsHandler: (socket, request) => {
        const session = new Session(socket, request, context, hub, (isPending) => {
          pending += isPending ? 1 : -1;
        });
        sessions.add(session);
        socket.on('close', () => {
          sessions.delete(session);
          session.end();
        });
      },
    });
  },
});

/** Null: no credential was shown at all, which leaves the first message. Throws 401 and 403. */
async function principalOf(context: ServeContext, request: FastifyRequest): Promise<Principal | null> {
  const { token } = request.query as { token?: string };
  const credential: Credential | null = token ? shown(token) : credentialOf(request);
  if (!credential) return null;
  // A page of another site could open a socket with the visitor's cookie: browsers do not stop that, we do.
  if (credential.kind === 'cookie' && !isSameSite(request, context.services.http.corsOrigins))
    throw apiError('CROSS_SITE');
  const principal = await context.identify(credential);
  if (!principal) throw apiError('CREDENTIAL_INVALID');
  if (!mayCall(principal, 'viewer')) throw apiError('ROLE_TOO_SMALL', 'viewer');
  return principal;
}

const shown = (value: string): Credential => ({ kind: value.startsWith('phk_') ? 'key' : 'token', value });

/** One WebSocket from its upgrade to its end. */
class Session {
  private client: LiveClient | null = null;
  private principal: Principal | null = null;
  private deadline: NodeJS.Timeout | null = null;
  private readonly socket: WebSocket;
  private readonly request: FastifyRequest;
  private readonly context: ServeContext;
  private readonly hub: LiveHub;
  private readonly onPending: (isPending: boolean) => void;

  constructor(
    socket: WebSocket,
    request: FastifyRequest,
    context: ServeContext,
    hub: LiveHub,
    onPending: (isPending: boolean) => void,
  ) {
    this.socket = socket;
    this.request = request;
    this.context = context;
    this.hub = hub;
    this.onPending = onPending;
    socket.on('message', (data, isBinary) => void this.read(data, isBinary));
    socket.on('error', () => socket.terminate());
    if (request.principal) this.admit(request.principal);
    else {
      onPending(true);
      this.deadline = setTimeout(() => socket.close(unauthorised, 'no credential'), authWithinMs);
    }
  }

  end(): void {
    this.stopWaiting();
    if (this.client) this.hub.remove(this.client);
    this.client = null;
  }

  /** The server stops: the client may connect again elsewhere or later. */
  goAway(): void {
    this.socket.close(1001, 'going away');
    setTimeout(() => this.socket.terminate(), 250).unref();
  }

  /** Also the moment to notice that the credential has ended: logout, expiry, revocation. */
  async ping(): Promise<void> {
    if (!this.client || !this.principal) return;
    if (!(await this.isStillAllowed(this.principal))) {
      this.socket.close(unauthorised, 'session ended');
      return;
    }
    this.client.send(textFrame('{"type":"ping"}'));
  }

  private admit(principal: Principal): void {
    this.stopWaiting();
    this.principal = principal;
    const raw = this.request.raw.socket;
    const { socket } = this;
    const client = this.hub.add({
      // The frames are whole and unmasked, so they go past the library straight to TCP: one write for many frames.
      write: (bytes) => {
        if (socket.readyState === socket.OPEN) raw.write(bytes);
      },
      buffered: () => raw.writableLength,
      close: () => socket.terminate(),
    });
    this.client = client;
    client.send(textFrame('{"type":"connected","message":"Connected to PHOSOR (Phosor live events)"}'));
  }

  private stopWaiting(): void {
    if (this.deadline === null) return;
    clearTimeout(this.deadline);
    this.deadline = null;
    this.onPending(false);
  }

  private async read(data: RawData, isBinary: boolean): Promise<void> {
    if (isBinary) return;
    let message: unknown;
    try {
      message = JSON.parse(String(data));
    } catch {
      return;
    }
    if (!this.client) {
      await this.authenticate(message);
      return;
    }
    const subscribe = subscribeMessage.safeParse(message);
    if (!subscribe.success) return;
    this.client.subscription = subscriptionOf(subscribe.data, this.client.subscription);
    this.hub.settle();
  }

  private async authenticate(message: unknown): Promise<void> {
    const auth = authMessage.safeParse(message);
    const principal = await this.context.identify(shown(auth.success ? auth.data.token : ''));
    if (!principal || !mayCall(principal, 'viewer')) {
      this.socket.close(unauthorised, 'wrong credential');
      return;
    }
    if (this.socket.readyState === this.socket.OPEN && !this.client) this.admit(principal);
  }

  private async isStillAllowed(principal: Principal): Promise<boolean> {
    const { state, now } = this.context.services;
    if (principal.expiresAt !== null && principal.expiresAt <= now()) return false;
    if (principal.user) {
      const user = state.users.byId(principal.user.id);
      return user !== null && !user.disabled && user.token_version === principal.user.token_version;
    }
    return state.keys.list().some((key) => key.id === principal.id && !key.revoked);
  }
}
