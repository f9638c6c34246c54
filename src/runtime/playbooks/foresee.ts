import type { Alert, Incident, Playbook, PlaybookRun, PlaybookStep, PlaybookSubject } from '../../model/index.ts';
import { begin, unmet } from '../../respond/playbooks/run.ts';
import { concerns, startsAtAlert, startsAtIncident } from '../../respond/playbooks/trigger.ts';
import { stepWords } from '../../respond/playbooks/words.ts';
import type { Foreseen } from '../../serve/playbooks/types.ts';
import { askedOf, incidentNow } from './effects.ts';
import type { PlaybookOptions } from './options.ts';
import type { Evidence } from './triggers.ts';

interface About {
  alert: Alert | null;
  incident: Incident | null;
  /** Why it would not start just now although it fits; null: nothing speaks against it. */
  busy: string | null;
}

/** What a playbook would do, without doing it. Nobody outside is asked: reputation is what is known already. */
export async function foresee(
  options: PlaybookOptions,
  playbook: Playbook,
  evidence: Evidence,
  about: About,
): Promise<Foreseen> {
  const { response, reputation } = options;
  let { subject } = evidence;
  const score = subject.address === null ? null : (await response.score(subject.address)).score;
  const steps: Foreseen['steps'] = [];
  for (const [at, step] of playbook.steps.entries()) {
    const run = { ...begin(playbook, { id: '', entity: '', by: null, ...evidence, subject }, 0), at };
    steps.push({
      do: step.do,
      name: step.name,
      text: stepWords(step, subject),
      approval: step.approval,
      ...verdictOn(options, run, step),
    });
    if (step.do === 'enrich' && subject.address !== null) {
      const known = reputation.known(subject.address);
      subject = { ...subject, score, reputation: known?.reputation_score ?? null, country: known?.country ?? null };
    }
    if (step.do === 'open_incident' || step.do === 'note') {
      const found = incidentNow(options, subject);
      if (found !== null) subject = { ...subject, incident: found.id, incident_title: found.title };
    }
  }
  return { why_not: whyNot(playbook, subject, score, about), steps };
}

type Verdict = Pick<Foreseen['steps'][number], 'verdict' | 'note'>;

function verdictOn(options: PlaybookOptions, run: PlaybookRun, step: PlaybookStep): Verdict {
  const lacking = unmet(step, run.subject);
  if (lacking !== null) return { verdict: 'skips', note: lacking };
  const isAsked = step.approval === 'required';
  const fine: Verdict = { verdict: isAsked ? 'asks' : 'does', note: '' };
  if (step.do === 'block' || step.do === 'redirect') {
    const asked = askedOf(run, step);
    const covered = typeof asked === 'string' ? null : options.response.covered(asked);
    if (covered !== null) return { verdict: 'skips', note: covered };
    const why = typeof asked === 'string' ? asked : options.response.foresee(asked, isAsked);
    if (why !== null) return { verdict: 'refused', note: why };
    const { mode } = options.response.state();
    return { ...fine, note: mode === 'dry-run' ? 'Response is in dry-run: nothing would be written.' : '' };
  }
  if (step.do === 'open_incident' || step.do === 'note')
    return incidentNow(options, run.subject) === null ? { verdict: 'unsure', note: 'It is in no incident yet.' } : fine;
  if (step.do === 'notify' && !options.notifications.list().some(({ enabled }) => enabled))
    return { verdict: 'refused', note: 'No channel is on. Add one on the page Notifications.' };
  return fine;
}

/** Why its trigger would not have started it for this. */
function whyNot(playbook: Playbook, subject: PlaybookSubject, score: number | null, about: About): string | null {
  const { trigger, when } = playbook;
  if (trigger.on === 'manual') return 'It is started by hand only.';
  const fits =
    (about.alert !== null && startsAtAlert(playbook, about.alert)) ||
    (about.incident !== null && startsAtIncident(playbook, about.incident));
  if (!fits) return 'Its trigger asks for something else.';
  if (!concerns(when, subject)) return 'Its conditions leave this out.';
  if (trigger.score !== null && (score === null || score < trigger.score))
    return `The threat score is ${score ?? 'not known'}, below ${trigger.score}.`;
  return about.busy;
}
