import type { Event } from '../model/index.ts';
import type { SourceSight } from './contract.ts';
import type { Correlation, Detection, Field, Node, RuleForm, Test } from './form.ts';
import { Context, Slots } from './index/context.ts';
import { accessor } from './index/field.ts';
import { compileNode } from './index/predicate.ts';

/** Columns that say what kind of log an event is from. */
const kinds = new Set(['event_type', 'format', 'program', 'source', 'source_type', 'facility']);
/** What every event has, or what our parsers fill wherever the line says it. */
const columns = new Set([
  ...['id', 'time', 'received_at', 'host', 'pid', 'level', 'outcome', 'severity', 'src_ip', 'src_port', 'dst_ip'],
  ...['dst_port', 'protocol', 'user', 'message', 'raw', 'tags', 'redacted'],
]);

/**
 * Whether a rule could see anything in logs of which these events are a sample. The log source has to be there as it is
 * written. Of the selections the values do not count, only what is sent: an event type stands for its subject
 * (`auth.failure`: somebody sends logins), and fields that no parser of ours is known for have to be there. What is behind
 * `not` is never needed.
 */
export function formVisibility(form: RuleForm, events: readonly Event[]): SourceSight {
  const missing = new Set<string>();
  const visible = isVisible(form.root, events, missing);
  return { visible, missing: visible ? [] : [...missing] };
}

function isVisible(part: Detection | Correlation, events: readonly Event[], missing: Set<string>): boolean {
  if (part.kind === 'detection') return isDetectionVisible(part, events, missing);
  const seen = part.steps.map((step) => isVisible(step.of, events, missing));
  const needsAll = part.type === 'temporal' || part.type === 'temporal_ordered';
  return needsAll ? seen.every(Boolean) : seen.some(Boolean);
}

function isDetectionVisible(part: Detection, events: readonly Event[], missing: Set<string>): boolean {
  const typed = namesEventType(part.node);
  if (isMet(neededOf(part.node, typed), events)) return true;
  for (const what of missingOf(part.node, typed, events)) missing.add(what);
  return false;
}

function isMet(needed: Node, events: readonly Event[]): boolean {
  const slots = new Slots();
  const predicate = compileNode(needed, slots);
  const context = new Context(slots);
  return events.some((event) => {
    context.begin(event);
    return predicate(context);
  });
}

const always: Node = { kind: 'and', label: 'always', children: [] };

const isLogsource = (node: Node): boolean => node.kind !== 'leaf' && node.label.startsWith('logsource');

/** Whether every match has one of some event types: then the parser is ours and its fields are known to come. */
function namesEventType(node: Node): boolean {
  if (node.kind === 'leaf') return node.field.path === 'event_type';
  if (node.kind === 'and') return node.children.some(namesEventType);
  return node.kind === 'or' && node.children.length > 0 && node.children.every(namesEventType);
}

const isKnown = ({ path }: Field, typed: boolean): boolean => typed || columns.has(path);

/** The tree with values left out: what must be there for the rule to have a chance. */
function neededOf(node: Node, typed: boolean, exact = false): Node {
  switch (node.kind) {
    case 'not':
      return exact ? node : always;
    case 'keyword':
      return always;
    case 'and':
    case 'or': {
      const within = exact || isLogsource(node);
      return { ...node, children: node.children.map((child) => neededOf(child, typed, within)) };
    }
    case 'leaf': {
      const { field, test } = node;
      if (field.path === 'event_type' && test.op === 'equals') return { ...node, test: subjectTest(test.value) };
      if (exact || kinds.has(field.path)) return node;
      const isAbsence = test.op === 'null' || (test.op === 'exists' && !test.value);
      if (isAbsence || isKnown(field, typed)) return always;
      return { ...node, test: { op: 'exists', value: true } };
    }
  }
}

/** `auth.failure` → anything of `auth.`; `message` has no subject. */
function subjectTest(type: string): Test {
  const subject = type.split('.', 1)[0] as string;
  return subject === type
    ? { op: 'equals', value: type, cased: false }
    : { op: 'startswith', value: `${subject}.`, cased: false };
}

/** In words, what none of the events has; where each alone is there but never together, all of it. */
function missingOf(node: Node, typed: boolean, events: readonly Event[]): string[] {
  const wanted = new Map<string, { words: string; isSeen: boolean }>();
  collect(node, typed, events, wanted, new Map());
  const told = [...wanted.values()];
  const unseen = told.filter(({ isSeen }) => !isSeen);
  return (unseen.length > 0 ? unseen : told).map(({ words }) => words);
}

function collect(
  node: Node,
  typed: boolean,
  events: readonly Event[],
  wanted: Map<string, { words: string; isSeen: boolean }>,
  alternatives: Map<string, string[]>,
): void {
  if (node.kind === 'not' || node.kind === 'keyword') return;
  if (node.kind !== 'leaf') {
    if (node.label.startsWith('logsource ')) {
      const words = `log source ${node.label.slice('logsource '.length)}`;
      const isSeen = wanted.get(words)?.isSeen !== false && isMet(neededOf(node, typed, true), events);
      wanted.set(words, { words, isSeen });
      return;
    }
    for (const child of node.children) collect(child, typed, events, wanted, alternatives);
    return;
  }
  const { field, test } = node;
  if (kinds.has(field.path)) {
    if (test.op !== 'equals' && test.op !== 'startswith') return;
    const isType = field.path === 'event_type' && test.value.includes('.');
    const what = isType ? `${test.value.split('.', 1)[0]}.*` : `${test.value}${test.op === 'equals' ? '' : '*'}`;
    const list = alternatives.get(field.path) ?? [];
    if (!list.includes(what)) list.push(what);
    alternatives.set(field.path, list);
    const shown = list.length > 4 ? `${list.slice(0, 4).join(', ')} …` : list.join(', ');
    const isSeen = wanted.get(field.path)?.isSeen === true || isMet(neededOf(node, typed), events);
    wanted.set(field.path, { words: `${field.path} ${shown}`, isSeen });
  } else if (!isKnown(field, typed)) {
    const read = accessor(field);
    const isSeen = events.some((event) => (read(event) ?? null) !== null);
    wanted.set(field.path, { words: `field ${field.path}`, isSeen });
  }
}
