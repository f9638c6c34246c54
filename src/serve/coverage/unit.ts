import { z } from 'zod';
import { type EventJson, isoTime } from '../../model/index.ts';
import { ruleStates } from '../rules/care.ts';
import { contentHash, slices } from '../rules/view.ts';
import { type App, defineUnit, type ServeContext } from '../unit.ts';
import { type Coverage, coverageOf, coverageStates, type Sights, sightsSetting, storedSights } from './matrix.ts';
import { navigatorLayer } from './navigator.ts';
import { distinctShapes, fieldsOf, sampleEvents } from './seen.ts';

/** What arrives is looked at anew when somebody asks and it was longer ago, and else every hour. */
const sampleForMs = 60_000;
const sightsForMs = 5 * 60_000;
const firstLookMs = 60_000;
const lookEveryMs = 3_600_000;

const coverageShape = z.object({
  tactics: z.array(z.object({ id: z.string(), name: z.string(), slug: z.string() })),
  techniques: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      tactics: z.array(z.string()),
      state: z.enum(coverageStates),
      rules: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          enabled: z.boolean(),
          last_fired: z.string().nullable(),
          state: z.enum(ruleStates),
          visible: z
            .boolean()
            .nullable()
            .meta({ description: 'Whether what it looks at arrives; null: not looked at yet.' }),
          tested_at: z.string().nullable(),
        }),
      ),
      missing: z.array(z.string()),
    }),
  ),
  looked_at: z.string().nullable(),
});

export const coverage = defineUnit({
  name: 'coverage',
  description: 'What can be detected, and what arrives to detect it in.',
  register(app, context) {
    const { services } = context;
    // What is kept is small: not the sample, but what it shows.
    const seen = shared(sampleForMs, services.now, async () => {
      const sample = await sampleEvents(services);
      return { shapes: distinctShapes(sample), fields: fieldsOf(sample) };
    });
    let last: Sights | null = null;
    let lastContext = services.ruleContext.revision;
    let looking: Promise<Sights> | null = null;
    const lookAnew = (): Promise<Sights> => {
      const { revision } = services.ruleContext;
      looking ??= seen()
        .then(({ shapes }) => look(context, shapes))
        .then((found) => {
          last = found;
          lastContext = revision;
          return found;
        })
        .finally(() => {
          looking = null;
        });
      return looking;
    };
    const isCurrent = (sights: Sights): boolean =>
      services.now() - sights.at < sightsForMs &&
      lastContext === services.ruleContext.revision &&
      context.rules().every((rule) => !rule.enabled || sights.rules[rule.id]?.hash === contentHash(rule));
    const sights = async (): Promise<Sights> => (last && isCurrent(last) ? last : lookAnew());
    const current = async (): Promise<Coverage> =>
      coverageOf(context.rules(), services.state, await sights(), services.now(), services.rulebook.tags);
    registerCoverage(app, context, current);
    app.get(
      '/api/rules/fields',
      {
        config: { role: 'viewer' },
        schema: {
          summary: 'Fields that rules can ask for',
          description:
            'Columns, and names below `fields` that were seen in the last 30 days, with values as they are stored.',
          response: {
            200: z.array(
              z.object({
                name: z.string(),
                type: z.enum(['string', 'number', 'boolean', 'list', 'object']),
                examples: z.array(z.string()),
              }),
            ),
          },
        },
      },
      async () => (await seen()).fields,
    );
    // The command line and the first page after a restart show what was found last.
    const lookNow = (): void => {
      sights().catch((error: Error) => services.log('warn', `What arrives could not be looked at: ${error.message}`));
    };
    const first = setTimeout(lookNow, firstLookMs);
    const hourly = setInterval(lookNow, lookEveryMs);
    first.unref();
    hourly.unref();
    app.addHook('onClose', async () => {
      clearTimeout(first);
      clearInterval(hourly);
    });
  },
});

function registerCoverage(app: App, { services }: ServeContext, current: () => Promise<Coverage>): void {
  app.get(
    '/api/rules/coverage',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'ATT&CK matrix of what can be detected',
        description:
          'none: no rule that is on. no_source: a rule, but in the last 30 days nothing arrived that it could see. ready: it ' +
          'would see something, and has never raised an alert. fired: it has. tested: its own lines did what they should ' +
          '(POST /api/rules/tests) within 30 days and it has not been changed since. Rules that are off or muted cover nothing.',
        response: { 200: coverageShape },
      },
    },
    async () => current(),
  );
  app.get(
    '/api/rules/coverage/navigator',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'The same as a layer for the ATT&CK Navigator',
        response: { 200: z.record(z.string(), z.unknown()) },
      },
    },
    async (_request, reply) => {
      reply.header('content-disposition', 'attachment; filename="phosor-coverage.json"');
      return reply.send(navigatorLayer(await current(), isoTime(services.now())));
    },
  );
}

/** Finds out which rules could see anything, giving way to other work, and keeps it. */
async function look(context: ServeContext, events: readonly EventJson[]): Promise<Sights> {
  const { state, rulebook, now } = context.services;
  const known = storedSights(state);
  const found: Sights = { at: now(), rules: {} };
  const pause = slices();
  for (const rule of context.rules()) {
    if (!rule.enabled) continue;
    const { visible, missing } = rulebook.sight(rule, events);
    found.rules[rule.id] = { hash: contentHash(rule), visible, missing: missing.slice(0, 12) };
    await pause();
  }
  if (
    known === null ||
    JSON.stringify(known.rules) !== JSON.stringify(found.rules) ||
    found.at - known.at > lookEveryMs / 2
  )
    state.settings.put(sightsSetting, found);
  return found;
}

/** One answer for all who ask within a time. */
function shared<T>(forMs: number, now: () => number, work: () => Promise<T>): () => Promise<T> {
  let known: { at: number; answer: Promise<T> } | null = null;
  return () => {
    if (known && now() - known.at < forMs) return known.answer;
    const made = { at: now(), answer: work() };
    made.answer.catch(() => {
      if (known === made) known = null;
    });
    known = made;
    return made.answer;
  };
}
