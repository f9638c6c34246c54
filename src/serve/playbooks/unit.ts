import { z } from 'zod';
import { type PlaybookRun, playbookRunStates } from '../../model/index.ts';
import { apiError } from '../errors.ts';
import { asyncRefusal, refusal } from '../refusal.ts';
import { anyOf, errorBody, idParams, limit } from '../schemas.ts';
import { type AuditAction, defineUnit, type Principal } from '../unit.ts';
import { checkShape, foreseenShape, playbookShape, playbookView, runShape, runView } from './shapes.ts';
import type { PlaybookAbout } from './types.ts';

const yamlText = z
  .string()
  .min(1)
  .max(256 * 1024)
  .meta({ description: 'A playbook as YAML; docs/playbooks.md.' });
const playbookId = z.object({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/, 'lower-case letters, digits and hyphens'),
});
const ref = z.string().min(1).max(200).optional();
/** Whoever presses twice, or later than somebody else, must not answer the next step unseen. */
const seenStep = z.strictObject({
  step: z.int().min(0).max(50).meta({
    description: 'Index of the step that was seen waiting: another one is not answered.',
  }),
});
const aboutShape = { alert: ref, incident: ref, address: z.string().min(2).max(64).optional() };
const whoOf = (request: { principal: Principal | null }) => ({ who: request.principal?.name ?? 'somebody' });

/** Exactly one of them. */
function aboutOf(said: {
  alert?: string | undefined;
  incident?: string | undefined;
  address?: string | undefined;
}): PlaybookAbout {
  const { alert, incident, address } = said;
  const given = [alert, incident, address].filter((each) => each !== undefined);
  if (given.length !== 1) throw apiError('PLAYBOOK_REFUSED', 'Name one of alert, incident and address.');
  if (alert !== undefined) return { alert };
  return incident !== undefined ? { incident } : { address: address as string };
}

const runDetails = ({ id, playbook, entity, subject, state, at }: PlaybookRun) => ({
  run: id,
  playbook,
  entity,
  alert: subject.alert,
  incident: subject.incident,
  state,
  step: at + 1,
});

export const playbooks = defineUnit({
  name: 'playbooks',
  description: 'What is done about an attack, step by step: playbooks, their runs, and steps that wait for a person.',
  register(app, { services, audit }) {
    const { state, playbooks: control } = services;
    const found = (id: string) => {
      const view = control.byId(id);
      if (view === null) throw apiError('NOT_FOUND', 'playbook', id);
      return view;
    };
    const run = (id: string): PlaybookRun => {
      const one = state.playbookRuns.byId(id);
      if (one === null) throw apiError('NOT_FOUND', 'run', id);
      return one;
    };

    app.get(
      '/api/playbooks',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Playbooks, and how many steps wait for a person',
          response: { 200: z.object({ playbooks: z.array(playbookShape), waiting: z.int() }) },
        },
      },
      async () => ({
        playbooks: control.list().map(playbookView),
        waiting: state.playbookRuns.count({ states: ['approval'] }),
      }),
    );
    app.get(
      '/api/playbooks/:id',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'A playbook with its text',
          params: playbookId,
          response: { 200: playbookShape.extend({ yaml: z.string() }), 404: errorBody },
        },
      },
      async (request) => {
        const view = found(request.params.id);
        return { ...playbookView(view), yaml: view.yaml };
      },
    );
    app.get(
      '/api/playbook-schema',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'JSON Schema of a playbook',
          description: 'For editors: YAML is completed with it.',
          response: { 200: z.record(z.string(), z.unknown()) },
        },
      },
      async (_request, reply) => reply.type('application/schema+json').send(control.schema()),
    );
    app.post(
      '/api/playbooks/validate',
      {
        config: { role: 'analyst' },
        schema: {
          summary: 'Read a playbook without keeping it: what is wrong, by line and column',
          body: z.strictObject({ yaml: z.string().max(1024 * 1024) }),
          response: { 200: checkShape },
        },
      },
      async (request) => {
        const { playbook, ...read } = control.read(request.body.yaml);
        return { ...read, id: playbook?.id ?? null, name: playbook?.name ?? null };
      },
    );
    app.post(
      '/api/playbooks/test',
      {
        config: { role: 'analyst' },
        schema: {
          summary: 'What a playbook would do about an alert, an incident or an address. Nothing is done',
          body: z.strictObject({ ...aboutShape, id: playbookId.shape.id.optional(), yaml: yamlText.optional() }),
          response: { 200: foreseenShape, 404: errorBody, 422: errorBody },
        },
      },
      async (request) => {
        const { id, yaml, ...about } = request.body;
        if ((id === undefined) === (yaml === undefined))
          throw apiError('PLAYBOOK_REFUSED', 'Name a playbook by its id, or give its yaml.');
        const { playbook, problems } = yaml === undefined ? found(id as string) : control.read(yaml);
        if (playbook === null)
          throw apiError('PLAYBOOK_REFUSED', problems[0]?.message ?? 'The playbook cannot be read.');
        const foreseen = await asyncRefusal('PLAYBOOK_REFUSED', () => control.foresee(playbook, aboutOf(about)));
        audit(request, 'playbook_tested', { playbook: playbook.id, ...about });
        return foreseen;
      },
    );
    app.put(
      '/api/playbooks/:id',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Add a playbook, or change one',
          description: 'It is off until it is switched on. A shipped one stays as it is beside yours.',
          params: playbookId,
          body: z.strictObject({
            yaml: yamlText,
            before: yamlText
              .optional()
              .meta({ description: 'Its text as it was read: where it is another by now, nothing is saved.' }),
          }),
          response: { 200: playbookShape, 409: errorBody, 422: errorBody },
        },
      },
      async (request) => {
        const { before } = request.body;
        if (before !== undefined && control.byId(request.params.id)?.yaml !== before)
          throw apiError('PLAYBOOK_CHANGED', request.params.id);
        const view = refusal('PLAYBOOK_REFUSED', () => control.put(request.params.id, request.body.yaml));
        audit(request, 'playbook_changed', {
          playbook: view.id,
          enabled: view.enabled,
          steps: view.steps.map((step) => step.do),
        });
        return playbookView(view);
      },
    );
    app.patch(
      '/api/playbooks/:id',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Switch a playbook on or off',
          description: 'Off: nothing starts it any more. Runs that have begun go on.',
          params: playbookId,
          body: z.strictObject({ enabled: z.boolean() }),
          response: { 200: playbookShape, 404: errorBody, 422: errorBody },
        },
      },
      async (request) => {
        const { id } = request.params;
        const { enabled } = request.body;
        const view = refusal('PLAYBOOK_REFUSED', () => control.enable(id, enabled));
        if (view === null) throw apiError('NOT_FOUND', 'playbook', id);
        audit(request, enabled ? 'playbook_enabled' : 'playbook_disabled', { playbook: id });
        return playbookView(view);
      },
    );
    app.delete(
      '/api/playbooks/:id',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Remove an own playbook; a shipped one is as it was shipped again',
          params: playbookId,
          response: { 200: z.object({ status: z.literal('removed') }), 404: errorBody },
        },
      },
      async (request) => {
        const { id } = request.params;
        if (!control.remove(id)) throw apiError('NOT_FOUND', 'own playbook', id);
        audit(request, 'playbook_removed', { playbook: id });
        return { status: 'removed' as const };
      },
    );
    app.post(
      '/api/playbooks/:id/run',
      {
        config: { role: 'analyst' },
        schema: {
          summary: 'Start a playbook by hand for an alert, an incident or an address',
          description: 'Steps that need approval wait for it all the same. It need not be switched on.',
          params: playbookId,
          body: z.strictObject(aboutShape),
          response: { 201: runShape, 404: errorBody, 422: errorBody },
        },
      },
      async (request, reply) => {
        const { id } = found(request.params.id);
        const started = refusal('PLAYBOOK_REFUSED', () => control.start(id, aboutOf(request.body), whoOf(request)));
        audit(request, 'playbook_started', runDetails(started));
        return reply.code(201).send(runView(started, control));
      },
    );

    app.get(
      '/api/playbook-runs',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Runs of playbooks, newest first',
          querystring: z.object({
            state: anyOf.pipe(z.array(z.enum(playbookRunStates))).optional(),
            playbook: playbookId.shape.id.optional(),
            alert: ref,
            incident: ref,
            q: z.string().max(200).optional().meta({ description: 'Part of its name or of whom it is about.' }),
            limit: limit(50, 200),
            cursor: z.coerce.number().int().min(1).optional().meta({ description: '`next` of the page before.' }),
          }),
          response: {
            200: z.object({ runs: z.array(runShape), total: z.int(), next: z.int().nullable() }),
            422: errorBody,
          },
        },
      },
      async (request) => {
        const { state: states, playbook, alert, incident, q, limit: most, cursor } = request.query;
        const filter = {
          ...(states !== undefined && { states }),
          ...(playbook !== undefined && { playbook }),
          ...(alert !== undefined && { alert }),
          ...(incident !== undefined && { incident }),
          ...(q !== undefined && q !== '' && { text: q }),
        };
        const page = state.playbookRuns.list(filter, most, cursor ?? null);
        return {
          runs: page.runs.map((each) => runView(each, control)),
          total: state.playbookRuns.count(filter),
          next: page.next,
        };
      },
    );
    app.get(
      '/api/playbook-runs/:id',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'A run with its steps',
          params: idParams,
          response: { 200: runShape, 404: errorBody },
        },
      },
      async (request) => runView(run(request.params.id), control),
    );

    const changes = [
      ['approve', 'Agree to the step that waits', 'playbook_approved'],
      ['refuse', 'Refuse the step that waits', 'playbook_refused'],
      ['cancel', 'End a run; what it blocked stays', 'playbook_cancelled'],
      ['undo', 'Lift what a run blocked, and end it', 'playbook_undone'],
    ] as const satisfies (readonly [string, string, AuditAction])[];
    for (const [name, summary, action] of changes) {
      const isAnswer = name === 'approve' || name === 'refuse';
      app.post(
        `/api/playbook-runs/:id/${name}`,
        {
          config: { role: 'analyst' },
          schema: {
            summary,
            params: idParams,
            body: isAnswer ? seenStep : seenStep.partial().nullish(),
            response: { 200: runShape, 404: errorBody, 409: errorBody, 422: errorBody },
          },
        },
        async (request) => {
          const { id } = request.params;
          const before = run(id);
          if (isAnswer && request.body?.step !== before.at) throw apiError('RUN_NOT_WAITING', before.state);
          const actor = whoOf(request);
          const after = isAnswer ? control.answer(id, name === 'approve', actor) : control[name](id, actor);
          if (after === null) throw apiError(isAnswer ? 'RUN_NOT_WAITING' : 'RUN_OVER', before.state);
          audit(request, action, {
            ...runDetails(after),
            step: before.at + 1,
            do: before.steps[before.at]?.do ?? null,
          });
          return runView(after, control);
        },
      );
    }
  },
});
