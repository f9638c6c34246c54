import { randomUUID } from 'node:crypto';
import { isoTime, type PlaybookRun, type PlaybookStep, type PlaybookSubject } from '../../model/index.ts';
import type { Outcome } from '../../respond/playbooks/run.ts';
import { fill } from '../../respond/playbooks/template.ts';
import type { IncidentRow } from '../../store/contract.ts';
import type { Asked } from '../response/options.ts';
import { auditDecision } from '../response/options.ts';
import { ownName, type PlaybookOptions } from './options.ts';

const historyMs = 30 * 86_400_000;
const mostNotes = 1000;
/** The author of what a playbook writes, as of all that Phosor writes by itself. */
const author = 'Phosor';

type StepOf<Name extends PlaybookStep['do']> = Extract<PlaybookStep, { do: Name }>;
const failed = (text: string): Outcome => ({ state: 'failed', text });

/** Where a page shows a run. */
const pathOf = (run: PlaybookRun): string => `/playbooks?run=${encodeURIComponent(run.id)}`;

/**
 * What has to be found out before a step is carried out: it may take its time, and changes nothing.
 *
 * @returns carries the step out, at once and in one transaction with the result
 */
export async function prepare(
  options: PlaybookOptions,
  run: PlaybookRun,
  step: PlaybookStep,
  signal: AbortSignal,
): Promise<() => Outcome> {
  switch (step.do) {
    case 'enrich': {
      const outcome = await enrich(options, run.subject, signal);
      return () => outcome;
    }
    case 'open_incident': {
      const incident = await incidentOf(options, run.subject, signal);
      return () => openIncident(options, run, step, incident);
    }
    case 'notify':
      return () => notify(options, run, step);
    case 'block':
    case 'redirect':
      return () => decide(options, run, step);
    case 'undo':
      return () => {
        const lifted = lift(options, run, 'Lifted by its playbook.');
        return { state: lifted > 0 ? 'done' : 'known', text: liftedText(lifted) };
      };
    case 'note':
      return () => note(options, run, step);
    case 'wait':
      return () => failed('A wait is not carried out.');
  }
}

const amount = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const liftedText = (lifted: number): string =>
  lifted === 0
    ? 'Nothing of this run was in force any more.'
    : `${lifted} ${lifted === 1 ? 'decision was' : 'decisions were'} lifted.`;

/* ---------- finding out ---------- */

async function enrich(
  { events, reputation, response, state, now }: PlaybookOptions,
  subject: PlaybookSubject,
  signal: AbortSignal,
): Promise<Outcome> {
  const { address, user, host } = subject;
  const said: string[] = [];
  const found: Partial<PlaybookSubject> = {};
  const since = now() - historyMs;
  if (address !== null) {
    const [score, known] = await orAbort(Promise.all([response.score(address), reputation.of(address)]), signal);
    found.score = score.score;
    const parts = score.parts.flatMap(({ part, points }) => (points > 0 ? `${part} ${points}` : [])).join(', ');
    said.push(`${address}: threat score ${score.score} (${score.threat_level}${parts === '' ? '' : `: ${parts}`}).`);
    if (known !== null) {
      found.reputation = known.reputation_score;
      found.country = known.country;
      const where = [known.country, known.as_owner].filter((each) => each !== null).join(', ');
      said.push(`Reputation ${known.reputation_score} of 100${where === '' ? '' : ` (${where})`}.`);
    } else said.push('Nobody says anything about its reputation.');
  }
  for (const [field, name, value] of [
    ['src_ip', 'its address', address],
    ['user', `user ${user}`, user],
    ['host', `host ${host}`, host],
  ] as const) {
    if (value === null) continue;
    const where = [{ field, op: 'in' as const, values: [value] }];
    const count = await orAbort(events.count({ from: since, where }), signal);
    said.push(`${amount(count, 'event')} of ${name} in 30 days.`);
  }
  const entity = address ?? user ?? host;
  if (entity === null) return failed('It is about no address, user or host that something could be known of.');
  const alerts = state.alerts.count({ entity, from: since });
  const incidents = state.incidents.count({ entity: { value: entity }, from: since });
  said.push(`${amount(alerts, 'alert')} and ${amount(incidents, 'incident')} name it.`);
  return { state: 'done', text: said.join(' '), found };
}

function orAbort<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((done, failing) => {
    signal.addEventListener('abort', () => failing(signal.reason), { once: true });
    work.then(done, failing);
  });
}

/** Alerts are put into incidents in turns: this one may not be in one yet. */
async function incidentOf(
  options: PlaybookOptions,
  subject: PlaybookSubject,
  signal: AbortSignal,
): Promise<IncidentRow | null> {
  for (let attempt = 0; attempt < 100 && !signal.aborted; attempt += 1) {
    const found = incidentNow(options, subject);
    if (found !== null || subject.alert === null) return found;
    await new Promise((next) => setTimeout(next, 50));
  }
  return null;
}

/** The incident that it is about, or into which that one went. */
export function incidentNow({ state }: Pick<PlaybookOptions, 'state'>, subject: PlaybookSubject): IncidentRow | null {
  const id =
    subject.incident ?? (subject.alert === null ? null : (state.incidents.member(subject.alert)?.incident_id ?? null));
  let found = id === null ? null : state.incidents.byId(id);
  for (let steps = 0; found !== null && found.merged_into !== null && steps < 50; steps += 1)
    found = state.incidents.byId(found.merged_into);
  return found;
}

/* ---------- doing ---------- */

function openIncident(
  { state, incidents, now }: PlaybookOptions,
  run: PlaybookRun,
  { status, owner }: StepOf<'open_incident'>,
  found: IncidentRow | null,
): Outcome {
  const incident = found === null ? null : state.incidents.byId(found.id);
  if (incident === null || incident.merged_into !== null)
    return run.subject.alert === null
      ? { state: 'skipped', text: 'There is no alert that an incident could hold.' }
      : failed('Its alert is in no incident. Signals belong to none.');
  if (owner !== null && !state.users.list().some(({ username, disabled }) => username === owner && !disabled))
    return failed(`There is no user "${owner}" to give it to.`);
  const isReopened = incident.status === 'closed';
  const edit = {
    ...(status !== null && status !== incident.status && { status }),
    ...(status === null && isReopened && { status: 'new' as const }),
    ...(owner !== null && owner !== incident.owner && { owner }),
  };
  if (Object.keys(edit).length > 0) incidents.edit(incident.id, edit, author, null);
  if (state.incidents.notes.list(incident.id).length < mostNotes) {
    const text = `The playbook "${run.name}" is at work on this (${pathOf(run)}).`;
    state.incidents.notes.put({
      id: randomUUID(),
      incident_id: incident.id,
      author,
      text,
      created_at: now(),
      edited_at: null,
    });
    incidents.worked(incident.id, null, author, {});
  }
  return {
    state: 'done',
    text: `${isReopened ? 'Opened again' : 'Open'}: ${incident.title}`,
    found: { incident: incident.id, incident_title: incident.title },
  };
}

function note(options: PlaybookOptions, run: PlaybookRun, step: StepOf<'note'>): Outcome {
  const { state, incidents, now } = options;
  const incident = incidentNow(options, run.subject);
  if (incident === null) return failed('It is in no incident that a note could be written into.');
  if (state.incidents.notes.list(incident.id).length >= mostNotes)
    return failed(`The incident has ${mostNotes} notes, which is the most.`);
  const { text } = fill(step.text, run.subject);
  const written = `${text}\n(playbook "${run.name}")`;
  state.incidents.notes.put({
    id: randomUUID(),
    incident_id: incident.id,
    author,
    text: written,
    created_at: now(),
    edited_at: null,
  });
  incidents.worked(incident.id, null, author, {});
  return { state: 'done', text, found: { incident: incident.id, incident_title: incident.title } };
}

function notify({ notifications }: PlaybookOptions, run: PlaybookRun, step: StepOf<'notify'>): Outcome {
  const notice = noticeOf(run, fill(step.title, run.subject).text, fill(step.text, run.subject).text);
  const { told, left } = notifications.tell({ ...notice, key: `playbook-${run.id}-${run.at}` }, step.channels);
  const why = left.length === 0 ? '' : ` Not told: ${left.join('; ')}.`;
  if (told.length > 0) return { state: 'done', text: `In the queue of ${told.join(', ')}.${why}` };
  return failed(left.length > 0 ? why.trim() : 'No channel is on that takes this. Add one on the page Notifications.');
}

/** Tells people that a step waits for one of them. */
export function tellWaiting({ notifications }: PlaybookOptions, run: PlaybookRun, what: string): void {
  const notice = noticeOf(
    run,
    `Approval needed: ${run.name}`,
    `${what} Agree to it or refuse it on the page Playbooks.`,
  );
  notifications.tell({ ...notice, key: `approval-${run.id}-${run.at}` }, []);
}

function noticeOf(run: PlaybookRun, title: string, summary: string) {
  const { subject } = run;
  const values = { address: subject.address, user: subject.user, host: subject.host };
  const entities = (['address', 'user', 'host'] as const).flatMap((kind) => {
    const value = values[kind];
    return value === null ? [] : [{ kind, value }];
  });
  return {
    title: title.slice(0, 300),
    summary,
    severity: subject.severity ?? ('medium' as const),
    facts: [
      { name: 'Playbook', value: run.name },
      ...entities.map(({ kind, value }) => ({ name: kind, value })),
      ...(subject.rule_name === null ? [] : [{ name: 'Rule', value: subject.rule_name }]),
      ...(subject.message === null ? [] : [{ name: 'What happened', value: subject.message }]),
    ],
    path: pathOf(run),
    rules: subject.rule === null ? [] : [subject.rule],
    tags: [],
    entities,
  };
}

/** What a step asks the response for; a sentence: why it cannot be asked. */
export function askedOf(run: PlaybookRun, step: StepOf<'block' | 'redirect'>): (Asked & { policy: string }) | string {
  const { text: target, missing } = fill(step.target, run.subject);
  if (missing.length > 0) return `Nothing is known of its ${missing.join(', ')}.`;
  return {
    kind: step.do,
    target,
    ttlSeconds: step.for_seconds,
    reason: `${run.name}: ${fill(step.reason, run.subject).text}`.slice(0, 500),
    alerts: run.subject.alert === null ? [] : [run.subject.alert],
    events: run.events,
    policy: `playbook-${run.playbook}`,
    score: null,
    forgeable: !run.sound,
    historical: false,
    key: `${run.id} ${run.at}`,
  };
}

/** What makes asking a person about a step needless, in a sentence; null: nothing does. */
export function needless({ response }: PlaybookOptions, run: PlaybookRun, step: PlaybookStep): string | null {
  const asked = step.do === 'block' || step.do === 'redirect' ? askedOf(run, step) : '';
  return typeof asked === 'string' ? null : response.covered(asked);
}

/** Through the same rules as every other decision: they win, and say why. */
function decide(options: PlaybookOptions, run: PlaybookRun, step: StepOf<'block' | 'redirect'>): Outcome {
  const { response, state, now } = options;
  const asked = askedOf(run, step);
  if (typeof asked === 'string') return failed(asked);
  const by = run.approved_by ?? run.by;
  const decision = response.decideByPolicy(asked, by);
  if (decision === null) {
    const covered = response.covered(asked);
    if (covered !== null) return { state: 'known', text: covered };
    return state.decisions.undone(asked.target, now()) === null
      ? { state: 'known', text: 'This very step decided about it already.' }
      : { state: 'refused', text: `A person undid a decision about ${asked.target}, and it would still hold.` };
  }
  const isRefused = decision.state === 'refused';
  if (by !== null) auditDecision(options, isRefused ? 'decision_refused' : 'decision_made', decision, !isRefused, by);
  if (isRefused) return { state: 'refused', text: `${decision.target}: ${decision.note}`, decisions: [decision.id] };
  const word = decision.kind === 'block' ? 'blocked' : 'sent to the decoys';
  const until = `until ${isoTime(decision.expires).slice(0, 19).replace('T', ' ')} UTC`;
  return {
    state: 'done',
    text:
      decision.state === 'dry-run'
        ? `Dry-run: ${decision.target} would be ${word} ${until}. Nothing was written.`
        : `${decision.target} is ${word} ${until}.`,
    decisions: [decision.id],
  };
}

/** Lifts what a run blocked. @returns how many decisions */
export function lift(options: PlaybookOptions, run: PlaybookRun, why: string, by: string = ownName): number {
  let lifted = 0;
  for (const id of run.results.flatMap(({ decisions }) => decisions)) {
    const ended = options.response.undo(id, { who: by }, why);
    if (ended === null) continue;
    auditDecision(options, 'decision_undone', ended, true, by);
    lifted += 1;
  }
  return lifted;
}
