import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { phosorSeverity, type RuleDoc, readSeverity, ruleTypes, severities } from '../../model/index.ts';
import { apiError } from '../errors.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const groupBy = z.union([z.string().min(1), z.array(z.string().min(1)).max(10)]).nullish();
const seconds = z.number().positive().max(31_536_000);

/** What a native rule's `config` must hold; more is kept as it is. Sigma's YAML is checked by the compiler. */
const configs = {
  pattern: z.looseObject({
    field: z.string().min(1),
    regex: z.string().min(1).max(10_000),
    case_sensitive: z.boolean().nullish(),
    group_by: groupBy,
  }),
  threshold: z.looseObject({
    field: z.string().min(1),
    value: scalar,
    count: z.number().int().min(1).max(1_000_000),
    window_seconds: seconds,
    group_by: groupBy,
  }),
  correlation: z.looseObject({
    conditions: z
      .array(z.looseObject({ field: z.string().min(1), value: scalar }))
      .min(1)
      .max(50),
    within_seconds: seconds,
    ordered: z.boolean().nullish(),
    group_by: groupBy,
  }),
  sigma: z.looseObject({ yaml: z.string().min(1).max(500_000) }),
} as const;

/** A rule as it is posted, wherever that is. */
export const postedRule = z.object({
  id: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,100}$/, 'an id is 1 to 100 letters, digits, dots, dashes and underscores')
    .nullish(),
  name: z.string().trim().min(1).max(200).nullish().meta({ description: "Sigma: the YAML's title where absent." }),
  description: z.string().max(10_000).nullish(),
  type: z.enum(ruleTypes),
  config: z.record(z.string(), z.unknown()).meta({
    description:
      'pattern: {field, regex, case_sensitive?}; threshold: {field, value, count, window_seconds}; correlation: ' +
      '{conditions: [{field, value}], within_seconds, ordered?}; sigma: {yaml}. Each native one may have group_by.',
  }),
  severity: z
    .string()
    .max(20)
    .refine((word) => readSeverity(word) !== undefined, `no severity. Use ${severities.join(', ')} or warning`)
    .nullish()
    .meta({ description: `In any usual spelling: ${severities.join(', ')}, warning … It is given back as posted.` }),
  enabled: z.boolean().nullish(),
});
export type PostedRule = z.output<typeof postedRule>;

/** The same where it is stored. */
export const keptRule = postedRule.extend({
  signal: z
    .boolean()
    .nullish()
    .meta({
      description:
        'true: a signal from its first alert on, which is kept as info and told to nobody. false: no longer one by choice. ' +
        'Absent: as it was.',
    }),
});

/** Throws where the configuration is not what its type of rule needs. */
function checkConfig(type: RuleDoc['type'], config: unknown): asserts config is RuleDoc['config'] {
  const result = configs[type].safeParse(config);
  if (result.success) return;
  const issue = result.error.issues[0];
  const path = ['config', ...(issue?.path ?? [])].join('.');
  throw apiError(
    'VALIDATION_FAILED',
    `In the body, "${path}": ${(issue?.message ?? '').replace(/^Invalid input: /, '')}.`,
  );
}

/**
 * The rule that a body describes. `config` is taken as it was posted, key order and unknown keys included.
 *
 * @param before the rule that it replaces, for what is not in the body.
 */
export function ruleOfBody(
  body: PostedRule,
  facts: { id: string; now: number; author: string | null; before: RuleDoc | null },
): RuleDoc {
  const config: unknown = body.config;
  checkConfig(body.type, config);
  const sigma = body.type === 'sigma' ? sigmaFacts(String(body.config.yaml)) : null;
  const name = body.name ?? sigma?.title ?? facts.before?.name;
  if (!name) throw apiError('VALIDATION_FAILED', 'In the body, "name": missing. Give the rule a name.');
  const word = body.severity ?? sigma?.level ?? null;
  return {
    id: facts.id,
    name,
    description: body.description ?? sigma?.description ?? facts.before?.description ?? '',
    type: body.type,
    config,
    enabled: body.enabled ?? facts.before?.enabled ?? true,
    // PHOSOR's own default is "warning".
    severity: readSeverity(word ?? 'warning') ?? 'medium',
    severity_posted: body.severity ?? null,
    origin: 'user',
    author: sigma?.author ?? facts.author,
    ...(facts.before?.pack && { pack: facts.before.pack, licence: facts.before.licence ?? null }),
    created_at: facts.before?.created_at || facts.now,
    updated_at: facts.now,
  };
}

/** The severity as the API gives it: the posted word, else PHOSOR's. */
export const severityWord = (rule: RuleDoc): string => rule.severity_posted ?? phosorSeverity(rule.severity);

interface SigmaFacts {
  title: string | null;
  description: string | null;
  author: string | null;
  level: string | null;
  tags: string[];
}

const unread: SigmaFacts = { title: null, description: null, author: null, level: null, tags: [] };

/** Title and the like of a Sigma rule; of several documents the last one's, which is the correlation. Never throws. */
function sigmaFacts(yaml: string): SigmaFacts {
  try {
    // What is left out may be needed to read the rest.
    const last = lastMap(headsOf(yaml), true) ?? lastMap(yaml, false);
    if (last === null) return unread;
    const text = (key: string) => (typeof last[key] === 'string' ? last[key] : null);
    const level = text('level');
    return {
      title: text('title')?.slice(0, 200) ?? null,
      description: text('description'),
      author: text('author'),
      level: level !== null && readSeverity(level) !== undefined ? level : null,
      tags: Array.isArray(last.tags) ? last.tags.map(String) : [],
    };
  } catch {
    return unread;
  }
}

/** The last document that is a map; null where there is none, or (`strict`) where something is wrong with any. */
function lastMap(yaml: string, strict: boolean): Record<string, unknown> | null {
  try {
    const documents = parseAllDocuments(yaml, { logLevel: 'silent' });
    if (!Array.isArray(documents)) return null;
    if (strict && documents.some(({ errors }) => errors.length > 0)) return null;
    const values = documents.map((document) => document.toJS({ maxAliasCount: 100 }) as unknown);
    const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
    return values.findLast(isMap) ?? null;
  } catch (error) {
    if (strict) return null;
    throw error;
  }
}

const headKeys = new Set(['title', 'description', 'author', 'level', 'tags', 'name', 'id']);

/** The documents without what takes long to read: of each the lines below the keys that are asked for. */
function headsOf(yaml: string): string {
  let isIn = true;
  const kept = yaml.split('\n').filter((line) => {
    const key = /^(['"]?)([\w-]+)\1\s*:/.exec(line)?.[2];
    if (key !== undefined) isIn = headKeys.has(key);
    else if (/^\S/.test(line) && !line.startsWith('#') && !/^-(?:\s|$)/.test(line)) isIn = true;
    return isIn;
  });
  return kept.join('\n');
}

/** Tags of a rule, as written. Only Sigma rules state them. */
export const tagsOf = (rule: RuleDoc): string[] => ('yaml' in rule.config ? sigmaFacts(rule.config.yaml).tags : []);

/** ATT&CK technique ids among tags, upper case. */
export function attackOf(tags: readonly string[]): string[] {
  return tags
    .map((tag) => /^attack\.(t\d{4}(?:\.\d{3})?)$/i.exec(tag)?.[1]?.toUpperCase())
    .filter((id) => id !== undefined);
}
