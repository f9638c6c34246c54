import type { Alert, Incident, Playbook, PlaybookSubject } from '../../model/index.ts';
import { isForgeable } from '../../respond/decisions/policy.ts';
import {
  concerns,
  startsAtAlert,
  startsAtIncident,
  subjectOfAlert,
  subjectOfIncident,
} from '../../respond/playbooks/trigger.ts';
import type { LiveBus } from '../../serve/contract.ts';
import { eachStoredAlert, freshMs } from '../stored-alerts.ts';
import type { PlaybookOptions } from './options.ts';

const mostWaiting = 2000;
const perTurn = 50;
const mostMembers = 50;

/** What a run is about and rests on. */
export interface Evidence {
  subject: PlaybookSubject;
  sound: boolean;
  events: string[];
}

export const evidenceOfAlert = ({ response }: Pick<PlaybookOptions, 'response'>, alert: Alert): Evidence => ({
  subject: subjectOfAlert(alert),
  sound: !alert.historical && !isForgeable(alert, (source) => response.isVouched(source)),
  events: alert.event_ids.slice(0, 20),
});

/** An incident's evidence is sound where one alert about that very address is. */
export function evidenceOfIncident(options: Pick<PlaybookOptions, 'state' | 'response'>, incident: Incident): Evidence {
  const subject = subjectOfIncident(incident);
  const found = options.state.incidents.members(incident.id, mostMembers).flatMap(({ alert_id }) => {
    const alert = options.state.alerts.byId(alert_id);
    return alert === null ? [] : [evidenceOfAlert(options, alert)];
  });
  const own = found.filter((each) => each.subject.address === subject.address);
  return {
    subject: { ...subject, alert: own[0]?.subject.alert ?? found[0]?.subject.alert ?? null },
    sound: own.some(({ sound }) => sound),
    events: own.flatMap(({ events }) => events).slice(0, 20),
  };
}

export interface TriggerOptions extends PlaybookOptions {
  bus: LiveBus;
  /** Those that are on. */
  enabled(): Playbook[];
  start(playbook: Playbook, evidence: Evidence): void;
}

/** Looks at each alert once, when it is stored, and at incidents as they change, and starts what they set off. */
export function watchTriggers(options: TriggerOptions): { settle(): Promise<void>; stop(): void } {
  const { state, incidents, response, bus, now, log, enabled, start } = options;
  let waiting: string[] = [];
  const changed = new Map<string, Incident>();
  let left = 0;
  let timer: NodeJS.Timeout | null = null;
  let scoring: Promise<unknown> = Promise.resolve();
  let isStopped = false;

  const leave = [
    eachStoredAlert(bus, (ids) => {
      for (const id of ids) {
        if (waiting.length >= mostWaiting) left += 1;
        else waiting.push(id);
      }
      schedule();
    }),
    incidents.subscribe(({ incident, kind }) => {
      if (kind === 'closed') return;
      if (changed.size >= mostWaiting && !changed.has(incident.id)) left += 1;
      else changed.set(incident.id, incident);
      schedule();
    }),
  ];

  function schedule(): void {
    if (timer !== null || isStopped || (waiting.length === 0 && changed.size === 0)) return;
    timer = setTimeout(() => {
      timer = null;
      turn();
      schedule();
    }, 20);
  }

  function turn(): void {
    try {
      const playbooks = enabled();
      const some = waiting.slice(0, perTurn);
      waiting = waiting.slice(perTurn);
      const these = [...changed.values()].slice(0, perTurn);
      for (const { id } of these) changed.delete(id);
      if (left > 0) log('warn', `${left} alerts and changes of incidents came too fast for playbooks to look at them.`);
      left = 0;
      if (playbooks.length === 0) return;
      for (const id of some) {
        const alert = state.alerts.byId(id);
        if (alert !== null && alert.time >= now() - freshMs) considerAlert(playbooks, alert);
      }
      for (const incident of these) considerIncident(playbooks, incident);
    } catch (error) {
      log('error', `Playbooks could not be started: ${(error as Error).message}`);
    }
  }

  function considerAlert(playbooks: readonly Playbook[], alert: Alert): void {
    const evidence = evidenceOfAlert(options, alert);
    for (const playbook of playbooks) {
      if (!startsAtAlert(playbook, alert) || !concerns(playbook.when, evidence.subject)) continue;
      const { score } = playbook.trigger;
      const { address } = evidence.subject;
      if (score === null) start(playbook, evidence);
      else if (address !== null)
        scoring = scoring
          .then(async () => {
            if (isStopped) return;
            const found = await response.score(address);
            if (found.score >= score)
              start(playbook, { ...evidence, subject: { ...evidence.subject, score: found.score } });
          })
          .catch((error: Error) => log('warn', `The score of ${address} could not be computed: ${error.message}`));
    }
  }

  function considerIncident(playbooks: readonly Playbook[], incident: Incident): void {
    for (const playbook of playbooks) {
      if (!startsAtIncident(playbook, incident) || state.playbookRuns.ranFor(playbook.id, incident.id)) continue;
      if (incident.last < now() - freshMs) continue;
      const evidence = evidenceOfIncident(options, incident);
      if (concerns(playbook.when, evidence.subject)) start(playbook, evidence);
    }
  }

  return {
    async settle() {
      while (waiting.length > 0 || changed.size > 0) turn();
      await scoring;
    },
    stop() {
      isStopped = true;
      for (const each of leave) each();
      if (timer !== null) clearTimeout(timer);
    },
  };
}
