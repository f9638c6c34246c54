import { z } from 'zod';
import { isoTime } from '../../model/index.ts';
import { apiError } from '../errors.ts';
import { errorBody, flag } from '../schemas.ts';
import type { App, ServeContext } from '../unit.ts';
import {
  isPackFile,
  maxImportBytes,
  maxRuleFileBytes,
  maxRuleFiles,
  packNameShape,
  planImport,
  type RuleFileText,
  storeImport,
} from './import.ts';
import { slices } from './view.ts';
import { readZip, ZipRefused } from './zip.ts';

const bodyLimit = 32 * 1024 * 1024;
const zipTypes = ['application/zip', 'application/x-zip-compressed', 'application/octet-stream'];

const filesBody = z.object({
  files: z
    .array(z.object({ name: z.string().min(1).max(300), text: z.string().max(maxRuleFileBytes) }))
    .min(1)
    .max(maxRuleFiles),
  pack: packNameShape.nullish(),
});

const place = { file: z.string(), line: z.number().nullable() };
const reportShape = z.object({
  imported: z.number(),
  replaced: z.number(),
  refused: z.array(z.object({ ...place, column: z.number().nullable(), message: z.string() })),
  warnings: z.array(z.object({ ...place, message: z.string() })),
});

const packShape = z.object({
  pack: z.string(),
  rules: z.number(),
  enabled: z.number(),
  authors: z.array(z.string()).meta({ description: 'At most 20 of them, those with most rules first.' }),
  licences: z.array(z.string()),
  updated_at: z.string(),
});

/** Rule packs: taken over from a zip or as texts, listed, removed. */
export function registerImporting(app: App, context: ServeContext): void {
  const { services, audit, force } = context;
  const { state, rulebook } = services;
  const shippedIds = new Set(services.shippedRules.map(({ id }) => id));
  app.addContentTypeParser(zipTypes, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  app.post(
    '/api/rules/import',
    {
      config: { role: 'admin' },
      bodyLimit,
      schema: {
        summary: 'Import a pack of rules',
        description:
          'A zip archive (application/zip), or JSON `{ files: [{ name, text }], pack }`. Sigma YAML and native JSON rules are ' +
          'taken, `<rule>.fire.log` and `<rule>.quiet.log` beside them are kept as their tests, a LICENSE file names the licence. ' +
          'A rule that was imported before is replaced; rules written or changed here are not. What cannot be honoured is ' +
          `refused with file, line and column, and the rest is taken. At most ${maxRuleFiles} files, ${maxRuleFileBytes} bytes each, ` +
          `${maxImportBytes} bytes unpacked.`,
        consumes: ['application/zip', 'application/json'],
        querystring: z.object({
          check: flag.optional().meta({ description: 'Says what would happen and changes nothing.' }),
          pack: packNameShape.optional(),
        }),
        response: { 200: reportShape, 413: errorBody, 422: errorBody },
      },
    },
    async (request) => {
      const given = readBody(request.body);
      const pack = given.pack ?? request.query.pack ?? 'imported rules';
      const facts = { state, rulebook, shippedIds, pack, now: services.now(), pause: slices() };
      const plan = await planImport(given.files, facts).catch((error: unknown) => {
        throw error instanceof ZipRefused ? apiError('VALIDATION_FAILED', error.message) : error;
      });
      const { imported, replaced, refused } = plan.report;
      if (request.query.check || plan.rules.length === 0) return plan.report;
      const undo = storeImport(plan, state);
      try {
        await force.apply();
      } catch (error) {
        undo();
        throw error;
      }
      audit(request, 'rules_imported', { pack, imported, replaced, refused: refused.length });
      return plan.report;
    },
  );
  app.get(
    '/api/rules/packs',
    {
      config: { role: 'viewer' },
      schema: { summary: 'Imported packs', response: { 200: z.array(packShape) } },
    },
    async () => packsOf(context),
  );
  app.delete(
    '/api/rules/packs/:pack',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Remove an imported pack',
        description: 'Rules of the pack that were changed here stay. Import the pack again to have it back.',
        params: z.object({ pack: packNameShape }),
        response: { 200: z.object({ status: z.literal('deleted'), removed: z.number() }), 404: errorBody },
      },
    },
    async (request) => {
      const { pack } = request.params;
      const rules = state.rules.list().filter((rule) => rule.origin === 'imported' && rule.pack === pack);
      if (rules.length === 0) throw apiError('NOT_FOUND', 'pack', pack);
      state.transaction(() => {
        for (const { id } of rules) state.rules.remove(id);
      });
      try {
        await force.apply();
      } catch (error) {
        state.transaction(() => {
          for (const rule of rules) state.rules.put(rule);
        });
        throw error;
      }
      // What people decided about the rules (mute, budget, exceptions) is kept, should the pack come back.
      for (const { id } of rules) state.ruleLines.remove(id);
      audit(request, 'rules_removed', { pack, removed: rules.length });
      return { status: 'deleted' as const, removed: rules.length };
    },
  );
}

/** Files of the body. Those of an archive are unpacked one by one, as they are asked for. */
function readBody(body: unknown): { files: Iterable<RuleFileText>; pack: string | null } {
  if (Buffer.isBuffer(body)) return { files: filesOfZip(body), pack: null };
  const read = filesBody.safeParse(body);
  if (!read.success) {
    const issue = read.error.issues[0];
    const where = issue && issue.path.length > 0 ? `, "${issue.path.join('.')}"` : '';
    const said = (issue?.message ?? 'not accepted').replace(/^Invalid input: /, '');
    throw apiError('VALIDATION_FAILED', `In the body${where}: ${said}.`);
  }
  return { files: read.data.files.filter(({ name }) => isPackFile(name)), pack: read.data.pack ?? null };
}

/** Texts of a pack's zip. Throws {@link ZipRefused}. */
export function* filesOfZip(archive: Buffer): Generator<RuleFileText, void, undefined> {
  const limits = { entries: maxRuleFiles * 2, fileBytes: maxRuleFileBytes, totalBytes: maxImportBytes, ratio: 200 };
  for (const { name, bytes } of readZip(archive, limits, isPackFile)) yield { name, text: bytes.toString('utf8') };
}

function packsOf({ services }: ServeContext): z.output<typeof packShape>[] {
  const packs = new Map<
    string,
    { rules: number; enabled: number; updated: number; authors: Map<string, number>; licences: Set<string> }
  >();
  for (const rule of services.state.rules.list()) {
    if (rule.deleted || rule.origin !== 'imported' || !rule.pack) continue;
    const known = packs.get(rule.pack) ?? { rules: 0, enabled: 0, updated: 0, authors: new Map(), licences: new Set() };
    known.rules += 1;
    if (rule.enabled) known.enabled += 1;
    known.updated = Math.max(known.updated, rule.updated_at);
    if (rule.author) known.authors.set(rule.author, (known.authors.get(rule.author) ?? 0) + 1);
    if (rule.licence) known.licences.add(rule.licence);
    packs.set(rule.pack, known);
  }
  return [...packs].map(([pack, { rules, enabled, updated, authors, licences }]) => ({
    pack,
    rules,
    enabled,
    authors: [...authors]
      .sort((a, b) => b[1] - a[1])
      .slice(0, 20)
      .map(([author]) => author),
    licences: [...licences].slice(0, 20),
    updated_at: isoTime(updated),
  }));
}
