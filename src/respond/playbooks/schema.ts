import { z } from 'zod';
import { type Playbook, playbookTriggers, severities } from '../../model/index.ts';
import { readNetwork } from '../decisions/network.ts';
import { longestSeconds } from '../decisions/safety.ts';
import { templateProblems } from './template.ts';

/* How a playbook is written. Pure: a tree comes in, a playbook or sentences with their paths come out. */

const units = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const daySeconds = 86_400;

/** `30s`, `15m`, `24h`, `7d`; a bare number is refused, because nobody remembers its unit. */
const span = (least: number, most: number, description = 'A number with its unit: 30s, 15m, 24h, 7d.') =>
  z
    .string()
    .regex(/^\d{1,6}[smhd]$/, 'a time such as 30s, 15m, 24h or 7d')
    // Of what is written, and so before it is read.
    .meta({ description, examples: ['15m', '1h', '24h', '7d'] })
    .transform((text, context): number => {
      const seconds = Number(text.slice(0, -1)) * units[text.at(-1) as keyof typeof units];
      if (seconds >= least && seconds <= most) return seconds;
      context.addIssue(`${text} is too ${seconds < least ? 'short' : 'long'}: ${spanText(least)} to ${spanText(most)}`);
      return z.NEVER;
    });

/** Seconds as they are written in a playbook. */
export function spanText(seconds: number): string {
  const unit = (['d', 'h', 'm', 's'] as const).find((each) => seconds % units[each] === 0) ?? 's';
  return `${seconds / units[unit]}${unit}`;
}

const template = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .superRefine((text, context) => {
      for (const problem of templateProblems(text)) context.addIssue(problem);
    });
const word = z.string().trim().min(1).max(200);
const words = z
  .union([word.transform((one) => [one]), z.array(word).max(100)])
  .default([])
  .meta({ description: 'One, or a list: any of them.' });
const networks = words.refine(
  (list) => list.every((each) => readNetwork(each) !== null),
  'addresses, or ranges such as 192.0.2.0/24',
);
const score = z.int().min(1).max(100).nullable().default(null);
const severity = z.enum(severities).nullable().default(null);
const note = (description: string) => ({ description });

const common = {
  name: z.string().trim().min(1).max(120).nullable().default(null).meta(note('What the run calls this step.')),
  approval: z.enum(['required', 'none']).meta(note('Whether a person has to agree first.')),
  approval_timeout: span(60, 7 * daySeconds).default(daySeconds),
  if_refused: z.enum(['stop', 'skip']).default('stop').meta(note('What happens when a person says no.')),
  on_failure: z
    .enum(['stop', 'continue', 'undo'])
    .default('stop')
    .meta(note('What happens when the step fails; undo lifts what the run blocked.')),
  timeout: span(1, 300).default(30),
  if: z
    .strictObject({
      score,
      reputation: score,
      severity,
      has: z
        .array(z.enum(['address', 'user', 'host', 'alert', 'incident']))
        .max(5)
        .default([]),
    })
    .prefault({})
    .meta(note('The step is skipped where one of these does not hold.')),
};
/** Nobody is asked before what touches no traffic. */
const free = { ...common, approval: common.approval.default('none') };
/** Somebody is, unless the owner says otherwise. */
const asked = { ...common, approval: common.approval.default('required') };
const decided = {
  ...asked,
  target: template(200)
    .default('{{address}}')
    .meta({ description: 'Whom: an address.', examples: ['{{address}}'] }),
  for: span(60, longestSeconds).default(daySeconds),
  reason: template(300).default('{{message}}').meta(note('Stands beside the decision.')),
};

interface Written {
  approval_timeout: number;
  timeout: number;
}

/** Spans carry their unit in the name from here on. */
const named = <Step extends Written>({ approval_timeout, timeout, ...rest }: Step) => ({
  ...rest,
  approval_timeout_seconds: approval_timeout,
  timeout_seconds: timeout,
});
const namedSpan = <Step extends Written & { for: number }>({ for: seconds, ...rest }: Step) =>
  named({ ...rest, for_seconds: seconds });

const step = z.discriminatedUnion('do', [
  z
    .strictObject({ do: z.literal('enrich').meta(note('Look up what is known: score, reputation, history.')), ...free })
    .transform((written) => named(written)),
  z
    .strictObject({
      do: z.literal('notify').meta(note('Send a message to channels.')),
      ...free,
      channels: words.meta({ description: 'Names of channels. Empty: all that are on and take such messages.' }),
      title: template(200),
      text: template(2000).default('{{message}}'),
    })
    .transform((written) => named(written)),
  z
    .strictObject({
      do: z.literal('open_incident').meta(note('Open the incident of the alert.')),
      ...free,
      owner: word.nullable().default(null),
      status: z.enum(['new', 'in_progress']).nullable().default(null),
    })
    .transform((written) => named(written)),
  z
    .strictObject({ do: z.literal('block').meta(note('Block an address for a time.')), ...decided })
    .transform((written) => namedSpan(written)),
  z
    .strictObject({ do: z.literal('redirect').meta(note('Send an address to the decoys for a time.')), ...decided })
    .transform((written) => namedSpan(written)),
  z
    .strictObject({
      do: z.literal('wait').meta(note('Let time pass.')),
      ...free,
      for: span(1, 30 * daySeconds),
    })
    .transform((written) => namedSpan(written)),
  z
    .strictObject({ do: z.literal('undo').meta(note('Lift what this run blocked.')), ...free })
    .transform((written) => named(written)),
  z
    .strictObject({ do: z.literal('note').meta(note('Write into the incident.')), ...free, text: template(2000) })
    .transform((written) => named(written)),
]);

const trigger = z
  .strictObject({
    on: z
      .enum(playbookTriggers)
      .meta(note('What starts it: an alert, a visit to a decoy, an incident, a threat score, or a person.')),
    severity,
    rules: words,
    tags: words,
    event_types: words,
    score,
    risk: score,
  })
  .superRefine((said, context) => {
    const tell = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    const isAlert = said.on === 'alert' || said.on === 'decoy' || said.on === 'score';
    for (const key of ['rules', 'tags', 'event_types'] as const)
      if (said[key].length > 0 && !isAlert) tell(key, `${key} are asked of alerts only, not on: ${said.on}`);
    if (said.score !== null && said.on !== 'score') tell('score', 'a score needs on: score');
    if (said.on === 'score' && said.score === null) tell('on', 'on: score needs the least score, such as score: 80');
    if (said.risk !== null && said.on !== 'incident') tell('risk', 'a risk needs on: incident');
    if (said.severity !== null && said.on === 'manual') tell('severity', 'what is started by hand asks for nothing');
    const isAny = said.rules.length + said.tags.length + said.event_types.length === 0 && said.severity === null;
    if (said.on === 'alert' && isAny)
      tell('on', 'this would start for every alert: name a severity, rules, tags or event_types');
  });

/** A playbook as it is written. */
const playbookSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/, 'lower-case letters, digits and hyphens, 60 at most'),
    name: z.string().trim().min(1).max(120),
    description: z.string().trim().max(2000).default(''),
    trigger,
    when: z
      .strictObject({
        address: z.enum(['external', 'internal']).nullable().default(null).meta(note('Where the source comes from.')),
        networks,
        except_networks: networks,
        users: words,
        except_users: words,
        hosts: words,
        except_hosts: words,
      })
      .prefault({}),
    limits: z
      .strictObject({
        same_entity: span(
          0,
          30 * daySeconds,
          'Not again for the same address, user or host before this time is over.',
        ).default(3600),
        runs_per_hour: z.int().min(1).max(1000).default(20).meta(note('More are held back, and counted.')),
        timeout: span(60, 60 * daySeconds, 'A run is given up after this time.').default(7 * daySeconds),
      })
      .prefault({})
      .transform(({ same_entity, runs_per_hour, timeout }) => ({
        same_entity_seconds: same_entity,
        runs_per_hour,
        timeout_seconds: timeout,
      })),
    steps: z.array(step).min(1).max(50),
  })
  .superRefine(({ limits, steps }, context) => {
    const waits = steps.reduce((sum, each) => sum + (each.do === 'wait' ? each.for_seconds : 0), 0);
    if (waits >= limits.timeout_seconds)
      context.addIssue({
        code: 'custom',
        path: ['limits', 'timeout'],
        message: `its waits last ${spanText(waits)}, and the run is given up after ${spanText(limits.timeout_seconds)}: raise limits.timeout`,
      });
  }) satisfies z.ZodType<Playbook>;

/** JSON Schema of a playbook as it is written, for editors. */
export const playbookJsonSchema = (): Record<string, unknown> =>
  z.toJSONSchema(playbookSchema, { io: 'input', unrepresentable: 'any' });

export interface SchemaProblem {
  path: (string | number)[];
  message: string;
}

/** Reads the tree of a playbook's YAML. */
export function readPlaybookTree(tree: unknown): { playbook: Playbook | null; problems: SchemaProblem[] } {
  const read = playbookSchema.safeParse(tree);
  if (read.success) return { playbook: read.data, problems: [] };
  const problems = read.error.issues.map(({ path, message, code, ...rest }): SchemaProblem => {
    const at = path.map((part) => (typeof part === 'symbol' ? String(part) : part));
    const keys = code === 'unrecognized_keys' && 'keys' in rest ? (rest.keys as string[]) : [];
    if (keys.length > 0)
      return {
        path: [...at, String(keys[0])],
        message: `There is no ${keys.map((key) => `"${key}"`).join(', ')} here.`,
      };
    if (code === 'invalid_union' && at.at(-1) === 'do')
      return {
        path: at,
        message: 'do: is one of enrich, notify, open_incident, block, redirect, wait, undo, note.',
      };
    return { path: at, message: `${at.join('.') || 'playbook'}: ${message}` };
  });
  return { playbook: null, problems };
}
