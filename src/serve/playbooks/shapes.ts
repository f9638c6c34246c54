import { z } from 'zod';
import {
  isoTime,
  type PlaybookRun,
  playbookActions,
  playbookResultStates,
  playbookRunStates,
  severities,
} from '../../model/index.ts';
import type { PlaybookControl, PlaybookView } from './types.ts';

const stepShape = z.object({
  do: z.enum(playbookActions),
  name: z.string().nullable(),
  text: z.string().meta({ description: 'What it does, in a sentence.' }),
  approval: z.enum(['required', 'none']),
});
const problemShape = z.object({
  message: z.string(),
  line: z.int().nullable(),
  column: z.int().nullable(),
});

export const playbookShape = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  enabled: z.boolean(),
  shipped: z.boolean(),
  changed: z.boolean().meta({ description: 'A shipped one that an own file stands in for.' }),
  usable: z.boolean(),
  problems: z.array(problemShape),
  trigger: z.string(),
  steps: z.array(stepShape),
  last: z.object({ at: z.string(), state: z.enum(playbookRunStates) }).nullable(),
  held: z
    .object({ same: z.int(), many: z.int() })
    .meta({ description: 'Since the start: not begun because the same one set it off lately, or too many ran.' }),
});

export const checkShape = z.object({
  problems: z.array(problemShape),
  id: z.string().nullable(),
  name: z.string().nullable(),
  trigger: z.string(),
  steps: z.array(stepShape),
});

export const foreseenShape = z.object({
  why_not: z.string().nullable().meta({ description: 'Why its trigger would not start it; null: it would.' }),
  steps: z.array(
    stepShape.extend({ verdict: z.enum(['does', 'asks', 'skips', 'refused', 'unsure']), note: z.string() }),
  ),
});

export const runShape = z.object({
  id: z.string(),
  playbook: z.string(),
  name: z.string(),
  state: z.enum(playbookRunStates),
  entity: z.string(),
  alert: z.string().nullable(),
  incident: z.string().nullable(),
  severity: z.enum(severities).nullable(),
  message: z.string().nullable(),
  by: z.string().nullable().meta({ description: 'Who started it by hand.' }),
  created: z.string(),
  changed: z.string(),
  due: z.string().nullable().meta({ description: 'When its wait, or its waiting for a person, ends.' }),
  note: z.string().nullable(),
  at: z.int().meta({ description: 'Index of the step that is next.' }),
  steps: z.array(
    stepShape.extend({
      result: z
        .object({
          state: z.enum(playbookResultStates),
          started: z.string(),
          ended: z.string(),
          text: z.string(),
          decisions: z.array(z.string()),
          by: z.string().nullable(),
        })
        .nullable(),
    }),
  ),
  undone: z.object({ by: z.string(), at: z.string(), lifted: z.int() }).nullable(),
});

export function playbookView({ yaml: _, playbook, last, ...view }: PlaybookView): z.infer<typeof playbookShape> {
  return {
    ...view,
    usable: playbook !== null,
    last: last === null ? null : { ...last, at: isoTime(last.at) },
  };
}

export function runView(run: PlaybookRun, playbooks: PlaybookControl): z.infer<typeof runShape> {
  const results = new Map(run.results.map((result) => [result.step, result]));
  const { alert, incident, severity, message } = run.subject;
  const { id, playbook, name, state, entity, by, note, at } = run;
  return {
    ...{ id, playbook, name, state, entity, alert, incident, severity, message, by, note, at },
    created: isoTime(run.created),
    changed: isoTime(run.changed),
    due: run.due === null ? null : isoTime(run.due),
    steps: playbooks.words(run).map((step, index) => {
      const result = results.get(index);
      if (result === undefined) return { ...step, result: null };
      const { step: _, started, ended, ...said } = result;
      return { ...step, result: { ...said, started: isoTime(started), ended: isoTime(ended) } };
    }),
    undone: run.undone === null ? null : { ...run.undone, at: isoTime(run.undone.at) },
  };
}
