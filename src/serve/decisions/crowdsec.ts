import { z } from 'zod';
import { type Decision, isoTime, networkTest } from '../../model/index.ts';
import { flag } from '../schemas.ts';
import type { App, Principal, ServeContext } from '../unit.ts';
import { goDuration } from './formats.ts';
import { blockedNow } from './lists.ts';

/*
 * The part of CrowdSec's local API that its bouncers use, so that they work with Phosor as they are. Only blocks that are
 * enforced are told: a bouncer knows no redirect, and dry-run reaches nobody.
 */

const crowdsecShape = z.object({
  id: z.int(),
  uuid: z.string(),
  origin: z.string(),
  type: z.string(),
  scope: z.string(),
  value: z.string(),
  duration: z.string(),
  scenario: z.string(),
});
type CrowdsecDecision = z.infer<typeof crowdsecShape>;

const words = z
  .string()
  .max(2000)
  .transform((text) => text.split(',').map((word) => word.trim().toLowerCase()))
  .optional();
const common = {
  scopes: words,
  origins: words,
  scenarios_containing: words,
  scenarios_not_containing: words,
  type: z.string().max(50).optional(),
};
const origin = 'phosor';

const scenarioOf = ({ policy }: Decision): string => `phosor/${policy ?? 'manual'}`;

/** Whole numbers stand for the id, which bouncers only compare. */
const numberOf = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);

/** As bouncers know it. Some keep no ranges: the address for whose sake an IPv6 prefix is blocked is told by itself too. */
function told(decision: Decision, now: number): CrowdsecDecision[] {
  const { id, target, address, expires, state } = decision;
  return [target, ...(address === undefined ? [] : [address])].map((value, i) => ({
    id: numberOf(id) + i,
    uuid: id,
    origin,
    type: 'ban',
    scope: value.includes('/') ? 'Range' : 'Ip',
    value,
    duration: expires > now && state === 'active' ? goDuration(expires - now) : '-1s',
    scenario: scenarioOf(decision),
  }));
}

type Common = { [Name in keyof typeof common]?: (typeof common)[Name] extends z.ZodType<infer Value> ? Value : never };

function fits({ scope, scenario }: CrowdsecDecision, asked: Common): boolean {
  const has = (parts: string[] | undefined) => parts?.some((part) => part !== '' && scenario.includes(part));
  if (asked.scopes && !asked.scopes.includes(scope.toLowerCase())) return false;
  if (asked.origins && !asked.origins.includes(origin)) return false;
  if (asked.type !== undefined && asked.type !== 'ban') return false;
  if (has(asked.scenarios_containing) === false) return false;
  return has(asked.scenarios_not_containing) !== true;
}

const orNull = (list: CrowdsecDecision[]) => (list.length === 0 ? null : list);

export function registerCrowdsec(app: App, context: ServeContext): void {
  const { services } = context;
  const { decisions } = services.state;

  app.get(
    '/v1/decisions',
    {
      config: { role: 'bouncer', wrongKeyForbidden: true },
      schema: {
        summary: 'What is blocked, as CrowdSec’s bouncers ask for it',
        description: 'For API keys with the scope `bouncer`, in the header X-Api-Key. `null`: nothing.',
        querystring: z.looseObject({
          ...common,
          scope: z.string().max(50).optional(),
          value: z.string().max(64).optional(),
          ip: z.string().max(64).optional(),
          range: z.string().max(64).optional(),
          contains: flag.optional().meta({ description: 'Default: true. Decisions that hold the ip or range.' }),
        }),
        response: { 200: z.array(crowdsecShape).nullable() },
      },
    },
    async (request, reply) => {
      const { scope, value, ip, range, contains, ...rest } = request.query;
      const now = services.now();
      const asked = ip ?? range;
      const found = blockedNow(context)
        .flatMap((decision) => told(decision, now))
        .filter((decision) => {
          if (!fits(decision, rest)) return false;
          if (scope !== undefined && scope.toLowerCase() !== decision.scope.toLowerCase()) return false;
          if (value !== undefined && value !== decision.value) return false;
          if (asked === undefined) return true;
          const [base, prefix] = asked.split('/') as [string, string?];
          const [own, bits] = decision.value.split('/') as [string, string?];
          const width = base.includes(':') ? 128 : 32;
          const isWider = Number(bits ?? width) <= Number(prefix ?? width);
          if (contains !== false) return isWider && networkTest(decision.value)?.(base) === true;
          return networkTest(asked)?.(own) === true;
        });
      note(request, null);
      // Fastify sends nothing at all for null.
      const orNullText = (list: CrowdsecDecision[]) => (list.length === 0 ? 'null' : JSON.stringify(list));
      return reply.type('application/json; charset=utf-8').serializer(orNullText).send(found);
    },
  );
  app.get(
    '/v1/decisions/stream',
    {
      config: { role: 'bouncer', wrongKeyForbidden: true },
      schema: {
        summary: 'What is new and what has ended since the key asked last',
        description: '`startup=true`: everything that holds now.',
        querystring: z.looseObject({ ...common, startup: flag.optional() }),
        response: {
          200: z.object({
            new: z.array(crowdsecShape).nullable(),
            deleted: z.array(crowdsecShape).nullable(),
          }),
        },
      },
    },
    async (request) => {
      const { startup, ...rest } = request.query;
      const now = services.now();
      const revision = decisions.revision();
      const last = decisions.bouncers.byKey(keyOf(request.principal))?.revision;
      const current = blockedNow(context);
      // A copy that was restored may be behind what the bouncer knows.
      const isWhole = startup === true || last === undefined || last > revision;
      const active = new Set(current.map(({ target }) => target));
      const changed = isWhole
        ? current
        : decisions
            .since(last)
            .map(({ decision }) => decision)
            .filter(({ kind }) => kind === 'block');
      const fresh = changed.filter(({ state, expires }) => state === 'active' && expires > now);
      const gone = isWhole
        ? []
        : changed.filter(({ state, target }) => (state === 'expired' || state === 'undone') && !active.has(target));
      // A HEAD only asks whether there is something.
      if (request.method !== 'HEAD') note(request, revision);
      const answer = (list: readonly Decision[]) =>
        orNull(list.flatMap((decision) => told(decision, now)).filter((decision) => fits(decision, rest)));
      return { new: answer(fresh), deleted: answer(gone) };
    },
  );
  app.post(
    '/v1/usage-metrics',
    {
      config: { role: 'bouncer', wrongKeyForbidden: true },
      schema: {
        summary: 'Takes what newer bouncers report, and keeps nothing of it',
        body: z.unknown(),
        response: { 201: z.null() },
      },
    },
    async (_, reply) =>
      reply
        .code(201)
        .serializer(() => '')
        .send(null),
  );

  const keyOf = (principal: Principal | null): string => principal?.id ?? 'nobody';

  function note(
    request: { principal: Principal | null; ip: string; headers: Record<string, unknown> },
    revision: number | null,
  ): void {
    const key_id = keyOf(request.principal);
    const last = decisions.bouncers.byKey(key_id);
    decisions.bouncers.put({
      key_id,
      revision: revision ?? last?.revision ?? 0,
      at: services.now(),
      agent: String(request.headers['user-agent'] ?? '').slice(0, 200),
      address: request.ip,
      pulls: (last?.pulls ?? 0) + 1,
    });
  }

  app.get(
    '/api/response/bouncers',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Who reads the decisions',
        response: {
          200: z.array(
            z.object({
              key_id: z.string(),
              name: z.string(),
              last_pull: z.string(),
              agent: z.string(),
              address: z.string(),
              pulls: z.int(),
              behind: z.int().meta({ description: 'Changes that it has not asked for yet.' }),
            }),
          ),
        },
      },
    },
    async () => {
      const names = new Map(services.state.keys.list().map(({ id, name }) => [id, name]));
      const revision = decisions.revision();
      return decisions.bouncers.list().map((pull) => ({
        key_id: pull.key_id,
        name: names.get(pull.key_id) ?? pull.key_id,
        last_pull: isoTime(pull.at),
        agent: pull.agent,
        address: pull.address,
        pulls: pull.pulls,
        behind: Math.max(0, revision - pull.revision),
      }));
    },
  );
}
