import { type EventCondition, everything, nothing, type TextTest } from '../../../model/index.ts';

/** What is known of a text column where a condition is looked at: it is one of `is` (null: anything), and none of `isNot`. */
interface Fact {
  is: ReadonlySet<string> | null;
  isNot: ReadonlySet<string>;
}
/** By column. */
type Facts = ReadonlyMap<string, Fact>;

type Equals = Extract<EventCondition, TextTest> & { op: 'equals' };

/**
 * A condition that holds for the same events and asks less of each. The words of the log analyzer are decisions in an order:
 * each says that none of those before it holds. Mostly they are about other formats or types of events, which the decision
 * itself rules out.
 */
export function simplified(condition: EventCondition): EventCondition {
  let found = known.get(condition);
  if (found === undefined) {
    found = simplify(condition, new Map());
    known.set(condition, found);
  }
  return found;
}

/** Each slice is asked the same. */
const known = new WeakMap<EventCondition, EventCondition>();

/** @param facts hold for every event that the condition is asked of */
function simplify(condition: EventCondition, facts: Facts): EventCondition {
  if (condition.op === 'all') return simplifyAll(condition.of, facts);
  if (condition.op === 'any') return simplifyAny(condition.of, facts);
  if (condition.op === 'not') return negated(simplify(condition.of, facts));
  return isPlain(condition) ? simplifyEquals(condition, facts.get(condition.column)) : condition;
}

const isTrue = (condition: EventCondition): boolean => condition.op === 'all' && condition.of.length === 0;
const isFalse = (condition: EventCondition): boolean => condition.op === 'any' && condition.of.length === 0;

function negated(condition: EventCondition): EventCondition {
  if (isTrue(condition)) return nothing;
  if (isFalse(condition)) return everything;
  return condition.op === 'not' ? condition.of : { op: 'not', of: condition };
}

/** A column is one of some values, as they are. Ids are compared by what they mean. */
const isPlain = (condition: EventCondition): condition is Equals =>
  condition.op === 'equals' && condition.fold === false && condition.column !== 'id';

function simplifyEquals(condition: Equals, fact: Fact = unknown): EventCondition {
  const { is, isNot } = fact;
  const left = condition.values.filter((value) => (is === null || is.has(value)) && !isNot.has(value));
  if (left.length === 0) return nothing;
  if (is !== null && [...is].every((value) => isNot.has(value) || left.includes(value))) return everything;
  return left.length === condition.values.length ? condition : { ...condition, values: left };
}

/** Each part only has to say what the others, as they are by then, do not. */
function simplifyAll(of: readonly EventCondition[], facts: Facts): EventCondition {
  let parts: readonly EventCondition[] = of;
  for (let before: readonly EventCondition[] = []; before.length !== parts.length; ) {
    before = parts;
    const now = before.flatMap(partsOf);
    const said = now.map(factsOf);
    for (const [i, part] of now.entries()) {
      const others = said.reduce((all, more, j) => (i === j ? all : both(all, more)), facts);
      const left = simplify(part, others);
      if (isFalse(left)) return nothing;
      now[i] = left;
      said[i] = factsOf(left);
    }
    parts = now.flatMap(partsOf);
  }
  return parts.length === 1 ? (parts[0] as EventCondition) : { op: 'all', of: parts };
}

const partsOf = (part: EventCondition): readonly EventCondition[] => (part.op === 'all' ? part.of : [part]);

function simplifyAny(of: readonly EventCondition[], facts: Facts): EventCondition {
  const parts: EventCondition[] = [];
  for (const part of of) {
    const now = simplify(part, facts);
    if (isTrue(now)) return everything;
    parts.push(...(now.op === 'any' ? now.of : [now]));
  }
  return parts.length === 1 ? (parts[0] as EventCondition) : { op: 'any', of: parts };
}

const unknown: Fact = { is: null, isNot: new Set() };
const nothingKnown: Facts = new Map();

/** What holds of every event that fulfils the condition. */
function factsOf(condition: EventCondition): Facts {
  if (isPlain(condition)) return new Map([[condition.column, { is: new Set(condition.values), isNot: new Set() }]]);
  if (condition.op === 'not')
    return isPlain(condition.of)
      ? new Map([[condition.of.column, { is: null, isNot: new Set(condition.of.values) }]])
      : nothingKnown;
  if (condition.op === 'all') return condition.of.map(factsOf).reduce(both, nothingKnown);
  return condition.op === 'any' ? either(condition.of.map(factsOf)) : nothingKnown;
}

function both(a: Facts, b: Facts): Facts {
  if (b.size === 0) return a;
  const all = new Map(a);
  for (const [column, more] of b) {
    const { is, isNot } = all.get(column) ?? unknown;
    all.set(column, {
      is: is === null ? more.is : more.is === null ? is : is.intersection(more.is),
      isNot: isNot.union(more.isNot),
    });
  }
  return all;
}

/** Only what a column may be: of what it is not, little would be left. */
function either(ways: readonly Facts[]): Facts {
  const [first, ...others] = ways;
  const found = new Map<string, Fact>();
  for (const [column, { is }] of first ?? nothingKnown) {
    if (is === null) continue;
    const more = others.map((way) => way.get(column)?.is ?? null);
    if (more.every((each) => each !== null))
      found.set(column, { is: more.reduce((all, each) => all.union(each), is), isNot: new Set() });
  }
  return found;
}
