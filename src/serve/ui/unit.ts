import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { apiError } from '../errors.ts';
import { arrivedAtUiPort } from '../ports.ts';
import { type App, defineUnit } from '../unit.ts';
import { prefersHtml } from './negotiate.ts';

const rootInfo = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string(),
  message: z.string(),
  docs: z.string(),
  endpoints: z.record(z.string(), z.string()),
});

const howToBuild = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Phosor</title></head>
<body><h1>Phosor runs, but its pages are not built</h1>
<p>Run <code>npm run build:web</code> in the checkout and start Phosor again. The API works meanwhile: see <a href="/docs">/docs</a>.</p>
</body></html>
`;

/** Paths that are never a page of the UI. */
const notPages = ['/api/', '/ws/', '/docs', '/health', '/openapi.json', '/redoc', '/assets/'];

/** Pages whose path ends in a name or address, which may look like that of a file. */
const namedPages = '/entity/';

export const ui = defineUnit({
  name: 'ui',
  description: 'The web pages, and what this is for programs that ask.',
  async register(app, { services }) {
    const folder = services.http.uiFolder;
    if (folder !== null) {
      await app.register(fastifyStatic, {
        root: folder,
        serve: false,
        // Names under assets/ carry a hash of the content; everything else may change with an update.
        setHeaders: (reply, path) => {
          const isHashed = path.startsWith(join(folder, 'assets'));
          reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
        },
        cacheControl: false,
      });
    }
    const page = (reply: FastifyReply) =>
      folder === null ? reply.type('text/html; charset=utf-8').send(howToBuild) : reply.sendFile('index.html');

    app.get(
      '/',
      {
        config: { role: 'public', unlimited: true },
        schema: { summary: 'What this is; browsers get the UI', response: { 200: rootInfo } },
      },
      async (request, reply) => {
        reply.header('vary', 'accept');
        const accept = request.headers.accept;
        const wantsPage = prefersHtml(accept) || (arrivedAtUiPort(request) && !/application\/json/i.test(accept ?? ''));
        if (wantsPage) return page(reply) as never;
        return {
          name: 'PHOSOR',
          version: services.http.version,
          description: 'Collects security logs, detects attacks as they happen and explains every alert.',
          message: 'Phosor runs. Its pages are here for browsers; /docs describes the interface for programs.',
          docs: '/docs',
          endpoints: {
            auth: '/api/auth/token',
            alerts: '/api/alerts',
            events: '/api/events',
            rules: '/api/rules',
            sources: '/api/sources',
            stats: '/api/stats',
            webhook: '/api/webhook/{source_id}',
            websocket: '/ws/events',
            health: '/health',
            docs: '/docs',
            reference: '/redoc',
            openapi: '/openapi.json',
          },
        };
      },
    );
    app.get('/*', { config: { role: 'public', unlimited: true }, schema: { hide: true } }, async (request, reply) => {
      const path = decodePath(request.url);
      const isFile = /\.[A-Za-z0-9]{1,8}$/.test(path) && !path.startsWith(namedPages);
      if (folder !== null && isFile) return reply.sendFile(path.slice(1));
      if (notPages.some((prefix) => path.startsWith(prefix))) throw apiError('ROUTE_UNKNOWN', request.method, path);
      return page(reply);
    });
    answerUnknown(app);
  },
});

function decodePath(url: string): string {
  const path = url.split('?', 1)[0] ?? '/';
  try {
    return decodeURIComponent(path);
  } catch {
    throw apiError('ROUTE_UNKNOWN', 'GET', path);
  }
}

function answerUnknown(app: App): void {
  app.setNotFoundHandler({}, async (request: FastifyRequest) => {
    throw apiError('ROUTE_UNKNOWN', request.method, request.url.split('?', 1)[0] ?? '');
  });
}
