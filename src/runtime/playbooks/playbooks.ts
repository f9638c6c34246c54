import { randomUUID } from 'node:crypto';
import type { Playbook, PlaybookRun } from '../../model/index.ts';
import { readNetwork } from '../../respond/decisions/network.ts';
import { answered, begin, cancelled, isOver } from '../../respond/playbooks/run.ts';
import { playbookJsonSchema } from '../../respond/playbooks/schema.ts';
import { entityOf, noSubject } from '../../respond/playbooks/trigger.ts';
import { stepWords, triggerWords } from '../../respond/playbooks/words.ts';
import { RefusedError } from '../../serve/contract.ts';
import type { Actor } from '../../serve/decisions/types.ts';
import type { Foreseen, PlaybookAbout, PlaybookControl, PlaybookView, StepWords } from '../../serve/playbooks/types.ts';
import { lift } from './effects.ts';
import { type PlaybookFile, PlaybookFiles, readPlaybook } from './files.ts';
import { foresee } from './foresee.ts';
import { auditRun, type PlaybookOptions } from './options.ts';
import { Runner } from './runner.ts';
import { type Evidence, evidenceOfAlert, evidenceOfIncident } from './triggers.ts';

const hourMs = 3_600_000;
/** Runs that are not over, of all playbooks. */
const mostOpen = 1000;
const mostOwn = 200;
const mostText = 256 * 1024;
/** Ids of those that are on. They are off until somebody switches them on, whatever lies in the folders. */
const enabledKey = 'playbooks.enabled';

/** Playbooks, their runs, and what people do with both. */
export class Playbooks implements PlaybookControl {
  readonly #options: PlaybookOptions;
  readonly #files: PlaybookFiles;
  readonly #runner: Runner;
  readonly #held = new Map<string, { same: number; many: number; toldAt: number }>();

  constructor(options: PlaybookOptions) {
    this.#options = options;
    this.#files = new PlaybookFiles(options.shippedFolder, options.ownFolder);
    this.#runner = new Runner(options);
  }

  /** Goes on with what is not over. */
  begin(): void {
    this.#runner.sweep();
  }

  settle(): Promise<void> {
    return this.#runner.settle();
  }

  stop(): Promise<void> {
    return this.#runner.stop();
  }

  /* ---------- what there is ---------- */

  list(): PlaybookView[] {
    const last = new Map(this.#options.state.playbookRuns.last().map((each) => [each.playbook, each]));
    const on = this.#on();
    return this.#files.list().map((file) => this.#view(file, on, last.get(file.id) ?? null));
  }

  byId(id: string): PlaybookView | null {
    return this.list().find((each) => each.id === id) ?? null;
  }

  /** Those that are on and can be used. */
  enabled(): Playbook[] {
    const on = this.#on();
    if (on.size === 0) return [];
    return this.#files.list().flatMap(({ id, playbook }) => (playbook !== null && on.has(id) ? [playbook] : []));
  }

  schema(): Record<string, unknown> {
    return playbookJsonSchema();
  }

  read(yaml: string): ReturnType<PlaybookControl['read']> {
    if (yaml.length > mostText) {
      const message = `It is longer than ${mostText / 1024} KiB.`;
      return { playbook: null, problems: [{ message, line: null, column: null }], trigger: '', steps: [] };
    }
    const { playbook, problems } = readPlaybook(yaml);
    return {
      playbook,
      problems,
      trigger: playbook === null ? '' : triggerWords(playbook),
      steps: playbook === null ? [] : wordsOf(playbook, null),
    };
  }

  put(id: string, yaml: string): PlaybookView {
    const { playbook, problems } = this.read(yaml);
    const [first] = problems;
    if (playbook === null)
      throw new RefusedError(`${first?.line ? `Line ${first.line}: ` : ''}${first?.message ?? 'It cannot be read.'}`);
    if (playbook.id !== id) throw new RefusedError(`Its id is "${playbook.id}", and it is to be kept as "${id}".`);
    const known = this.#files.list();
    if (!known.some((file) => file.id === id) && known.length >= mostOwn)
      throw new RefusedError(`There are ${known.length} playbooks, which is the most. Remove one first.`);
    this.#files.put(id, yaml);
    return this.byId(id) as PlaybookView;
  }

  remove(id: string): boolean {
    const isRemoved = this.#files.remove(id);
    if (isRemoved && !this.#files.list().some((file) => file.id === id)) this.#switch(id, false);
    return isRemoved;
  }

  enable(id: string, enabled: boolean): PlaybookView | null {
    const found = this.byId(id);
    if (found === null) return null;
    if (enabled && found.playbook === null)
      throw new RefusedError(`It cannot be used as it is: ${found.problems[0]?.message ?? 'it cannot be read.'}`);
    this.#switch(id, enabled);
    return this.byId(id);
  }

  #on(): Set<string> {
    const kept = this.#options.state.settings.get(enabledKey);
    return new Set(Array.isArray(kept) ? kept.map(String) : []);
  }

  #switch(id: string, enabled: boolean): void {
    const on = this.#on();
    if (enabled) on.add(id);
    else on.delete(id);
    this.#options.state.settings.put(enabledKey, [...on].sort());
  }

  #view(file: PlaybookFile, on: Set<string>, last: PlaybookView['last']): PlaybookView {
    const { id, yaml, playbook, problems, shipped, changed } = file;
    const held = this.#held.get(id);
    return {
      id,
      name: playbook?.name ?? id,
      description: playbook?.description ?? '',
      yaml,
      playbook,
      problems,
      enabled: on.has(id),
      shipped,
      changed,
      trigger: playbook === null ? '' : triggerWords(playbook),
      steps: playbook === null ? [] : wordsOf(playbook, null),
      last: last === null ? null : { at: last.at, state: last.state },
      held: { same: held?.same ?? 0, many: held?.many ?? 0 },
    };
  }

  /* ---------- runs ---------- */

  /** By its trigger: unless the same one set it off lately, or too many run. */
  trigger(playbook: Playbook, evidence: Evidence): void {
    const { state, now, log } = this.#options;
    const held = this.#held.get(playbook.id) ?? { same: 0, many: 0, toldAt: 0 };
    this.#held.set(playbook.id, held);
    const entity = entityOf(evidence.subject);
    if (this.#isSame(playbook, entity)) {
      held.same += 1;
      return;
    }
    if (this.#isTooMany(playbook)) {
      held.many += 1;
      if (now() - held.toldAt > hourMs)
        log('warn', `The playbook ${playbook.id} would run too often: it did not start for ${entity}.`);
      if (now() - held.toldAt > hourMs) held.toldAt = now();
      return;
    }
    state.transaction(() => {
      const run = this.#start(playbook, evidence, null);
      auditRun(this.#options, 'playbook_started', run);
    });
    this.#runner.sweep();
  }

  #isSame({ id, limits }: Playbook, entity: string): boolean {
    const { state, now } = this.#options;
    const since = now() - limits.same_entity_seconds * 1000;
    return limits.same_entity_seconds > 0 && entity !== '' && state.playbookRuns.begun(id, entity, since) > 0;
  }

  #isTooMany({ id, limits }: Playbook): boolean {
    const { state, now } = this.#options;
    const open = () => state.playbookRuns.count({ states: ['running', 'waiting', 'approval'] });
    return state.playbookRuns.begun(id, null, now() - hourMs) >= limits.runs_per_hour || open() >= mostOpen;
  }

  #start(playbook: Playbook, { subject, sound, events }: Evidence, by: string | null): PlaybookRun {
    const { state, now } = this.#options;
    const what = { id: randomUUID(), subject, entity: entityOf(subject), by, sound, events };
    const run = begin(playbook, what, now());
    state.playbookRuns.put(run);
    return run;
  }

  start(id: string, about: PlaybookAbout, { who }: Actor): PlaybookRun {
    const found = this.byId(id);
    if (found === null) throw new RefusedError(`There is no playbook "${id}".`);
    if (found.playbook === null)
      throw new RefusedError(`It cannot be used as it is: ${found.problems[0]?.message ?? ''}`);
    if (this.#options.state.playbookRuns.count({ states: ['running', 'waiting', 'approval'] }) >= mostOpen)
      throw new RefusedError(`${mostOpen} runs are not over yet. Cancel some first.`);
    const run = this.#start(found.playbook, this.#evidence(about), who);
    this.#runner.sweep();
    return run;
  }

  #evidence(about: PlaybookAbout): Evidence {
    const { state } = this.#options;
    if ('alert' in about) {
      const alert = state.alerts.byId(about.alert);
      if (alert === null) throw new RefusedError(`There is no alert "${about.alert}".`);
      return evidenceOfAlert(this.#options, alert);
    }
    if ('incident' in about) {
      const incident = state.incidents.byId(about.incident);
      if (incident === null) throw new RefusedError(`There is no incident "${about.incident}".`);
      return evidenceOfIncident(this.#options, incident);
    }
    const address = readNetwork(about.address);
    if (address === null || address.text.includes('/')) throw new RefusedError(`"${about.address}" is no address.`);
    return { subject: { ...noSubject, address: address.text }, sound: false, events: [] };
  }

  async foresee(playbook: Playbook, about: PlaybookAbout): Promise<Foreseen> {
    const evidence = this.#evidence(about);
    const alert = 'alert' in about ? this.#options.state.alerts.byId(about.alert) : null;
    const incident = 'incident' in about ? this.#options.state.incidents.byId(about.incident) : null;
    const entity = entityOf(evidence.subject);
    const busy = this.#isSame(playbook, entity)
      ? `It ran for ${entity} lately.`
      : this.#isTooMany(playbook)
        ? 'It ran too often in the last hour.'
        : null;
    return foresee(this.#options, playbook, evidence, { alert, incident, busy });
  }

  answer(id: string, agrees: boolean, { who }: Actor): PlaybookRun | null {
    return this.#change(id, (run, at) => answered(run, agrees, who, at));
  }

  cancel(id: string, { who }: Actor): PlaybookRun | null {
    return this.#change(id, (run, at) => cancelled(run, who, at));
  }

  undo(id: string, { who }: Actor): PlaybookRun | null {
    return this.#change(id, (run, at) => {
      if (run.undone !== null) return null;
      const lifted = lift(this.#options, run, `The run of "${run.name}" was undone by ${who}.`, who);
      if (isOver(run) && lifted === 0) return null;
      return { ...(cancelled(run, who, at) ?? run), undone: { by: who, at, lifted }, changed: at };
    });
  }

  #change(id: string, change: (run: PlaybookRun, at: number) => PlaybookRun | null): PlaybookRun | null {
    const { state, now } = this.#options;
    const done = state.transaction(() => {
      const run = state.playbookRuns.byId(id);
      const changed = run === null ? null : change(run, now());
      if (run !== null && changed !== null) this.#runner.keep(run, changed);
      return changed;
    });
    if (done !== null) this.#runner.sweep();
    return done;
  }

  words(run: PlaybookRun): StepWords[] {
    return wordsOf(run, run.subject);
  }
}

const wordsOf = ({ steps }: Pick<Playbook, 'steps'>, subject: PlaybookRun['subject'] | null): StepWords[] =>
  steps.map((step) => ({ do: step.do, name: step.name, text: stepWords(step, subject), approval: step.approval }));
