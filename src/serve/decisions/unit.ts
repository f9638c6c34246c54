import { z } from 'zod';
import {
  type Decision,
  decisionKinds,
  decisionStates,
  isoTime,
  shippedPolicies,
  type ThreatFacts,
  threatScore,
} from '../../model/index.ts';
import { apiError } from '../errors.ts';
import { refusal } from '../refusal.ts';
import { address, anyOf, errorBody, idParams, limit } from '../schemas.ts';
import { scoreShape, scoreView } from '../scores.ts';
import { defineUnit, type Principal } from '../unit.ts';
import { registerExports } from './exports.ts';
import { registerLists } from './lists.ts';
import { registerPreview } from './preview.ts';
import {
  askedFields,
  decisionShape,
  decisionView,
  policyBody,
  policyShape,
  policyView,
  responseShape,
  sentence,
  targetText,
} from './shapes.ts';

const statesList = anyOf.pipe(z.array(z.enum(decisionStates)));
const kindsList = anyOf.pipe(z.array(z.enum(decisionKinds)));
const whoOf = (request: { principal: Principal | null }) => ({ who: request.principal?.name ?? 'somebody' });
const policyId = z.object({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,79}$/, 'lower-case letters, digits and hyphens'),
});

export const decisions = defineUnit({
  name: 'decisions',
  description: 'What was decided about addresses: blocked, redirected, refused; why, until when, and how to undo it.',
  register(app, context) {
    const { services, audit } = context;
    const { state, response } = services;
    const details = ({ id, kind, target, expires, state: is, note }: Decision) => ({
      id,
      kind,
      target,
      state: is,
      until: isoTime(expires),
      note,
    });

    registerLists(app, context);
    registerExports(app, context);
    registerPreview(app, context);

    app.get(
      '/api/response',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Mode, firewall, policies, allow-list',
          description: 'The mode is the setting `response.mode`: PATCH /api/settings changes it.',
          response: { 200: responseShape },
        },
      },
      async () => {
        const { panic, enforcer, counters, ...rest } = response.state();
        const shipped = new Map(shippedPolicies.map((policy) => [policy.id, policy]));
        return {
          ...rest,
          panic: panic && { by: panic.by, at: isoTime(panic.at) },
          enforcer: { ...enforcer, verified_at: enforcer.verified_at === null ? null : isoTime(enforcer.verified_at) },
          allowed: response.allowed().map((each) => ({ ...each, created_at: isoTime(each.created_at) })),
          policies: response
            .policies()
            .map((policy) =>
              policyView(policy, shipped.has(policy.id), shipped.has(policy.id) && shipped.get(policy.id) !== policy),
            ),
          counters: { ...counters },
          counts: Object.fromEntries(
            decisionStates.map((one) => [one, state.decisions.count({ states: [one] })]),
          ) as Record<(typeof decisionStates)[number], number>,
        };
      },
    );
    app.get(
      '/api/decisions',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Decisions, newest first',
          querystring: z.object({
            state: statesList.optional(),
            kind: kindsList.optional(),
            policy: z.string().max(200).optional(),
            q: z.string().max(200).optional().meta({ description: 'Part of target, reason or who.' }),
            limit: limit(50, 500),
            cursor: z.coerce.number().int().min(1).optional().meta({ description: '`next` of the page before.' }),
          }),
          response: {
            200: z.object({ decisions: z.array(decisionShape), total: z.int(), next: z.int().nullable() }),
            422: errorBody,
          },
        },
      },
      async (request) => {
        const { state: states, kind: kinds, policy, q, limit: most, cursor } = request.query;
        const filter = {
          ...(states !== undefined && { states }),
          ...(kinds !== undefined && { kinds }),
          ...(policy !== undefined && { policy }),
          ...(q !== undefined && q !== '' && { text: q }),
        };
        const page = state.decisions.list(filter, most, cursor ?? null);
        return {
          decisions: page.decisions.map(decisionView),
          total: state.decisions.count(filter),
          next: page.next,
        };
      },
    );
    app.get(
      '/api/decisions/:id',
      {
        config: { role: 'viewer' },
        schema: { summary: 'One decision', params: idParams, response: { 200: decisionShape, 404: errorBody } },
      },
      async (request) => {
        const found = state.decisions.byId(request.params.id);
        if (found === null) throw apiError('NOT_FOUND', 'decision', request.params.id);
        return decisionView(found);
      },
    );
    app.post(
      '/api/decisions',
      {
        config: { role: 'analyst' },
        schema: {
          summary: 'Block, redirect or watch an address',
          description: 'Safety rules refuse with 422 and a sentence. In dry-run nothing is written anywhere.',
          body: z.strictObject({
            ...askedFields,
            reason: sentence(300),
            alerts: z.array(z.string().min(1).max(100)).max(50).default([]),
          }),
          response: { 201: decisionShape, 422: errorBody },
        },
      },
      async (request, reply) => {
        const { kind, target, ttl_seconds, reason, alerts } = request.body;
        const decided = block(request, { kind, target, ttlSeconds: ttl_seconds, reason, alerts });
        return reply.code(201).send(decisionView(decided));
      },
    );

    /** Also what was refused is audited. */
    function block(request: Parameters<typeof audit>[0], wanted: Parameters<typeof response.decide>[0]): Decision {
      try {
        const decided = refusal('DECISION_REFUSED', () => response.decide(wanted, whoOf(request)));
        audit(request, 'decision_made', details(decided));
        return decided;
      } catch (error) {
        audit(
          request,
          'decision_refused',
          { kind: wanted.kind, target: wanted.target, why: error instanceof Error ? error.message : 'unknown' },
          { success: false },
        );
        throw error;
      }
    }

    app.post(
      '/api/decisions/:id/undo',
      {
        config: { role: 'analyst' },
        schema: {
          summary: 'Lift a decision everywhere',
          description: 'Policies leave its target alone for as long as it would have held.',
          params: idParams,
          body: z.strictObject({ reason: sentence(300).optional() }).optional(),
          response: { 200: decisionShape, 404: errorBody, 409: errorBody },
        },
      },
      async (request) => {
        const { id } = request.params;
        const found = state.decisions.byId(id);
        if (found === null) throw apiError('NOT_FOUND', 'decision', id);
        const undone = response.undo(id, whoOf(request), request.body?.reason);
        if (undone === null) throw apiError('DECISION_ENDED', found.target, found.state);
        audit(request, 'decision_undone', details(undone));
        return decisionView(undone);
      },
    );
    app.post(
      '/api/response/panic',
      {
        config: { role: 'analyst' },
        schema: {
          summary: 'The panic switch: lift everything at once',
          description: 'Nothing is enforced until an administrator releases it.',
          body: z.strictObject({ pulled: z.boolean() }),
          response: { 200: z.object({ pulled: z.boolean(), lifted: z.int() }), 403: errorBody },
        },
      },
      async (request) => {
        const { pulled } = request.body;
        if (!pulled && request.principal?.role !== 'admin') throw apiError('ROLE_TOO_SMALL', 'admin');
        const { lifted } = await response.panic(pulled, whoOf(request));
        audit(request, pulled ? 'response_panic_pulled' : 'response_panic_released', { lifted });
        return { pulled, lifted };
      },
    );
    app.post(
      '/api/response/verify',
      {
        config: { role: 'analyst' },
        schema: {
          summary: 'Read the firewall back now, and put right what differs',
          response: { 200: responseShape.shape.enforcer },
        },
      },
      async () => {
        const enforcer = await response.verify();
        return { ...enforcer, verified_at: enforcer.verified_at === null ? null : isoTime(enforcer.verified_at) };
      },
    );
    app.put(
      '/api/response/policies/:id',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Add a policy, or change one',
          params: policyId,
          body: policyBody,
          response: { 200: policyShape, 422: errorBody },
        },
      },
      async (request) => {
        const policy = { id: request.params.id, ...request.body };
        response.putPolicy(policy);
        audit(request, 'response_policy_changed', { ...policy });
        const isShipped = shippedPolicies.some(({ id }) => id === policy.id);
        return policyView(policy, isShipped, isShipped);
      },
    );
    app.delete(
      '/api/response/policies/:id',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Remove a policy; a shipped one is as it was shipped again',
          params: policyId,
          response: { 200: z.object({ status: z.literal('removed') }), 404: errorBody },
        },
      },
      async (request) => {
        const { id } = request.params;
        if (!response.removePolicy(id)) throw apiError('NOT_FOUND', 'changed policy', id);
        audit(request, 'response_policy_removed', { id });
        return { status: 'removed' as const };
      },
    );
    app.post(
      '/api/response/allowed',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Never block an address or range; what is blocked there is lifted',
          body: z.strictObject({ network: targetText, reason: sentence(300) }),
          response: { 200: responseShape.shape.allowed.element.extend({ lifted: z.int() }), 422: errorBody },
        },
      },
      async (request) => {
        const { network, reason } = request.body;
        const { allowed, lifted } = refusal('DECISION_REFUSED', () => response.allow(network, reason, whoOf(request)));
        audit(request, 'response_network_allowed', { network: allowed.network, reason, lifted });
        return { ...allowed, created_at: isoTime(allowed.created_at), lifted };
      },
    );
    app.delete(
      '/api/response/allowed',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Take an address or range off the allow-list',
          querystring: z.object({ network: targetText }),
          response: { 200: z.object({ status: z.literal('removed') }), 404: errorBody },
        },
      },
      async (request) => {
        const { network } = request.query;
        if (!response.disallow(network)) throw apiError('NOT_FOUND', 'allowed network', network);
        audit(request, 'response_network_disallowed', { network });
        return { status: 'removed' as const };
      },
    );
    app.get(
      '/api/response/score/:address',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'The threat score of an address, part by part',
          params: z.object({ address: address() }),
          response: { 200: scoreShape, 422: errorBody },
        },
      },
      async (request) => scoreView(await response.score(request.params.address)),
    );
    app.post(
      '/api/v1/analyze/threat-score',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Score a packet',
          description: 'By its features and by everything that is known of its source.',
          body: z.object({
            src_ip: address(),
            dst_ip: address().optional(),
            dst_port: z.int().min(0).max(65_535).nullish(),
            protocol: z.string().max(20).default('TCP'),
            length: z.int().min(0).max(1_000_000).default(0),
            entropy: z.number().min(0).max(8).nullish(),
          }),
          response: { 200: scoreShape.extend({ src_ip: z.string() }), 422: errorBody },
        },
      },
      async (request) => {
        const { src_ip, dst_port, protocol, length, entropy } = request.body;
        const packet: ThreatFacts['packet'] = {
          length,
          protocol,
          dst_port: dst_port ?? null,
          entropy: entropy ?? null,
        };
        const facts = await response.facts(src_ip);
        return { src_ip, ...scoreView(threatScore({ ...facts, packet })) };
      },
    );
    app.post(
      '/active-defense/block/:ip',
      {
        config: { role: 'analyst' },
        schema: {
          summary: 'Block an address for an hour',
          description: 'Simulated unless response is switched to enforce.',
          params: z.object({ ip: targetText }),
          response: {
            200: z.object({
              status: z.enum(['blocked', 'simulated']),
              ip: z.string(),
              message: z.string(),
              decision: decisionShape,
            }),
            422: errorBody,
          },
        },
      },
      async (request) => {
        const decided = block(request, {
          kind: 'block',
          target: request.params.ip,
          ttlSeconds: 3600,
          reason: 'Asked for over the API (active defense).',
        });
        const isReal = decided.state === 'active';
        return {
          status: isReal ? ('blocked' as const) : ('simulated' as const),
          ip: decided.target,
          message: isReal
            ? `${decided.target} is blocked until ${isoTime(decided.expires)}.`
            : `${decided.target} would be blocked until ${isoTime(decided.expires)}. Response is in dry-run: set response.mode to enforce.`,
          decision: decisionView(decided),
        };
      },
    );
  },
});
