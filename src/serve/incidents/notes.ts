import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { EventJson } from '../../model/index.ts';
import type { IncidentEvidence, IncidentNote } from '../../store/contract.ts';
import { apiError } from '../errors.ts';
import { errorBody, idParams } from '../schemas.ts';
import type { App, Principal, ServeContext } from '../unit.ts';
import { evidenceShape, noteShape, plainText } from './shapes.ts';
import { evidenceView, noteView } from './view.ts';
import { standing } from './working.ts';

const mostNotes = 1000;
const mostEvidence = 500;
const noteBody = z.strictObject({ text: plainText(10_000).meta({ description: 'Plain text.' }) });
const evidenceBody = z.strictObject({
  kind: z.enum(['event', 'alert']),
  ref: z.string().min(1).max(200).meta({ description: 'Id of the event or alert.' }),
  reason: plainText(2000).meta({ description: 'Why it is evidence.' }),
});
const partParams = idParams.extend({ part: z.string().min(1).max(200) });
const answers = { 404: errorBody, 409: errorBody, 422: errorBody } as const;

/** What people write down about an incident, and what they keep of it. */
export function registerNotes(app: App, context: ServeContext): void {
  const { services, audit } = context;
  const { state, incidents } = services;
  const nameOf = (principal: Principal | null): string => principal?.name ?? 'unknown';

  app.post(
    '/api/incidents/:id/notes',
    {
      config: { role: 'analyst' },
      schema: { summary: 'Write a note', params: idParams, body: noteBody, response: { 200: noteShape, ...answers } },
    },
    async (request) => {
      const { id } = standing(context, request.params.id);
      if (state.incidents.notes.list(id).length >= mostNotes)
        throw apiError('VALIDATION_FAILED', `An incident has at most ${mostNotes} notes. Edit one of them.`);
      const author = nameOf(request.principal);
      const created_at = services.now();
      const note: IncidentNote = {
        id: randomUUID(),
        incident_id: id,
        author,
        text: request.body.text,
        created_at,
        edited_at: null,
      };
      state.incidents.notes.put(note);
      audit(request, 'incident_note_added', { id, note: note.id });
      incidents.worked(id, null, author, {});
      return noteView(note);
    },
  );

  const own = (id: string, part: string, principal: Principal | null): IncidentNote => {
    standing(context, id);
    const note = state.incidents.notes.byId(part);
    if (note === null || note.incident_id !== id) throw apiError('NOT_FOUND', 'note', part);
    if (note.author !== nameOf(principal)) throw apiError('NOTE_OF_SOMEBODY', note.author);
    return note;
  };
  app.patch(
    '/api/incidents/:id/notes/:part',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'Edit a note of your own',
        params: partParams,
        body: noteBody,
        response: { 200: noteShape, 403: errorBody, ...answers },
      },
    },
    async (request) => {
      const { id, part } = request.params;
      const note = own(id, part, request.principal);
      const edited = { ...note, text: request.body.text, edited_at: services.now() };
      state.incidents.notes.put(edited);
      audit(request, 'incident_note_edited', { id, note: part, before: note.text.slice(0, 1000) });
      incidents.worked(id, 'note_edited', note.author, { note: part });
      return noteView(edited);
    },
  );
  app.delete(
    '/api/incidents/:id/notes/:part',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'Remove a note of your own',
        params: partParams,
        response: { 200: z.object({ removed: z.literal(true) }), 403: errorBody, ...answers },
      },
    },
    async (request) => {
      const { id, part } = request.params;
      const note = own(id, part, request.principal);
      state.incidents.notes.remove(part);
      audit(request, 'incident_note_removed', { id, note: part, before: note.text.slice(0, 1000) });
      incidents.worked(id, 'note_removed', note.author, { note: part });
      return { removed: true as const };
    },
  );

  app.post(
    '/api/incidents/:id/evidence',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'Pin an event or alert as evidence',
        description: 'What it says is kept with the incident: it outlives the stored events.',
        params: idParams,
        body: evidenceBody,
        response: { 200: evidenceShape, ...answers },
      },
    },
    async (request) => {
      const { id } = standing(context, request.params.id);
      const { kind, ref, reason } = request.body;
      const all = state.incidents.evidence.list(id);
      const before = all.find((each) => each.kind === kind && each.ref === ref);
      if (before === undefined && all.length >= mostEvidence)
        throw apiError(
          'VALIDATION_FAILED',
          `An incident keeps at most ${mostEvidence} pieces of evidence. Remove one.`,
        );
      const found = kind === 'alert' ? alertEvidence(ref) : { message: null, events: [await eventOf(id, ref)] };
      const author = nameOf(request.principal);
      const evidence: IncidentEvidence = {
        id: before?.id ?? randomUUID(),
        incident_id: id,
        kind,
        ref,
        reason,
        author,
        created_at: before?.created_at ?? services.now(),
        ...found,
      };
      state.incidents.evidence.put(evidence);
      audit(request, 'incident_evidence_added', { id, kind, ref, reason });
      incidents.worked(id, 'evidence_added', author, { kind, ref, reason });
      return evidenceView(evidence);
    },
  );
  app.delete(
    '/api/incidents/:id/evidence/:part',
    {
      config: { role: 'analyst' },
      schema: {
        summary: 'Take something off the evidence',
        params: partParams,
        response: { 200: z.object({ removed: z.literal(true) }), ...answers },
      },
    },
    async (request) => {
      const { id, part } = request.params;
      standing(context, id);
      const evidence = state.incidents.evidence.byId(part);
      if (evidence === null || evidence.incident_id !== id) throw apiError('NOT_FOUND', 'evidence', part);
      state.incidents.evidence.remove(part);
      const { kind, ref, reason, author } = evidence;
      audit(request, 'incident_evidence_removed', { id, kind, ref, reason, author });
      incidents.worked(id, 'evidence_removed', nameOf(request.principal), { kind, ref });
      return { removed: true as const };
    },
  );

  function alertEvidence(ref: string): { message: string; events: EventJson[] } {
    const alert = state.alerts.byId(ref);
    if (alert === null) throw apiError('NOT_FOUND', 'alert', ref);
    return { message: `${alert.rule_name}: ${alert.message}`, events: alert.events };
  }

  /** From the store, or from the snapshot of one of the incident's alerts where it is not stored any more. */
  async function eventOf(id: string, ref: string): Promise<EventJson> {
    const [stored] = await services.events.byIds([ref]);
    if (stored !== undefined) return stored;
    for (const { alert_id } of state.incidents.members(id, 500)) {
      const kept = state.alerts.byId(alert_id)?.events.find((event) => event.id === ref);
      if (kept !== undefined) return kept;
    }
    throw apiError('NOT_FOUND', 'event', ref);
  }
}
