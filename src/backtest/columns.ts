import type { Correlation, Detection, Field, Node, RuleForm } from '../detect/form.ts';
import { declaresLogsource } from '../detect/index/field.ts';
import { placesIn } from '../detect/index/mapped.ts';
import { factWords } from '../detect/sigma/extensions.ts';
import { newEvent } from '../model/index.ts';
import { formats } from '../parse/index.ts';
import { messageColumns } from '../store/events/columns.ts';
import type { EventCondition, IntegerColumn, TextColumn } from '../store/events/history.ts';
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

/** What to read of each event. */
export interface Needed {
  columns: readonly Column[];
  /** Which events' `fields` are needed, where not all are. */
  fieldsWhere: EventCondition | undefined;
  /** Of messages only so many first characters are looked at. Undefined: all of them. */
  messageStart: number | undefined;
  /** Whether that is most of what is stored. */
  wide: boolean;
}

export const everything: Needed = { columns: all, fieldsWhere: undefined, messageStart: undefined, wide: true };
/** Texts that are compared without regard to case may be longer by this factor in another case. */
const mostByFolding = 3;

/**
 * The columns that rules read: matching, grouping, counting and the sentence of an alert. All of them where a field is
 * read in a way that is not known here.
 */
export function columnsFor(forms: readonly RuleForm[]): Needed {
  const reading = new Reading();
  for (const form of forms) reading.form(form);
  return reading.needed();
}

/** What the columns are called that PHOSOR's names stand for. Other names are looked up in `fields`. */
export const phosorColumns: Readonly<Record<string, TextColumn | IntegerColumn>> = {
  hostname: 'host',
  host: 'host',
  src_ip: 'src_ip',
  source_ip: 'src_ip',
  src_port: 'src_port',
  dst_ip: 'dst_ip',
  destination_ip: 'dst_ip',
  dst_port: 'dst_port',
  destination_port: 'dst_port',
  protocol: 'protocol',
  user: 'user',
  username: 'user',
  program: 'program',
  app: 'program',
  pid: 'pid',
  outcome: 'outcome',
  format: 'format',
  message: 'message',
};

/** What an event itself says of its log source, in its fields. */
export const isLogsource = ({ view, path }: Field): boolean => view === 'event' && path.startsWith('logsource.');

/** Formats of events that may state their own log source. */
export function declaringFormats(): string[] {
  const origin = { source: '', source_type: 'file', peer: null, hint: null, identity: '' } as const;
  const probe = newEvent(origin, 0, '');
  return [...new Set([...formats.map(({ name }) => name), 'raw', 'json'])].filter((format) => {
    probe.format = format;
    return declaresLogsource(probe);
  });
}

const isOfFormats = (values: readonly string[]): EventCondition => {
  return { op: 'equals', column: 'format', values, fold: false };
};
const isPosted: EventCondition = { op: 'equals', column: 'source_type', values: ['webhook'], fold: false };

/** The message of an event itself, in no other place. */
const isMessage = ({ view, path, from }: Field): boolean =>
  view === 'event' && path === 'message' && from === undefined;

class Reading {
  readonly #columns = new Set<Column>(always);
  /** When `fields` is needed; null: always. */
  #fieldsWhere: EventCondition[] | null = [];
  #isAll = false;
  #isRaw = false;
  /** How many first characters of messages are looked at; infinite: all. */
  #messageStart = 0;

  needed(): Needed {
    if (this.#isAll) return everything;
    if (this.#messageStart > 0) for (const name of messageColumns) this.#columns.add(name);
    const isStart = this.#messageStart > 0 && Number.isFinite(this.#messageStart) && !this.#isRaw;
    const of = this.#fieldsWhere;
    if (of === null || of.length > 0) this.#columns.add('fields');
    const columns = [...this.#columns];
    return {
      columns,
      fieldsWhere: of === null ? undefined : { op: 'any', of },
      messageStart: isStart ? this.#messageStart : undefined,
      wide: of === null || (columns.includes('raw') && !isStart),
    };
  }

  form(form: RuleForm): void {
    this.#part(form.root);
    if (form.ext.groupPrefix !== null) this.#columns.add('src_ip');
    for (const [, name] of form.ext.message?.matchAll(/\{([^{}]{1,100})\}/g) ?? []) {
      if (!factWords.has(name as string))
        this.#field(form.ext.messageFields?.[name as string] ?? { view: 'event', path: name as string });
    }
  }

  #part(part: Detection | Correlation): void {
    if (part.kind === 'detection') {
      this.#node(part.node);
      for (const field of part.groupBy ?? [{ view: 'event', path: 'src_ip' } as const]) this.#field(field);
      return;
    }
    for (const step of part.steps) {
      this.#part(step.of);
      for (const field of [...step.groupBy, ...step.value]) this.#field(field);
    }
  }

  #node(node: Node): void {
    switch (node.kind) {
      case 'and':
      case 'or':
        for (const child of node.children) this.#node(child);
        return;
      case 'not':
        this.#node(node.child);
        return;
      case 'leaf':
        if (isMessage(node.field) && node.test.op === 'startswith')
          this.#messageStart = Math.max(this.#messageStart, mostByFolding * node.test.value.length);
        else this.#field(node.field);
        if (node.test.op === 'fieldref') this.#field(node.test.other);
        return;
      case 'keyword':
        this.#message();
        return;
      default:
        this.#isAll = true;
    }
  }

  #message(): void {
    this.#messageStart = Number.POSITIVE_INFINITY;
  }

  #field(field: Field): void {
    const { view, path } = field;
    if (path === 'raw') {
      this.#isRaw = true;
      this.#columns.add('raw');
    } else if (path === 'message') this.#message();
    else if (view === 'phosor') this.#phosorField(path);
    else if (view !== 'event') this.#isAll = true;
    else if (known.has(path)) this.#columns.add(path as Column);
    else if (isLogsource(field)) this.#fieldsWhere?.push(isOfFormats(declaringFormats()));
    else {
      const head = path.slice(0, Math.max(0, path.indexOf('.')));
      if (head === 'geo' || head === 'intel' || head === 'score') this.#columns.add(head);
      else this.#fieldsWhere = null;
    }
    for (const path of (field.from?.sources ?? []).flatMap(placesIn)) this.#field({ view: 'event', path });
  }

  #phosorField(path: string): void {
    const name = path.startsWith('parsed.') ? path.slice(7) : path;
    if (path === 'source' || path === 'source_type' || path === 'event_type' || path === 'event_class') return;
    if (name === 'event_type') {
      this.#fieldsWhere?.push(isPosted);
      return;
    }
    const column = Object.hasOwn(phosorColumns, name) ? phosorColumns[name] : undefined;
    if (column === undefined) this.#isAll = true;
    else if (column === 'message') this.#message();
    else {
      this.#columns.add(column);
      // Where the column is empty, a field of the name is looked for.
      this.#fieldsWhere?.push({ op: 'null', column });
    }
  }
}
