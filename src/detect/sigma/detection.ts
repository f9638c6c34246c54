import { type Detection, type Field, type Node, RuleError } from '../form.ts';
import { parseCondition } from './condition.ts';
import { detectionItem } from './item.ts';
import { logsourceNode } from './logsource.ts';
import { isYamlMap, type Path, type Yaml, type YamlMap } from './yaml.ts';

/** A Sigma detection document as a node: its log source and its condition over its selections. */
export function compileDetection(
  document: YamlMap,
  name: string,
  title: string,
  groupBy: Field[] | null,
  warn: (path: string[], message: string) => void,
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
  const condition = conditionOver(detection, ['detection']);
  const logsource = logsourceNode(document.logsource, warn);
  const node: Node = logsource ? { kind: 'and', label: 'and', children: [logsource, condition] } : condition;
  return { kind: 'detection', name, title, node, groupBy };
}

/** Selections and the condition over them, as one node. */
export function conditionOver(detection: YamlMap, path: Path): Node {
  const selections = new Map<string, Node>();
  for (const [key, value] of Object.entries(detection)) {
    if (key === 'condition') continue;
    selections.set(key, selection(key, value, [...path, key]));
  }
  if (selections.size === 0) throw new RuleError(path, `the ${path.at(-1)} has no selection`);
  return conditionNode(detection.condition, selections, [...path, 'condition']);
}

function conditionNode(value: Yaml | undefined, selections: ReadonlyMap<string, Node>, path: Path): Node {
  const list = Array.isArray(value) ? value : [value];
  const nodes = list.map((item) => {
    if (typeof item !== 'string')
      throw new RuleError(path, `a ${path[0]} needs \`condition:\`, a text such as \`selection\``);
    return parseCondition(item, selections, path);
  });
  if (nodes.length === 0) throw new RuleError(path, 'the condition is empty');
  return nodes.length === 1 ? (nodes[0] as Node) : { kind: 'or', label: 'or', children: nodes };
}

/** A map: all of its lines. A list: any of its parts. A text or number: searched in the whole event. */
function selection(label: string, value: Yaml, path: Path): Node {
  if (Array.isArray(value)) {
    if (value.length === 0) throw new RuleError(path, `the selection \`${label}\` is empty`);
    return { kind: 'or', label, children: value.map((part, index) => selection(label, part, [...path, index])) };
  }
  if (isYamlMap(value)) {
    const children = Object.entries(value).map(([key, item]) => detectionItem(key, item, [...path, key]));
    if (children.length === 0) throw new RuleError(path, `the selection \`${label}\` is empty`);
    return { kind: 'and', label, children };
  }
  return detectionItem('', value, path);
}
