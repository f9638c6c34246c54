import { randomBytes } from 'node:crypto';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer, type Server as SecureServer } from 'node:https';
import type { ListenOptions } from 'node:net';
import cookie from '@fastify/cookie';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyTypeProviderDefault } from 'fastify';
import {
  hasZodFastifySchemaValidationErrors,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { isDiskTrouble } from '../store/contract.ts';
import { credentialOf, isSameSite, localAdmin, localUser, mayCall } from './auth/identify.ts';
import { createContext } from './context.ts';
import { type Services, SpoolFullError } from './contract.ts';
import { ApiError, apiError, rateLimited, storageFull } from './errors.ts';
import { units } from './index.ts';
import { registerOpenApi } from './openapi.ts';
import { arrivedLocally, markLocalRequest, markUiRequest } from './ports.ts';
import { addressKey, TokenBuckets } from './token-bucket.ts';
import type { App, RouteRole } from './unit.ts';

const bodyLimitBytes = 1024 * 1024;
const retryFullDiskSeconds = 30;

/** Routes of plug-ins, which cannot declare a role themselves. */
const pluginRoutes: readonly [prefix: string, role: 'public'][] = [['/docs', 'public']];

export interface DeclaredRoute {
  method: string;
  url: string;
  role: RouteRole | undefined;
  /** Schemas of the answers by status, as they are documented. */
  answers: Record<string, unknown>;
}

const neverUsed = (): never => {
  throw new Error('Fastify asks for a compiler of its own, though one is set.');
};

const routesOf = new WeakMap<object, DeclaredRoute[]>();

/** Every route of a server with who may call it; HEAD routes that Fastify adds and those of plug-ins included. */
export const declaredRoutes = (app: FastifyInstance): readonly DeclaredRoute[] => routesOf.get(app.server) ?? [];

/**
 * The HTTP front: API, WebSocket, documentation and the built UI. Not listening yet.
 * Every route declares who may call it (`config.role`); registering one without throws.
 */
export async function createServer(services: Services): Promise<FastifyInstance> {
  const app: App = fastify({
    logger: false,
    bodyLimit: bodyLimitBytes,
    forceCloseConnections: true,
    requestTimeout: 60_000,
    // The client is whom a configured proxy says it is; what anybody else says of it is ignored.
    trustProxy: services.http.trustedProxies?.length ? [...services.http.trustedProxies] : false,
    routerOptions: { maxParamLength: 300 },
    // Where none are named, Fastify loads those of its own, which nothing uses: both compilers are set below.
    schemaController: { compilersFactory: { buildValidator: neverUsed, buildSerializer: neverUsed } },
    // What fails before a route is found (an address that is not well-formed) never reaches the error handler.
    frameworkErrors: (_error, _request, reply) => {
      const error = apiError('BODY_INVALID', 'The address is malformed. Check its % escapes.');
      reply.hijack();
      reply.raw.writeHead(error.status, { 'content-type': jsonType }).end(bodyOf(error));
    },
  }).withTypeProvider();
  const context = createContext(services);

  const readJson = app.getDefaultJsonParser('error', 'error');
  // Many clients name the type also where they send nothing.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) =>
    body === '' ? done(null, undefined) : readJson(request, body, done),
  );
  app.setValidatorCompiler(validatorCompiler);
  // Answers are built by us from our own types: their schemas document them and are checked in tests, not at run time.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  const routes: DeclaredRoute[] = [];
  routesOf.set(app.server, routes);
  app.addHook('onRoute', (route) => {
    const plugin = pluginRoutes.find(([prefix]) => route.url.startsWith(prefix));
    if (route.config?.role === undefined && plugin)
      route.config = { ...route.config, role: plugin[1], unlimited: true };
    if (route.config?.role === undefined)
      throw new Error(`Route ${String(route.method)} ${route.url} declares no role. Set config.role.`);
    for (const method of [route.method].flat()) {
      const answers = (route.schema?.response ?? {}) as Record<string, unknown>;
      routes.push({ method, url: route.url, role: route.config.role, answers });
    }
  });
  app.decorateRequest('principal', null);
  await app.register(cookie);
  secureHeaders(app, services.http);
  guard(app, services, context.identify);
  answerErrors(app, services);
  // Nothing is unpacked, so no body is larger than what was sent.
  app.addHook('preParsing', async ({ headers }) => {
    const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
    if (encoding !== 'identity') throw apiError('ENCODING_UNKNOWN', encoding);
  });
  app.addHook('onResponse', async (request, reply) => {
    context.traffic.note(request.method, reply.statusCode, reply.elapsedTime);
  });
  // Who is told that something was done may rely on its record: it outlives a power cut.
  app.addHook('onSend', async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') await services.state.audit.synced();
  });

  await registerOpenApi(app, services.http.version);
  for (const unit of units) {
    await app.register(async (scope) => {
      scope.addHook('onRoute', (route) => {
        route.schema = { tags: [unit.name], ...route.schema };
      });
      await unit.register(scope.withTypeProvider<ZodTypeProvider>(), context);
    });
  }
  return app.withTypeProvider<FastifyTypeProviderDefault>();
}

/** Serves the same app on another port. There, `/` is the UI. Rejects when the port is taken. */
export async function listenUi(app: FastifyInstance, options: { host: string; port: number }): Promise<Server> {
  await app.ready();
  const server = createHttpServer((request, response) => {
    markUiRequest(request);
    app.routing(request, response);
  });
  return listening(app, server, options);
}

/** Takes WebSockets too. */
function listening<S extends Server | SecureServer>(
  app: FastifyInstance,
  server: S,
  { host, port }: { host: string; port: number },
): Promise<S> {
  server.on('upgrade', (request, socket, head) => app.server.emit('upgrade', request, socket, head));
  return opened(server, { host, port });
}

async function opened<S extends Server | SecureServer>(server: S, where: ListenOptions): Promise<S> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return server;
}

/** Serves the same app over HTTPS. Rejects when the port is taken. @param isUi there, `/` is the UI */
export async function serveApart(
  app: FastifyInstance,
  options: { host: string; port: number; identity: { cert: string; key: string; passphrase?: string }; isUi: boolean },
): Promise<SecureServer> {
  await app.ready();
  const { identity, isUi } = options;
  const server = createHttpsServer(
    { ...identity, minVersion: 'TLSv1.2', requestTimeout: 60_000 },
    (request, response) => {
      if (isUi) markUiRequest(request);
      app.routing(request, response);
    },
  );
  return listening(app, server, options);
}

/**
 * Serves the same app on a Unix socket, without WebSockets. Whoever can open it is the owner of the data folder: a request
 * without a credential acts as the admin `local`. No proxy may ever stand in front of it.
 */
export async function listenLocal(app: FastifyInstance, path: string): Promise<Server> {
  await app.ready();
  const server = createHttpServer((request, response) => {
    markLocalRequest(request);
    app.routing(request, response);
  });
  server.on('connection', (socket) => {
    // There is no address; limits and the audit record need a word.
    Object.defineProperty(socket, 'remoteAddress', { value: localUser });
  });
  return opened(server, { path });
}

/** Limits, credential and role of every request, before its body is read. */
function guard(app: App, services: Services, identify: ReturnType<typeof createContext>['identify']): void {
  const buckets = new TokenBuckets();
  app.addHook('onRequest', async (request) => {
    const { role, unlimited, wrongKeyForbidden } = request.routeOptions.config;
    const rate = services.http.apiRatePerSecond;
    if (!unlimited) {
      const wait = buckets.take(addressKey(request.ip), 1, rate, rate * 2, services.now());
      if (wait > 0) throw rateLimited('requests from your address', wait);
    }
    if (role === undefined || role === 'public') return;
    const credential = credentialOf(request);
    if (!credential && !arrivedLocally(request)) throw apiError('CREDENTIAL_MISSING');
    const principal = credential ? await identify(credential) : localAdmin;
    if (!principal)
      throw apiError(wrongKeyForbidden && credential?.kind === 'key' ? 'KEY_REFUSED' : 'CREDENTIAL_INVALID');
    const changes = request.method !== 'GET' && request.method !== 'HEAD';
    if (principal.via === 'cookie' && changes && !isSameSite(request, services.http.corsOrigins))
      throw apiError('CROSS_SITE');
    if (!mayCall(principal, role)) throw apiError('ROLE_TOO_SMALL', role);
    if (!unlimited && principal.via !== 'local') {
      // From however many addresses.
      const wait = buckets.take(`credential ${principal.id}`, 1, rate, rate * 2, services.now());
      if (wait > 0) throw rateLimited('requests with this credential', wait);
    }
    request.principal = principal;
    // Whoever works with Phosor is never shut out by it, and neither is the proxy in front.
    if (principal.via !== 'local')
      services.response.sawCaller([request.ip, request.socket.remoteAddress ?? ''], principal.name);
  });
}

const contentPolicy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

function secureHeaders(app: App, { corsOrigins, hsts = true }: Services['http']): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('content-security-policy', contentPolicy);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('x-frame-options', 'DENY');
    reply.header('referrer-policy', 'no-referrer');
    reply.header('cross-origin-opener-policy', 'same-origin');
    if (hsts && request.protocol === 'https') reply.header('strict-transport-security', 'max-age=31536000');
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
    const { origin } = request.headers;
    if (origin === undefined || corsOrigins.length === 0) return;
    reply.header('vary', 'origin');
    if (!corsOrigins.includes(origin)) return;
    reply.header('access-control-allow-origin', origin);
    reply.header('access-control-allow-credentials', 'true');
    reply.header('access-control-expose-headers', 'x-next-cursor, x-total-count, x-hidden-signals, retry-after');
  });
  app.options('/*', { config: { role: 'public' }, schema: { hide: true } }, async (request, reply) => {
    if (request.headers.origin !== undefined && corsOrigins.includes(request.headers.origin)) {
      reply.header('access-control-allow-methods', 'GET, HEAD, POST, PUT, PATCH, DELETE');
      reply.header('access-control-allow-headers', 'authorization, content-type, x-api-key');
      reply.header('access-control-max-age', '600');
    }
    return reply.code(204).send();
  });
}

/** One shape for every error: `{ detail, code }`. */
function answerErrors(app: App, services: Services): void {
  app.setErrorHandler((error: Error & { code?: string; statusCode?: number }, request, reply) => {
    if (error instanceof ApiError) return sendError(reply, error);
    if (error instanceof SpoolFullError) return sendError(reply, storageFull(error.retryAfterSeconds));
    if (isDiskTrouble(error)) return sendError(reply, storageFull(retryFullDiskSeconds));
    if (hasZodFastifySchemaValidationErrors(error))
      return sendError(reply, apiError('VALIDATION_FAILED', validationSentence(error)));
    if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
      return sendError(reply, apiError('BODY_TOO_LARGE', request.routeOptions.bodyLimit ?? bodyLimitBytes));
    if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
      return sendError(reply, apiError('MEDIA_TYPE_UNKNOWN', request.headers['content-type'] ?? ''));
    if (error.code === 'FST_ERR_CTP_INVALID_JSON_BODY' || error.code === 'FST_ERR_CTP_EMPTY_JSON_BODY')
      return sendError(
        reply,
        apiError('BODY_INVALID', 'The body is not valid JSON. Check quotes, commas and brackets.'),
      );
    if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500)
      return sendError(
        reply,
        new ApiError(
          error.statusCode,
          'BODY_INVALID',
          'The request is malformed. Check its headers and its body.',
          null,
        ),
      );
    const reference = randomBytes(4).toString('hex');
    services.log(
      'error',
      `${request.method} ${request.url.split('?')[0]} failed (${reference}): ${error.stack ?? error.message}`,
    );
    return sendError(reply, apiError('INTERNAL', reference));
  });
}

const jsonType = 'application/json; charset=utf-8';
const bodyOf = (error: ApiError, more: object = {}): string =>
  JSON.stringify({ detail: error.message, code: error.code, ...error.extra, ...more });

function sendError(reply: FastifyReply, error: ApiError): FastifyReply {
  if (error.retryAfter !== null) reply.header('retry-after', String(error.retryAfter));
  if (error.status === 401) reply.header('www-authenticate', 'Bearer');
  // CrowdSec's clients read the sentence from `message`.
  const more = reply.request.url.startsWith('/v1/') ? { message: error.message } : {};
  return reply.code(error.status).type(jsonType).send(bodyOf(error, more));
}

interface ZodProblem {
  instancePath?: string;
  message?: string;
}

function validationSentence(error: { validation: readonly unknown[]; validationContext?: string }): string {
  const where = { body: 'the body', querystring: 'the query', params: 'the path', headers: 'the headers' };
  const part = where[error.validationContext as keyof typeof where] ?? 'the request';
  const problems = (error.validation as ZodProblem[]).slice(0, 5).map((problem) => {
    const field = (problem.instancePath ?? '').split('/').filter(Boolean).join('.');
    const said = (problem.message ?? 'is not accepted')
      .replace(/^Invalid input: /, '')
      .replace(/^expected number, received NaN$/, 'is no number. Write digits')
      .replace(/^expected (.+), received undefined$/, 'is missing. It must be: $1')
      .replace(/\.$/, '');
    return field === '' ? `In ${part}: ${said}.` : `In ${part}, "${field}": ${said}.`;
  });
  return problems.join(' ');
}
