import type { RuleDoc } from '../model/index.ts';
import type {
  Correlation,
  Detection,
  Field,
  Filter,
  FrontEnd,
  FrontEndResult,
  Identity,
  Node,
  Problem,
} from './form.ts';

/** Where events of a log source have a field of a name. */
export type FieldOf = (name: string, logsource: NonNullable<Identity['logsource']>) => Field;

/**
 * What rules of one set do to each other: filters are joined to the rules that they name. Pure: the forms that come out
 * are new where something was changed, and the same objects where nothing was. A filter's clauses read fields where the
 * events of the rule that they are joined to have them (`fieldOf`).
 */
export function linkRules(
  docs: readonly RuleDoc[],
  frontEnd: FrontEnd,
  fieldOf: FieldOf,
): Map<RuleDoc, FrontEndResult> {
  const results = new Map<RuleDoc, FrontEndResult>();
  const filters: { doc: RuleDoc; filter: Filter }[] = [];
  for (const doc of docs) {
    const result = frontEnd(doc);
    results.set(doc, result);
    if (result.filter && doc.enabled) filters.push({ doc, filter: result.filter });
  }
  for (const { doc, filter } of filters) joinFilter(doc, { filter, fieldOf, nodes: new Map() }, results);
  const quiets = new Map<string, string>();
  for (const [doc, result] of results) {
    if (doc.enabled) for (const reference of result.quiets ?? []) quiets.set(reference, doc.name);
  }
  if (quiets.size > 0) for (const [doc, result] of results) results.set(doc, quieted(doc, result, quiets));
  return results;
}

/** Rules that a correlation of another file counts raise no alerts of their own, unless it says `generate: true`. */
function quieted(doc: RuleDoc, result: FrontEndResult, quiets: ReadonlyMap<string, string>): FrontEndResult {
  const forms = result.forms.map((form) => {
    const { id, name } = form.root.identity ?? { id: null, name: null };
    const by = [id, name, doc.id].flatMap((one) => (one === null ? [] : (quiets.get(one) ?? [])))[0];
    if (by === undefined || form.ext.signal) return form;
    const signal = `It is counted by the rule “${by}” and raises no alert of its own (generate is not set there).`;
    return { ...form, ext: { ...form.ext, signal } };
  });
  return forms.some((form, i) => form !== result.forms[i]) ? { ...result, forms } : result;
}

/** What became of one reference of a filter. */
interface Reach {
  found: boolean;
  applied: boolean;
}

/** A filter on its way to its rules. */
interface Joining {
  filter: Filter;
  fieldOf: FieldOf;
  /** Its clauses by the log source whose fields they read. */
  nodes: Map<string, Node>;
}

function joinFilter(doc: RuleDoc, joining: Joining, results: Map<RuleDoc, FrontEndResult>): void {
  const { filter } = joining;
  const references = filter.targets === 'any' ? null : new Map<string, Reach>();
  if (filter.targets !== 'any' && references) {
    for (const { reference } of filter.targets) references.set(reference, { found: false, applied: false });
  }
  for (const [target, result] of results) {
    if (result.forms.length === 0) {
      const known = references?.get(target.id);
      if (known && !result.filter) known.found = true;
      continue;
    }
    const forms = result.forms.map((form) => {
      const root = filtered(form.root, joining, references, [{ id: form.id, name: null, logsource: null }], false);
      return root === form.root ? form : { ...form, root };
    });
    if (forms.some((form, i) => form !== result.forms[i])) results.set(target, { ...result, forms });
  }
  const problems = unreached(filter, references);
  if (problems.length === 0) return;
  const own = results.get(doc) as FrontEndResult;
  results.set(doc, { ...own, problems: [...own.problems, ...problems] });
}

function unreached(filter: Filter, references: ReadonlyMap<string, Reach> | null): Problem[] {
  if (filter.targets === 'any' || references === null) return [];
  return filter.targets.flatMap(({ reference, path, line, column }): Problem[] => {
    const reach = references.get(reference);
    if (reach?.applied) return [];
    return reach?.found
      ? [
          {
            level: 'warning',
            message: `the rule \`${reference}\` is of another log source or not in use: the filter changes nothing`,
            path,
            line,
            column,
          },
        ]
      : [
          {
            level: 'error',
            message: `no rule has the id or name \`${reference}\`, which this filter is for`,
            path,
            line,
            column,
          },
        ];
  });
}

/**
 * The part with the filter's clause on it, or the same object. A filter that names a correlation is for all that the
 * correlation looks at.
 * @param names what the rule is called besides the part's own names.
 */
function filtered<P extends Detection | Correlation>(
  part: P,
  joining: Joining,
  references: Map<string, Reach> | null,
  names: readonly Identity[],
  named: boolean,
): P {
  const reached = references === null ? [] : reachesOf(references, part.identity ? [...names, part.identity] : names);
  for (const reach of reached) reach.found = true;
  const meant = named || references === null || reached.length > 0;
  if (part.kind === 'correlation') {
    let changed = false;
    const steps = part.steps.map((step) => {
      const of = filtered(step.of, joining, references, [], meant);
      if (of === step.of) return step;
      changed = true;
      return { ...step, of };
    });
    if (changed) for (const reach of reached) reach.applied = true;
    return changed ? { ...part, steps } : part;
  }
  const logsource = part.identity?.logsource ?? null;
  if (!meant || !isWithin(logsource, joining.filter.logsource)) return part;
  for (const reach of reached) reach.applied = true;
  return { ...part, node: joined(part.node, clauseFor(logsource, joining)) };
}

function reachesOf(references: ReadonlyMap<string, Reach>, names: readonly Identity[]): Reach[] {
  return names.flatMap(({ id, name }) =>
    [id, name].flatMap((one) => {
      const reach = one === null ? undefined : references.get(one);
      return reach ? [reach] : [];
    }),
  );
}

/** The filter's clauses as a rule of the log source would have written them. */
function clauseFor(logsource: Identity['logsource'], { filter, fieldOf, nodes }: Joining): Node {
  if (logsource === null) return filter.node;
  const key = JSON.stringify(logsource);
  let node = nodes.get(key);
  if (node === undefined) {
    node = withFields(filter.node, (field) => (field.view === 'event' ? fieldOf(field.path, logsource) : field));
    nodes.set(key, node);
  }
  return node;
}

function withFields(node: Node, fieldOf: (field: Field) => Field): Node {
  switch (node.kind) {
    case 'not':
      return { ...node, child: withFields(node.child, fieldOf) };
    case 'and':
    case 'or':
      return { ...node, children: node.children.map((child) => withFields(child, fieldOf)) };
    case 'keyword':
      return node;
    case 'leaf': {
      const { test } = node;
      const other = test.op === 'fieldref' ? { test: { ...test, other: fieldOf(test.other) } } : {};
      return { ...node, field: fieldOf(node.field), ...other };
    }
  }
}

/** `(rule) and (filter)`; several filters stand side by side. */
const joined = (node: Node, clause: Node): Node =>
  node.kind === 'and' && node.label === 'filtered'
    ? { ...node, children: [...node.children, clause] }
    : { kind: 'and', label: 'filtered', children: [node, clause] };

/** Whether a rule's log source has all that the filter's asks for. Rules that name none fit every filter. */
function isWithin(logsource: Identity['logsource'], wanted: Filter['logsource']): boolean {
  if (logsource === null) return true;
  return Object.entries(wanted).every(([key, value]) => value === 'any' || logsource[key] === value);
}
