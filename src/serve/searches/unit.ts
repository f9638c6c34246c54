import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { isoTime } from '../../model/index.ts';
import { fieldName, parseQuery, queryLimits } from '../../model/query/index.ts';
import type { SavedSearch } from '../../store/contract.ts';
import { apiError } from '../errors.ts';
import { errorBody, idParams } from '../schemas.ts';
import { type App, defineUnit, type Principal, type ServeContext } from '../unit.ts';

/** Saved searches that one person may have. */
const most = 200;

const isoText = z.iso.datetime({ offset: true });
const range = z
  .union([
    z.strictObject({ last: z.enum(['15m', '1h', '6h', '24h', '7d', '30d']) }),
    z
      .strictObject({ from: isoText, to: isoText })
      .refine(({ from, to }) => Date.parse(from) < Date.parse(to), 'the end of the range must come after its start'),
  ])
  .nullable()
  .meta({ description: 'The last hours as of whenever it is opened, or a fixed time. Null: all time.' });

const name = z
  .string()
  .trim()
  .min(1, 'give the search a name')
  .max(120)
  .regex(/^[^\p{Cc}]*$/u, 'a name has no control characters');

const query = z
  .string()
  .max(queryLimits.length)
  .superRefine((text, context) => {
    const parsed = parseQuery(text);
    if (parsed.ok) return;
    const [error] = parsed.errors;
    if (error) context.addIssue(`at character ${error.at.from + 1}: ${error.message}`);
  });

const body = z.strictObject({
  name,
  query,
  columns: z.array(z.string().regex(fieldName, 'is no name of a field')).max(40).default([]),
  view: z.enum(['table', 'raw', 'json']).default('table'),
  range: range.default(null),
  shared: z.boolean().default(false),
});
const change = z
  .strictObject({
    name: name.optional(),
    query: query.optional(),
    columns: z.array(z.string().regex(fieldName, 'is no name of a field')).max(40).optional(),
    view: z.enum(['table', 'raw', 'json']).optional(),
    range: range.optional(),
    shared: z.boolean().optional(),
  })
  .refine((given) => Object.keys(given).length > 0, 'name what to change');

const shape = z.object({
  id: z.string(),
  name: z.string(),
  query: z.string(),
  columns: z.array(z.string()),
  view: z.enum(['table', 'raw', 'json']),
  range: z.union([z.object({ last: z.string() }), z.object({ from: z.string(), to: z.string() })]).nullable(),
  shared: z.boolean(),
  owner: z.string(),
  /** The caller may change and delete it. */
  mine: z.boolean(),
  created_at: z.string(),
  updated_at: z.string(),
});

export const searches = defineUnit({
  name: 'searches',
  description: 'Searches with a name: own ones, and those that are shared with everybody.',
  register(app, context) {
    registerReading(app, context);
    registerChanging(app, context);
  },
});

const ownerOf = (principal: Principal | null): { id: string; name: string } => ({
  id: principal?.id ?? '',
  name: principal?.name ?? '',
});

const mayChange = (principal: Principal | null, search: SavedSearch): boolean =>
  search.owner_id === principal?.id || (search.shared && principal?.role === 'admin');

function view(principal: Principal | null, { owner_id, ...search }: SavedSearch) {
  return {
    ...search,
    mine: mayChange(principal, { owner_id, ...search }),
    created_at: isoTime(search.created_at),
    updated_at: isoTime(search.updated_at),
  };
}

function registerReading(app: App, { services }: ServeContext): void {
  app.get(
    '/api/searches',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Saved searches: your own and all shared ones, by name',
        response: { 200: z.array(shape) },
      },
    },
    async ({ principal }) =>
      services.state.savedSearches.visible(ownerOf(principal).id).map((search) => view(principal, search)),
  );
  app.get(
    '/api/searches/:id',
    {
      config: { role: 'viewer' },
      schema: { summary: 'One saved search', params: idParams, response: { 200: shape, 404: errorBody } },
    },
    async ({ principal, params }) => view(principal, visible(services.state.savedSearches, principal, params.id)),
  );
}

type Table = ServeContext['services']['state']['savedSearches'];

/** Throws NOT_FOUND for what the caller may not see, too. */
function visible(table: Table, principal: Principal | null, id: string): SavedSearch {
  const search = table.byId(id);
  if (!search || !(search.shared || search.owner_id === principal?.id)) throw apiError('NOT_FOUND', 'saved search', id);
  return search;
}

function registerChanging(app: App, { services, audit }: ServeContext): void {
  const table = services.state.savedSearches;
  const requireFree = (ownerId: string, wanted: string, except: string | null) => {
    const isTaken = table
      .visible(ownerId)
      .some((each) => each.owner_id === ownerId && each.id !== except && sameName(each.name, wanted));
    if (isTaken) throw apiError('SEARCH_EXISTS', wanted);
  };
  const requireMaySay = (principal: Principal | null, shared: boolean) => {
    if (shared && principal?.role === 'viewer') throw apiError('ROLE_TOO_SMALL', 'analyst');
  };
  const requireOwn = (principal: Principal | null, search: SavedSearch) => {
    if (!mayChange(principal, search)) throw apiError('SEARCH_NOT_YOURS', search.owner);
  };

  app.post(
    '/api/searches',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Save a search',
        description: 'Viewers save searches for themselves; analysts and administrators may share theirs.',
        body,
        response: { 201: shape, 403: errorBody, 409: errorBody },
      },
    },
    async (request, reply) => {
      const { principal } = request;
      const owner = ownerOf(principal);
      requireMaySay(principal, request.body.shared);
      if (table.count(owner.id) >= most) throw apiError('SEARCH_LIMIT', most);
      requireFree(owner.id, request.body.name, null);
      const now = services.now();
      const search: SavedSearch = {
        id: randomUUID(),
        owner_id: owner.id,
        owner: owner.name,
        created_at: now,
        updated_at: now,
        ...request.body,
      };
      table.put(search);
      audit(request, 'search_saved', { id: search.id, name: search.name, shared: search.shared });
      return reply.code(201).send(view(principal, search));
    },
  );
  app.patch(
    '/api/searches/:id',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Change a saved search',
        description: 'Its owner may, and administrators for shared ones.',
        params: idParams,
        body: change,
        response: { 200: shape, 403: errorBody, 404: errorBody, 409: errorBody },
      },
    },
    async (request) => {
      const { principal } = request;
      const search = visible(table, principal, request.params.id);
      requireOwn(principal, search);
      const given = Object.fromEntries(
        Object.entries(request.body).filter(([, value]) => value !== undefined),
      ) as Partial<SavedSearch>;
      requireMaySay(principal, given.shared === true && !search.shared);
      const next: SavedSearch = { ...search, ...given, updated_at: services.now() };
      if (!sameName(next.name, search.name)) requireFree(search.owner_id, next.name, search.id);
      table.put(next);
      audit(request, 'search_modified', { id: next.id, name: next.name, changed: Object.keys(given) });
      return view(principal, next);
    },
  );
  app.delete(
    '/api/searches/:id',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Delete a saved search',
        description: 'Its owner may, and administrators for shared ones.',
        params: idParams,
        response: { 200: z.object({ status: z.literal('deleted') }), 403: errorBody, 404: errorBody },
      },
    },
    async (request) => {
      const search = visible(table, request.principal, request.params.id);
      requireOwn(request.principal, search);
      table.remove(search.id);
      audit(request, 'search_deleted', { id: search.id, name: search.name });
      return { status: 'deleted' as const };
    },
  );
}

const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
