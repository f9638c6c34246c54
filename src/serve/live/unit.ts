import websocket from '@fastify/websocket';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { apiError, rateLimited } from '../errors.ts';
import { defineUnit } from '../unit.ts';
import type { LiveClient } from './client.ts';
import { textFrame } from './frame.ts';
import { LiveHub } from './hub.ts';
import { channelNames, LogHub } from './log-hub.ts';
import { principalOf, Session, type SessionKind } from './session.ts';
import { refusalOf, subscribeMessage, subscriptionOf } from './subscription.ts';

const maxConnections = 500;
/** Connections that have not shown a credential yet. */
const maxPending = 50;
const pingEveryMs = 30_000;
/** So long at most a connection outlives its credential. */
const lookEveryMs = 1000;

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
    const logHub = new LogHub(services.live);
    const sessions = new Set<Pick<Session<unknown>, 'goAway' | 'ping' | 'look'>>();
    let pending = 0;
    await app.register(websocket, {
      options: { maxPayload: 16 * 1024, perMessageDeflate: false, clientTracking: false },
    });
    // The server cannot close while an upgraded connection is open, and a page that sleeps never answers a closing handshake.
    app.addHook('preClose', async () => {
      for (const session of sessions) session.goAway();
      unsubscribe();
      hub.close();
      logHub.close();
    });
    const pinger = setInterval(() => {
      for (const session of sessions) session.ping();
    }, pingEveryMs);
    pinger.unref();
    // The state is asked, not only who changes it here: the command line is another process.
    const looker = setInterval(() => {
      for (const session of sessions) session.look();
    }, lookEveryMs);
    looker.unref();
    app.addHook('onClose', async () => {
      clearInterval(pinger);
      clearInterval(looker);
    });

    /** A route that speaks WebSocket: a refused client never gets a socket. */
    const speak = <C>(
      url: string,
      { summary, description }: { summary: string; description: string },
      kindOf: (query: { format?: string | undefined }) => SessionKind<C>,
    ): void => {
      app.route({
        method: 'GET',
        url,
        config: { role: 'public', websocketRole: 'viewer' },
        schema: {
          summary,
          description: `${description} ${credentials}`,
          querystring: z.object({ token: z.string().max(4096).optional(), format: z.enum(['companion']).optional() }),
        },
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
        wsHandler: (socket: WebSocket, request) => {
          const { format } = request.query as { format?: string };
          const session = new Session(socket, request, context, kindOf({ format }), (isPending) => {
            pending += isPending ? 1 : -1;
          });
          sessions.add(session);
          socket.on('close', () => {
            sessions.delete(session);
            session.end();
          });
        },
      });
    };

    const eventSessions: SessionKind<LiveClient> = {
      admit(connection) {
        const client = hub.add(connection);
        client.send(textFrame('{"type":"connected","message":"Connected to PHOSOR (Phosor live events)"}'));
        return client;
      },
      take(client, message) {
        const subscribe = subscribeMessage.safeParse(message);
        if (!subscribe.success) {
          if (typeof message === 'object' && message !== null && 'type' in message && message.type === 'subscribe')
            client.send(textFrame(JSON.stringify({ type: 'error', message: refusalOf(subscribe.error) })));
          return;
        }
        client.subscription = subscriptionOf(subscribe.data, client.subscription);
        hub.settle();
      },
      ping: (client) => void client.send(textFrame('{"type":"ping"}')),
      leave: (client) => hub.remove(client),
    };
    speak(
      '/ws/events',
      {
        summary: 'Events and alerts as they happen (WebSocket)',
        description:
          'Server: {type: "connected" | "event" | "alert" | "alert_update" | "events" | "skipped" | "incidents" | "ping" | "error"}. Client: {type: "pong"} and ' +
          '{type: "subscribe", events, batch, max_per_second, filter}.',
      },
      () => eventSessions,
    );
    speak(
      '/ws/logs/live',
      {
        summary: 'Log lines as they happen (WebSocket)',
        description:
          `Client: {type: "subscribe" | "unsubscribe", log_source: ${channelNames}}. Server: {type: "connected" | "subscribed" | ` +
          '"unsubscribed" | "raw_log" | "skipped" | "ping" | "error"}. A line carries raw_log and raw_line, which are the same; with ' +
          '?format=companion its type is "log".',
      },
      ({ format }) => logHub.sessions(format === 'companion'),
    );

    app.get(
      '/health/websocket',
      {
        config: { role: 'public' },
        schema: {
          summary: 'Live connections',
          response: {
            200: z.object({ status: z.string(), routes: z.array(z.string()), connection_count: z.number() }),
          },
        },
      },
      async () => ({
        status: 'ok',
        routes: ['/ws/logs/live', '/ws/events'],
        connection_count: sessions.size,
      }),
    );
  },
});

const credentials =
  'Credential: session cookie, Authorization or X-API-Key header, ?token=, or {type: "auth", token} as the first message ' +
  'within 5 s. A wrong credential is refused with 401.';
