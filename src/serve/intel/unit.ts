import { isIP } from 'node:net';
import { z } from 'zod';
import { isoTime } from '../../model/index.ts';
import { apiError } from '../errors.ts';
import { asyncRefusal, refusal } from '../refusal.ts';
import { reputationShape } from '../reputation/shapes.ts';
import { errorBody, flag, idParams } from '../schemas.ts';
import { defineUnit } from '../unit.ts';
import {
  allowedShape,
  databaseShape,
  factsShape,
  levels,
  listShape,
  listView,
  providerShape,
  providerView,
  summaryShape,
} from './shapes.ts';

const uploadLimit = 32 * 1024 * 1024;
/** A zero byte or a line break in a name would only be there to mislead. */
const word = (most: number) =>
  z
    .string()
    .trim()
    .regex(new RegExp(`^[^\\p{C}]{1,${most}}$`, 'u'), `up to ${most} plain characters`);
const category = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,30}$/, 'one lower-case word such as c2, attacks or scanners')
  .default('own');
const level = z.enum(levels).default('malicious');
const everyHours = z
  .int()
  .min(1)
  .max(24 * 30)
  .default(24);
const providerParams = z.object({ source: z.enum(['virustotal', 'abuseipdb', 'otx']) });

export const intel = defineUnit({
  name: 'intel',
  description: 'Lists of known addresses, who is asked about addresses, and what never matches.',
  register(app, { services, audit }) {
    const control = () => services.intel;

    app.get(
      '/api/intel',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Lists, providers, allowed networks, databases of places',
          description:
            'No list is fetched and no provider is asked before somebody switches it on. Keys are never shown.',
          response: {
            200: z.object({
              summary: summaryShape,
              lists: z.array(listShape),
              providers: z.array(providerShape),
              allowed: z.array(allowedShape),
              databases: z.array(databaseShape),
            }),
          },
        },
      },
      async () => {
        const { built_at, ...summary } = control().summary();
        return {
          summary: { ...summary, built_at: built_at === null ? null : isoTime(built_at) },
          lists: control().lists().map(listView),
          providers: control().providers().map(providerView),
          allowed: control()
            .allowed()
            .map((each) => ({ ...each, created_at: isoTime(each.created_at) })),
          databases: control().databases(),
        };
      },
    );
    app.post(
      '/api/intel/lists',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Add a list by its address',
          description:
            'Text, netset, CSV or JSON with one address or network a line, over http or https. Internal servers are refused unless `intel.allowPrivateLists` is on. It is fetched at once.',
          body: z.strictObject({ name: word(80), url: z.string().max(2000), category, level, every_hours: everyHours }),
          response: { 200: listShape, 422: errorBody },
        },
      },
      async (request) => {
        const { every_hours, ...list } = request.body;
        const added = refusal('INTEL_REFUSED', () => control().addList({ ...list, everyHours: every_hours }));
        audit(request, 'intel_list_added', { list: added.id, name: added.name, url: added.url });
        return listView(added);
      },
    );
    app.post(
      '/api/intel/lists/upload',
      {
        config: { role: 'admin' },
        bodyLimit: uploadLimit,
        schema: {
          summary: 'Add a list from a file, or replace one that was',
          body: z.strictObject({
            id: z
              .string()
              .max(200)
              .optional()
              .meta({ description: 'Of a list that was uploaded before: it is replaced.' }),
            name: word(80),
            category,
            level,
            text: z.string().min(1).max(uploadLimit),
          }),
          response: { 200: listShape, 413: errorBody, 422: errorBody },
        },
      },
      async (request) => {
        const { id, text, ...list } = request.body;
        const added = await asyncRefusal('INTEL_REFUSED', () => control().uploadList(id ?? null, list, text));
        audit(request, id === undefined ? 'intel_list_added' : 'intel_list_changed', {
          list: added.id,
          name: added.name,
          bytes: added.bytes,
        });
        return listView(added);
      },
    );
    app.patch(
      '/api/intel/lists/:id',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Switch a list on or off, or change it',
          description: 'Switching it on fetches it, and again every so many hours.',
          params: idParams,
          body: z.strictObject({
            enabled: z.boolean().optional(),
            name: word(80).optional(),
            level: z.enum(levels).optional(),
            every_hours: z
              .int()
              .min(1)
              .max(24 * 30)
              .optional(),
          }),
          response: { 200: listShape, 422: errorBody },
        },
      },
      async (request) => {
        const { every_hours, enabled, name, level: severity } = request.body;
        const change = {
          ...(enabled !== undefined && { enabled }),
          ...(name !== undefined && { name }),
          ...(severity !== undefined && { level: severity }),
          ...(every_hours !== undefined && { everyHours: every_hours }),
        };
        const changed = refusal('INTEL_REFUSED', () => control().changeList(request.params.id, change));
        audit(request, 'intel_list_changed', { list: changed.id, ...change });
        return listView(changed);
      },
    );
    app.delete(
      '/api/intel/lists/:id',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Remove a list of your own',
          params: idParams,
          response: { 200: z.object({ status: z.literal('removed') }), 404: errorBody, 422: errorBody },
        },
      },
      async (request) => {
        const { id } = request.params;
        if (!refusal('INTEL_REFUSED', () => control().removeList(id))) throw apiError('NOT_FOUND', 'list', id);
        audit(request, 'intel_list_removed', { list: id });
        return { status: 'removed' as const };
      },
    );
    app.post(
      '/api/intel/lists/:id/fetch',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Fetch a list now',
          description: 'Answers when it is over; `error` says what went wrong.',
          params: idParams,
          response: { 200: listShape, 422: errorBody },
        },
      },
      async (request) => listView(await asyncRefusal('INTEL_REFUSED', () => control().fetchList(request.params.id))),
    );
    app.post(
      '/api/intel/allowed',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Let no list match an address or network',
          body: z.strictObject({ network: z.string().min(2).max(64), reason: word(300) }),
          response: { 200: allowedShape, 422: errorBody },
        },
      },
      async (request) => {
        const { network, reason } = request.body;
        const by = request.principal?.name ?? 'somebody';
        const allowed = refusal('INTEL_REFUSED', () => control().allow(network, reason, by));
        audit(request, 'intel_network_allowed', { network: allowed.network, reason });
        return { ...allowed, created_at: isoTime(allowed.created_at) };
      },
    );
    app.delete(
      '/api/intel/allowed',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Let lists match it again',
          querystring: z.object({ network: z.string().min(2).max(64) }),
          response: { 200: z.object({ status: z.literal('removed') }), 404: errorBody },
        },
      },
      async (request) => {
        const { network } = request.query;
        if (!control().disallow(network)) throw apiError('NOT_FOUND', 'allowed network', network);
        audit(request, 'intel_network_disallowed', { network });
        return { status: 'removed' as const };
      },
    );
    app.put(
      '/api/intel/providers/:source/key',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Set a provider’s key, or remove it',
          description:
            'It is kept encrypted and never shown again. A key of the configuration goes before it. `null` removes it.',
          params: providerParams,
          body: z.strictObject({
            key: z
              .string()
              .trim()
              .min(8)
              .max(512)
              .regex(/^[\x21-\x7e]+$/, 'plain characters without spaces')
              .nullable(),
          }),
          response: { 200: providerShape, 422: errorBody },
        },
      },
      async (request) => {
        const { source } = request.params;
        const { key } = request.body;
        refusal('INTEL_REFUSED', () => control().setKey(source, key));
        audit(request, 'intel_key_changed', { provider: source, set: key !== null });
        return providerView(
          control()
            .providers()
            .find((each) => each.source === source) ?? never(source),
        );
      },
    );
    app.post(
      '/api/intel/providers/:source/test',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Ask a provider about a well-known address',
          description: 'Takes one question from its budget.',
          params: providerParams,
          response: { 200: z.object({ ok: z.boolean(), message: z.string() }), 422: errorBody },
        },
      },
      async (request) => asyncRefusal('INTEL_REFUSED', () => control().test(request.params.source)),
    );
    app.get(
      '/api/intel/addresses/:address',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'What is known of an address: place, lists, reputation',
          description:
            '`ask`: providers are asked where they have not been, for analysts. Else only what is known is told.',
          params: z.object({
            address: z
              .string()
              .min(2)
              .max(64)
              .refine((text) => isIP(text) !== 0, 'no IPv4 or IPv6 address'),
          }),
          querystring: z.object({ ask: flag.default(false) }),
          response: {
            200: factsShape.extend({ reputation: reputationShape.nullable(), unavailable: z.string().nullable() }),
            422: errorBody,
          },
        },
      },
      async (request) => {
        const { role } = request.principal ?? { role: null };
        const mayAsk = role === 'analyst' || role === 'admin';
        const facts = await asyncRefusal('INTEL_REFUSED', () =>
          control().facts(request.params.address, request.query.ask && mayAsk),
        );
        return { ...facts, geo: facts.geo ?? null, unavailable: services.reputation.unavailable };
      },
    );
  },
});

function never(source: string): never {
  throw new Error(`there is no provider ${source}`);
}
