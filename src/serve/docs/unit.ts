import swaggerUi from '@fastify/swagger-ui';
import { defineUnit } from '../unit.ts';
import { openApi3, referencePage } from './reference.ts';

export const docs = defineUnit({
  name: 'docs',
  description: 'This documentation. Everything it needs is served from here.',
  async register(app) {
    await app.register(swaggerUi, {
      routePrefix: '/docs',
      uiConfig: { docExpansion: 'none', persistAuthorization: false, validatorUrl: null },
      theme: { title: 'Phosor API' },
    });
    app.get(
      '/openapi.json',
      { config: { role: 'public' }, schema: { summary: 'The API as an OpenAPI 3.1 document' } },
      async (_request, reply) => reply.send(app.swagger()),
    );
    let page: string | null = null;
    app.get(
      '/redoc',
      { config: { role: 'public' }, schema: { summary: 'The API reference as one page' } },
      async (_request, reply) => {
        page ??= referencePage(openApi3(app.swagger()));
        return reply.type('text/html; charset=utf-8').send(page);
      },
    );
  },
});
