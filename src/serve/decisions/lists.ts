import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Decision, isoTime } from '../../model/index.ts';
import type { DecisionList } from '../../store/contract.ts';
import { hashSecret, newSecret } from '../auth/tokens.ts';
import { apiError } from '../errors.ts';
import { errorBody, flag, idParams } from '../schemas.ts';
import type { App, ServeContext } from '../unit.ts';
import { registerCrowdsec } from './crowdsec.ts';
import { expanded, type ListFormat, listFormats, listText } from './formats.ts';
import { sentence } from './shapes.ts';

const formats = Object.keys(listFormats) as [ListFormat, ...ListFormat[]];
const tokenPrefix = 'phl_';
const mostLists = 50;
/** Lines of a list whose ranges are written out. */
const mostExpanded = 65_536;
const listQuery = z.looseObject({
  expand: flag.optional().meta({
    description:
      'Ranges of IPv4 as their single addresses, for readers that know no ranges. Those of IPv6 stay ranges: they hold too many.',
  }),
});

const listShape = z.object({
  id: z.string(),
  name: z.string(),
  format: z.enum(formats),
  by: z.string(),
  created_at: z.string(),
  last_used_at: z.string().nullable(),
});
const listBody = z.union([z.string(), z.looseObject({})]).meta({ description: 'The list, in the form asked for.' });
const listView = ({ hash: _, created_at, last_used_at, format, ...list }: DecisionList) => ({
  ...list,
  format: format as ListFormat,
  created_at: isoTime(created_at),
  last_used_at: last_used_at === null ? null : isoTime(last_used_at),
});

/** What is blocked now, by address. Never what is in dry-run. */
export function blockedNow({ services }: ServeContext): Decision[] {
  const now = services.now();
  return services.state.decisions
    .current()
    .filter(({ state, kind, expires }) => state === 'active' && kind === 'block' && expires > now);
}

/** What is blocked, for firewalls that read it themselves: by a key in the header, or by the token of one list. */
export function registerLists(app: App, context: ServeContext): void {
  const { services, audit } = context;
  const { lists } = services.state.decisions;
  const answer = (format: ListFormat, expand: boolean | undefined) => {
    const blocked = blockedNow(context);
    const told = expand === true ? expanded(blocked, mostExpanded) : blocked;
    if (told === null)
      throw apiError(
        'DECISION_REFUSED',
        `Expanded these are more than ${mostExpanded} addresses. Read the list with its ranges: leave expand out.`,
      );
    return listText(told, format, services.now());
  };

  registerCrowdsec(app, context);

  /** Addresses end up in logs and histories: a key has no place there. */
  const refuseKeys = (query: unknown): void => {
    const names = Object.keys(query as object);
    const found = names.find((name) => /^(?:api[_-]?key|key|token|access_token|password)$/i.test(name));
    if (found !== undefined) throw apiError('KEY_IN_QUERY', found);
  };

  app.get(
    '/api/decisions/list/:format',
    {
      config: { role: 'bouncer', wrongKeyForbidden: true },
      schema: {
        summary: 'What is blocked now, as a list',
        description:
          'For API keys with the scope `bouncer`, in the header X-API-Key. Dry-run decisions are never in it.',
        params: z.object({ format: z.enum(formats) }),
        querystring: listQuery,
        response: { 200: listBody, 400: errorBody, 422: errorBody },
      },
    },
    async (request, reply) => {
      refuseKeys(request.query);
      const { format } = request.params;
      return reply
        .type(listFormats[format].type)
        .serializer((text: string) => text)
        .send(answer(format, request.query.expand));
    },
  );
  app.get(
    '/lists/:token',
    {
      config: { role: 'public' },
      schema: {
        summary: 'A list for one firewall, by its token',
        params: z.object({ token: z.string().min(1).max(100) }),
        querystring: listQuery,
        response: { 200: listBody, 400: errorBody, 404: errorBody, 422: errorBody },
      },
    },
    async (request, reply) => {
      refuseKeys(request.query);
      const list = lists.byHash(hashSecret(request.params.token));
      if (list === null) throw apiError('LIST_UNKNOWN');
      const now = services.now();
      if (list.last_used_at === null || now - list.last_used_at >= 60_000) lists.put({ ...list, last_used_at: now });
      const format = list.format as ListFormat;
      return reply
        .header('cache-control', 'no-store')
        .type(listFormats[format].type)
        .serializer((text: string) => text)
        .send(answer(format, request.query.expand));
    },
  );
  app.get(
    '/api/response/lists',
    {
      config: { role: 'admin' },
      schema: { summary: 'Lists with a token', response: { 200: z.array(listShape) } },
    },
    async () => lists.list().map(listView),
  );
  app.post(
    '/api/response/lists',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Make a list with a token of its own',
        description:
          'For firewalls that can send no header. The token is in this answer only, and opens this one list and nothing else.',
        body: z.strictObject({ name: sentence(80), format: z.enum(formats) }),
        response: { 201: listShape.extend({ path: z.string() }), 422: errorBody },
      },
    },
    async (request, reply) => {
      if (lists.list().length >= mostLists)
        throw apiError('DECISION_REFUSED', `There are ${mostLists} lists already. Remove one that nobody reads.`);
      const token = newSecret(tokenPrefix);
      const list: DecisionList = {
        id: randomUUID(),
        name: request.body.name,
        format: request.body.format,
        hash: hashSecret(token),
        by: request.principal?.name ?? 'somebody',
        created_at: services.now(),
        last_used_at: null,
      };
      lists.put(list);
      audit(request, 'decision_list_added', { id: list.id, name: list.name, format: list.format });
      return reply.code(201).send({ ...listView(list), path: `/lists/${token}` });
    },
  );
  app.delete(
    '/api/response/lists/:id',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Remove a list: its token opens nothing any more',
        params: idParams,
        response: { 200: z.object({ status: z.literal('removed') }), 404: errorBody },
      },
    },
    async (request) => {
      const { id } = request.params;
      if (!lists.remove(id)) throw apiError('NOT_FOUND', 'list', id);
      audit(request, 'decision_list_removed', { id });
      return { status: 'removed' as const };
    },
  );
}
