import { isNetwork } from '../../model/address.ts';
import { type DatePart, type Field, type Node, RuleError, type Test } from '../form.ts';
import { compileRegex, RegexRefused } from '../regex/regex.ts';
import { encoded, windashed } from './encodings.ts';
import type { LogsourceKeys } from './mapping-file.ts';
import type { MappedLogsource } from './mappings.ts';
import { checkModifiers, dateParts, isEncoder, positions, relations } from './modifiers.ts';
import { expanded, type Placeholders } from './placeholders.ts';
import { anyDashTest, containing, leading, literalOf, type Tokens, testOf, tokenise, trailing } from './text.ts';
import { isYamlMap, type Path, type Yaml } from './yaml.ts';

/** What the reading of a document may ask for, and whom it tells. */
export interface Reading {
  placeholders: Placeholders;
  /** What is known of the document's log source. */
  logsource: MappedLogsource;
  /** A field by its name in the document: where Phosor has it, in events of its log source or another. */
  field(name: string, logsource?: LogsourceKeys | null): Field;
  warn(path: Path, message: string): void;
}

/**
 * One line of a selection, `field|modifiers: value(s)`, as a node. Values are alternatives unless `all` is given;
 * `neq` turns the result round. Without a field it is a keyword, which is searched in the whole event.
 */
export function detectionItem(key: string, value: Yaml, path: Path, reading: Reading): Node {
  const [name = '', ...modifiers] = key.split('|').map((part) => part.trim());
  checkModifiers(modifiers, path);
  const isList = Array.isArray(value);
  const values = isList ? value : [value];
  if (values.length === 0) throw new RuleError(path, `the list of values of ${key} is empty`);
  const all = modifiers.includes('all');
  if (all && values.length === 1) {
    reading.warn(path, `\`all\` has no effect on the single value of \`${key}\`; leave it out, or give a list`);
  }
  if (modifiers.includes('base64offset') && !modifiers.includes('contains')) {
    reading.warn(
      path,
      '`base64offset` finds a part of a longer text only with `contains`; write `base64offset|contains`',
    );
  }
  const field = reading.field(name);
  const alternatives = values.map((one, index) => {
    const at = isList ? [...path, index] : path;
    if (isYamlMap(one) || Array.isArray(one)) {
      throw new RuleError(at, `a value of ${key} must be a text, a number, true, false or null, not a map or a list`);
    }
    if (one === null && isList) {
      throw new RuleError(at, `null cannot stand in a list of values; write a second selection \`${name}: null\``);
    }
    const tests = testsOf(one, modifiers, at, reading);
    return joined(
      tests.map((test): Node => {
        if (name !== '') return { kind: 'leaf', label: key, field, test };
        return { kind: 'keyword', label: key, test: keywordTest(test, at) };
      }),
      'or',
      key,
    );
  });
  const node = joined(all ? alternatives : alternatives.flatMap(ofOr), all ? 'and' : 'or', key);
  return modifiers.includes('neq') ? { kind: 'not', label: key, child: node } : node;
}

const joined = (nodes: readonly Node[], kind: 'and' | 'or', label: string): Node =>
  nodes.length === 1 ? (nodes[0] as Node) : { kind, label, children: [...nodes] };

const ofOr = (node: Node): readonly Node[] => (node.kind === 'or' ? node.children : [node]);

/** Keywords are searched anywhere in the event. */
function keywordTest(test: Test, path: Path): Test {
  switch (test.op) {
    case 'equals':
    case 'contains':
    case 'startswith':
    case 'endswith':
      if (test.value === '') throw new RuleError(path, 'an empty keyword is in every event');
      return { ...test, op: 'contains' };
    case 'glob':
      return testOf(containing(test.tokens), test.cased);
    case 'regex':
      return test;
    default:
      throw new RuleError(path, 'a keyword is a text or a number that is searched in the whole event; name a field');
  }
}

type Scalar = string | number | boolean | null;

function testsOf(value: Scalar, modifiers: readonly string[], path: Path, reading: Reading): Test[] {
  const has = (name: string) => modifiers.includes(name);
  const cased = has('cased');
  if (value === null) {
    if (modifiers.some((m) => m !== 'neq')) throw new RuleError(path, 'null takes no modifier but `neq`');
    return [{ op: 'null' }];
  }
  if (has('exists')) {
    if (typeof value !== 'boolean') throw new RuleError(path, '`exists` takes true or false');
    return [{ op: 'exists', value }];
  }
  const relation = relations.find(has);
  const part = dateParts.find(has);
  if (part !== undefined) return [datePartTest(part, relation, value, path)];
  if (relation !== undefined) return [{ op: 'compare', relation, value: number(value, relation, path) }];
  const text = String(value);
  if (has('re')) return [regexTest(text, modifiers, path)];
  if (has('cidr')) return [networkTest(text, path)];
  const position = positions.find(has);
  if (has('fieldref')) {
    if (typeof value !== 'string' || value === '') throw new RuleError(path, '`fieldref` takes the name of a field');
    return [{ op: 'fieldref', other: reading.field(text.trim()), relation: position ?? 'equals', cased }];
  }
  let values: Tokens[];
  if (has('expand')) values = expanded(text, reading.placeholders, path);
  // A number is the text of its digits: forwarders send 4625 and "4625" alike.
  else values = [typeof value === 'string' ? tokenise(value) : [text]];
  return values.flatMap((tokens) => textTests(tokens, modifiers, position, cased, path));
}

/** Encodings and dashes, in the order they are written; then the place in the value. */
function textTests(
  start: Tokens,
  modifiers: readonly string[],
  position: (typeof positions)[number] | undefined,
  cased: boolean,
  path: Path,
): Test[] {
  let variants: Tokens[] = [start];
  let bytes = false;
  for (const modifier of modifiers) {
    if (modifier === 'windash') {
      const dashed = variants.map(windashed);
      if (dashed.every((one) => one !== null)) variants = dashed.flat();
      else if (modifiers.some(isEncoder)) {
        throw new RuleError(path, 'this value has too many dashes to be encoded with each; write fewer');
      } else return variants.map((tokens) => regexOf(positioned(tokens, position), cased, path));
    } else if (isEncoder(modifier)) {
      variants = variants.flatMap((variant) => {
        const literal = literalOf(variant);
        if (literal === null) throw new RuleError(path, `a value with wildcards cannot be encoded by \`${modifier}\``);
        return encoded(literal, modifier, bytes).map((text): Tokens => (text === '' ? [] : [text]));
      });
      bytes = !modifier.startsWith('base64');
    }
  }
  return variants.map((variant) => testOf(positioned(variant, position), cased));
}

function positioned(tokens: Tokens, position: (typeof positions)[number] | undefined): Tokens {
  if (position === 'contains') return containing(tokens);
  if (position === 'startswith') return trailing(tokens);
  return position === 'endswith' ? leading(tokens) : tokens;
}

function regexOf(tokens: Tokens, cased: boolean, path: Path): Test {
  const test = anyDashTest(tokens, cased);
  checkRegex(test.source, test.flags, path);
  return test;
}

function networkTest(text: string, path: Path): Test {
  if (!isNetwork(text)) {
    throw new RuleError(path, `\`${text}\` is no network; write an address and a prefix length such as 192.0.2.0/24`);
  }
  return { op: 'cidr', network: text };
}

function datePartTest(
  part: DatePart,
  relation: (typeof relations)[number] | undefined,
  value: string | number | boolean,
  path: Path,
): Test {
  const wanted = number(value, part, path);
  return relation === undefined
    ? { op: 'datepart', part, value: wanted }
    : { op: 'datepart', part, relation, value: wanted };
}

function regexTest(source: string, modifiers: readonly string[], path: Path): Test {
  const flags = ['i', 'm', 's'].filter((flag) => modifiers.includes(flag)).join('');
  checkRegex(source, flags, path);
  return { op: 'regex', source, flags, missing: 'never' };
}

function checkRegex(source: string, flags: string, path: Path): void {
  try {
    compileRegex(source, flags);
  } catch (error) {
    if (error instanceof RegexRefused) throw new RuleError(path, error.message);
    throw error;
  }
}

function number(value: string | number | boolean, modifier: string, path: Path): number {
  const result = typeof value === 'boolean' || value === '' ? Number.NaN : Number(value);
  if (!Number.isFinite(result)) throw new RuleError(path, `\`${modifier}\` takes a number, not \`${value}\``);
  return result;
}
