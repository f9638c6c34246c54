import { type Field, type Node, RuleError, type Test } from '../form.ts';
import { detectionItem, type Reading } from './item.ts';
import type { LogsourceKeys, MappingEntry } from './mapping-file.ts';
import type { MappedLogsource } from './mappings.ts';
import { isYamlMap, type Yaml } from './yaml.ts';

const keysInOrder = ['product', 'category', 'service'] as const;

/** Category, product and service of a log source, in lower case. */
export function logsourceKeys(logsource: Yaml | undefined): Record<string, string> {
  const keys: Record<string, string> = {};
  if (!isYamlMap(logsource)) return keys;
  for (const key of ['category', 'product', 'service'] as const) {
    const name = logsource[key];
    if (typeof name === 'string') keys[key] = name.toLowerCase();
  }
  return keys;
}

/**
 * The clause that a rule's `logsource` stands for: what the mappings say of it. An event that declares its own log source
 * (`logsource.product` …, see index/field.ts) fits where it declares the same and nothing else. Of names that no mapping
 * knows the author is told; they narrow nothing.
 */
export function logsourceNode(logsource: Yaml | undefined, reading: Reading): Node | null {
  if (!isYamlMap(logsource)) {
    throw new RuleError(['logsource'], 'a rule needs `logsource:` with category, product or service');
  }
  for (const key of keysInOrder) {
    const name = logsource[key];
    if (name !== undefined && name !== null && typeof name !== 'string') {
      throw new RuleError(['logsource', key], `${key} must be a text`);
    }
  }
  const { logsource: mapped, warn } = reading;
  const { unknown } = mapped;
  if (unknown.length > 0) {
    const names = unknown.map((key) => `${key} \`${logsource[key]}\``).join(', ');
    warn(['logsource'], `no log of ours is known as ${names}; the rule matches on its selections alone`);
  }
  let node = nodes.get(mapped);
  if (node === undefined) {
    node = nodeOf(logsourceKeys(logsource), mapped);
    nodes.set(mapped, node);
  }
  return node;
}

/** One object per log source: whatever is made of it is made once. */
const nodes = new WeakMap<MappedLogsource, Node | null>();

function nodeOf(keys: LogsourceKeys, mapped: MappedLogsource): Node | null {
  const parts: Node[] = [];
  for (const key of keysInOrder) {
    const name = keys[key];
    if (name !== undefined && !(key === 'product' && name === 'any')) parts.push(notElse(key, name));
  }
  for (const { keys: ofEntry, events } of mapped.events) {
    if (events !== 'any') parts.push({ kind: 'or', ...labelled(ofEntry), children: fits(ofEntry, events, mapped) });
  }
  if (parts.length === 0) return null;
  return { kind: 'and', ...labelled(keys), children: parts };
}

const labelled = (keys: LogsourceKeys) => ({
  label: `logsource ${keysInOrder.flatMap((key) => (keys[key] === undefined ? [] : [`${key}: ${keys[key]}`])).join(', ')}`,
});

/** The event says so itself, or looks like it. */
function fits(
  keys: LogsourceKeys,
  events: Exclude<MappingEntry['events'], 'any' | undefined>,
  mapped: MappedLogsource,
) {
  const said = Object.entries(keys).map(([key, name]) => declared(key, { op: 'equals', value: name, cased: false }));
  const reading: Reading = {
    placeholders: {},
    logsource: mapped,
    field: (name: string): Field => mapped.field(name),
    warn: () => undefined,
  };
  const looks = events.flatMap((selection): Node[] => {
    const items = Object.entries(selection).map(([key, value]) => detectionItem(key, value, ['events'], reading));
    const [only] = items;
    if (items.length !== 1 || only === undefined) return [{ kind: 'and', label: 'events', children: items }];
    return only.kind === 'or' ? only.children : [only];
  });
  const whole: Node = said.length === 1 ? (said[0] as Node) : { kind: 'and', label: 'declared', children: said };
  return [whole, ...looks];
}

/** The event declares this or nothing. Without a product, `category` and `service` are words of any program. */
function notElse(key: string, name: string): Node {
  const children = [
    declared(key, { op: 'equals', value: name, cased: false }),
    declared(key, { op: 'null' }),
    ...(key === 'product' ? [] : [declared('product', { op: 'null' })]),
  ];
  return { kind: 'or', label: `logsource ${key}: ${name}`, children };
}

function declared(key: string, test: Test): Node {
  return { kind: 'leaf', label: `declared ${key}`, field: { view: 'event', path: `logsource.${key}` }, test };
}
