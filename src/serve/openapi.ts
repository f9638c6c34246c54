import swagger from '@fastify/swagger';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { units } from './index.ts';
import type { App, RouteRole } from './unit.ts';

const securityOf: Record<RouteRole, { security?: Record<string, string[]>[] }> = {
  public: { security: [] },
  viewer: {},
  analyst: {},
  admin: {},
  metrics: {},
  bouncer: {},
  ingest: {},
};

/** Collects the routes' schemas into an OpenAPI 3.1 document. Registered before the routes. */
export async function registerOpenApi(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Phosor',
        version,
        description:
          'Collects security logs, detects attacks as they happen and explains every alert. ' +
          'Every answer that is no success is `{ "detail": "a sentence", "code": "A_CODE" }`.',
      },
      tags: units.map(({ name, description }) => ({ name, description })),
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          session: { type: 'apiKey', in: 'cookie', name: 'phosor_session' },
          apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        },
      },
      security: [{ bearer: [] }, { apiKey: [] }, { session: [] }],
    },
    transform: (input) => {
      const output = jsonSchemaTransform(input);
      const role = input.route.config?.role ?? 'public';
      const said = role === 'public' ? 'Needs no credential.' : `Needs: ${role}.`;
      const description = [output.schema.description, said].filter(Boolean).join('\n\n');
      return { ...output, schema: { ...output.schema, ...securityOf[role], description, 'x-role': role } };
    },
    transformObject: jsonSchemaTransformObject,
  });
}
