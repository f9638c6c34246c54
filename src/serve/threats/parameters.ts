import { parseAllDocuments, stringify } from 'yaml';
import type { RuleDoc } from '../../model/index.ts';
import { relevantRules } from '../backtest/relevant.ts';
import { RefusedError } from '../contract.ts';
import { detectorRules } from './families.ts';
import type { AttackType, ThreatDetector } from './messages.ts';

/** What a question puts into a detector's rule. */
export interface Parameters {
  windowMs: number;
  /** The limit of what the rule counts. */
  atLeast: number;
  /** Events that the window must hold besides. */
  minEvents?: number;
}

/** Which events are looked at, besides those that the rule selects. */
export interface Narrowed {
  src_ip?: string | undefined;
  dst_port?: number | undefined;
  protocol?: string | undefined;
}

type Yaml = Record<string, unknown>;
const isMap = (value: unknown): value is Yaml => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The rule of a detector as it is in force, with its filters and exceptions, and with the parameters of a question in place of
 * its own. A rule that is switched off runs as if it were in force; one that was deleted as it was shipped.
 *
 * @throws RefusedError where somebody has made a rule of it that counts nothing
 */
export function detectorOf(
  attack: AttackType,
  parameters: Parameters,
  narrowed: Narrowed,
  rules: { inForce: readonly RuleDoc[]; shipped: readonly RuleDoc[] },
): ThreatDetector {
  const id = detectorRules[attack];
  const rule = [...rules.inForce, ...rules.shipped].find((one) => one.id === id);
  if (rule === undefined) throw new RefusedError(`The rule ${id} that finds this is missing. Install Phosor again.`);
  const asked = withParameters({ ...rule, enabled: true }, parameters);
  const docs = relevantRules(asked, rules.inForce);
  const filter = filterOf(id, narrowed);
  return {
    attack,
    rule_id: id,
    docs: filter === null ? docs : [...docs, filter],
    windowMs: parameters.windowMs,
  };
}

/** The same rule with another window and other limits, kept quiet by none. */
function withParameters(rule: RuleDoc, { windowMs, atLeast, minEvents }: Parameters): RuleDoc {
  const yaml = 'yaml' in rule.config ? rule.config.yaml : '';
  const parsed = parseAllDocuments(yaml);
  const documents = ('empty' in parsed ? [] : parsed).map((document) => document.toJS() as unknown);
  const counting = documents.filter(isMap).find(({ correlation }) => isMap(correlation));
  const { correlation } = counting ?? {};
  if (counting === undefined || !isMap(correlation))
    throw new RefusedError(
      `The rule “${rule.name}” was changed so that it counts nothing any more. Restore it on its page, or edit it there.`,
    );
  const field = isMap(correlation.condition) ? correlation.condition.field : undefined;
  correlation.timespan = `${Math.round(windowMs / 1000)}s`;
  correlation.condition = { ...(field !== undefined && { field }), gte: atLeast };
  const {
    covered_by: _,
    suppress: __,
    reset: ___,
    min_events: ____,
    ...phosor
  } = isMap(counting.phosor) ? counting.phosor : {};
  counting.phosor = { ...phosor, ...(minEvents !== undefined && { min_events: minEvents }) };
  return { ...rule, config: { yaml: documents.map((document) => stringify(document)).join('---\n') } };
}

/** What a question narrows the events to, as a Sigma filter of the rule: so the store decides most of it. */
function filterOf(rule_id: string, narrowed: Narrowed): RuleDoc | null {
  const selection = Object.fromEntries(
    Object.entries(narrowed).flatMap(([field, value]) =>
      value === undefined ? [] : [[String(value).includes('/') ? `${field}|cidr` : field, value]],
    ),
  );
  if (Object.keys(selection).length === 0) return null;
  const yaml = stringify({
    title: 'What the question is about',
    logsource: { product: 'any' },
    filter: { rules: [rule_id], selection, condition: 'selection' },
  });
  return {
    id: `${rule_id}-asked`,
    name: 'What the question is about',
    description: '',
    type: 'sigma',
    config: { yaml },
    enabled: true,
    severity: 'info',
    origin: 'user',
    author: null,
    created_at: 0,
    updated_at: 0,
  };
}
