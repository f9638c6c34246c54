import type { Correlation, Detection, Field, Node, RuleForm } from '../detect/form.ts';
import { messageColumns } from '../store/events/columns.ts';
import { type EventRow, rowColumns } from '../store/events/row.ts';

type Column = keyof EventRow;

const all: readonly Column[] = rowColumns.map(({ name }) => name);
/** Read by their own names; all other names are looked up in `fields` and its like. */
const known: ReadonlySet<string> = new Set([
  ...rowColumns.flatMap(({ name, kind }) => (kind === 'json' || name.startsWith('message') ? [] : [name])),
  'tags',
  'redacted',
]);
/** What the engine looks at whatever the rule is: the kind of an event, its source, and where it happened. */
const always: readonly Column[] = ['source', 'source_type', 'event_type', 'format', 'program', 'host'];

/**
 * The columns that rules read: matching, grouping, counting and the sentence of an alert. All of them as soon as one
 * field is not simply a column of its name.
 */
export function columnsFor(forms: readonly RuleForm[]): readonly Column[] {
  const wanted = new Set<Column>(always);
  try {
    for (const form of forms) {
      ofPart(form.root, wanted);
      if (form.ext.groupPrefix !== null) wanted.add('src_ip');
      for (const [, name] of form.ext.message?.matchAll(/\{([^{}]{1,100})\}/g) ?? []) ofMessage(name as string, wanted);
    }
  } catch (error) {
    if (error !== notAColumn) throw error;
    return all;
  }
  return [...wanted];
}

/** Whether reading them means reading most of what is stored. */
export const isWide = (columns: readonly Column[]): boolean => columns.includes('raw') || columns.includes('fields');

const notAColumn = new Error('a field that is not one column');
/** What a message may say of the alert itself. */
const factWords = new Set(['count', 'observed', 'values', 'duration', 'first']);

function ofMessage(name: string, wanted: Set<Column>): void {
  if (!factWords.has(name)) ofField({ view: 'event', path: name }, wanted);
}

function ofPart(part: Detection | Correlation, wanted: Set<Column>): void {
  if (part.kind === 'detection') {
    ofNode(part.node, wanted);
    for (const field of part.groupBy ?? [{ view: 'event', path: 'src_ip' } as const]) ofField(field, wanted);
    return;
  }
  for (const step of part.steps) {
    ofPart(step.of, wanted);
    for (const field of [...step.groupBy, ...step.value]) ofField(field, wanted);
  }
}

function ofNode(node: Node, wanted: Set<Column>): void {
  switch (node.kind) {
    case 'and':
    case 'or':
      for (const child of node.children) ofNode(child, wanted);
      return;
    case 'not':
      ofNode(node.child, wanted);
      return;
    case 'leaf':
      ofField(node.field, wanted);
      if (node.test.op === 'fieldref') ofField({ view: 'event', path: node.test.path }, wanted);
      return;
    case 'keyword':
      for (const name of messageColumns) wanted.add(name);
      return;
    default:
      throw notAColumn;
  }
}

function ofField({ view, path }: Field, wanted: Set<Column>): void {
  if (path === 'raw') wanted.add('raw');
  else if (path === 'message') for (const name of messageColumns) wanted.add(name);
  // PHOSOR's names are looked up in several places.
  else if (view === 'event' && known.has(path)) wanted.add(path as Column);
  else throw notAColumn;
}
