import { type Detection, type Field, type Node, RuleError } from '../form.ts';
import { parseCondition } from './condition.ts';
import { detectionItem, type Reading } from './item.ts';
import { logsourceNode } from './logsource.ts';
import { isYamlMap, type Path, type Yaml, type YamlMap } from './yaml.ts';

/** A Sigma detection document as a node: its log source and its condition over its selections. */
export function compileDetection(
  document: YamlMap,
  name: string,
  title: string,
  groupBy: Field[] | null,
  reading: Reading,
): Detection {
  const detection = document.detection;
  if (!isYamlMap(detection))
    throw new RuleError(['detection'], 'a rule needs `detection:` with selections and a condition');
  if (detection.timeframe !== undefined) {
    throw new RuleError(
      ['detection', 'timeframe'],
      '`timeframe` is Sigma 1; write a correlation document with `timespan` instead',
    );
  }
  const condition = conditionOver(detection, ['detection'], reading);
  const logsource = logsourceNode(document.logsource, reading);
  const node: Node = logsource ? { kind: 'and', label: 'and', children: [logsource, condition] } : condition;
  return { kind: 'detection', name, title, node, groupBy };
}

/** Selections and the condition over them, as one node. */
export function conditionOver(detection: YamlMap, path: Path, reading: Reading): Node {
  const selections = new Map<string, Node>();
  for (const [key, value] of Object.entries(detection)) {
    if (key === 'condition') continue;
    selections.set(key, selection(key, value, [...path, key], reading));
  }
  if (selections.size === 0) throw new RuleError(path, `the ${path.at(-1)} has no selection`);
  return conditionNode(detection.condition, selections, path, reading);
}

function conditionNode(
  value: Yaml | undefined,
  selections: ReadonlyMap<string, Node>,
  above: Path,
  reading: Reading,
): Node {
  const path = [...above, 'condition'];
  const isList = Array.isArray(value);
  const list = isList ? value : [value];
  const used = new Set<string>();
  const nodes = list.map((item, index) => {
    const at = isList ? [...path, index] : path;
    if (typeof item !== 'string')
      throw new RuleError(at, `a ${above[0]} needs \`condition:\`, a text such as \`selection\``);
    return parseCondition(item, selections, at, used);
  });
  if (nodes.length === 0) throw new RuleError(path, 'the condition is empty');
  for (const name of selections.keys()) {
    if (!used.has(name)) reading.warn([...above, name], `no condition uses the selection \`${name}\``);
  }
  return nodes.length === 1 ? (nodes[0] as Node) : { kind: 'or', label: 'or', children: nodes };
}

/** A map: all of its lines. A list: any of its parts. A text or number: searched in the whole event. */
function selection(label: string, value: Yaml, path: Path, reading: Reading): Node {
  if (Array.isArray(value)) {
    if (value.length === 0) throw new RuleError(path, `the selection \`${label}\` is empty`);
    return {
      kind: 'or',
      label,
      children: value.map((part, index) => selection(label, part, [...path, index], reading)),
    };
  }
  if (isYamlMap(value)) {
    const children = Object.entries(value).map(([key, item]) => detectionItem(key, item, [...path, key], reading));
    if (children.length === 0) throw new RuleError(path, `the selection \`${label}\` is empty`);
    return { kind: 'and', label, children };
  }
  return detectionItem('', value, path, reading);
}
