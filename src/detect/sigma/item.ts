import { isNetwork } from '../address.ts';
import { type DatePart, type Field, type Node, RuleError, type Test } from '../form.ts';
import { compileRegex, RegexRefused } from '../regex/regex.ts';
import { base64, base64Offsets, utf8, utf16, windashVariants } from './encodings.ts';
import { containing, leading, literalOf, type Tokens, testOf, tokenise, trailing } from './text.ts';
import { isYamlMap, type Path, type Yaml } from './yaml.ts';

const relations = ['lt', 'lte', 'gt', 'gte'] as const;
const dateParts: readonly string[] = ['minute', 'hour', 'day', 'week', 'month', 'year'];
const encoders = ['base64', 'base64offset', 'wide', 'utf16', 'utf16le', 'utf16be'];
const known = new Set<string>([
  ...['all', 'contains', 'startswith', 'endswith', 'exists', 'cased', 'neq', 'windash', 're', 'i', 'm', 's'],
  ...['cidr', 'fieldref', 'expand', ...relations, ...dateParts, ...encoders],
]);

/**
 * One line of a selection, `field|modifiers: value(s)`, as a node. Values are alternatives unless `all` is given;
 * `neq` turns the result round.
 */
export function detectionItem(key: string, value: Yaml, path: Path): Node {
  const [name = '', ...modifiers] = key.split('|');
  checkModifiers(modifiers, path);
  const values = Array.isArray(value) ? value : [value];
  if (Array.isArray(value) && value.length === 0) throw new RuleError(path, `the list of values of ${key} is empty`);
  const field: Field = { view: 'event', path: name.trim() };
  const tests: { test: Test; label: string }[] = [];
  values.forEach((one, index) => {
    const at = Array.isArray(value) ? [...path, index] : path;
    if (isYamlMap(one) || Array.isArray(one)) {
      throw new RuleError(at, `a value of ${key} must be a text, a number, true, false or null, not a map or a list`);
    }
    if (one === null && Array.isArray(value)) {
      throw new RuleError(at, `null cannot stand in a list of values; write a second selection \`${name}: null\``);
    }
    for (const test of testsOf(one, modifiers, at)) tests.push({ test, label: key });
  });
  const leaves = tests.map(({ test, label }): Node => {
    return name === '' ? { kind: 'keyword', label, test: keywordTest(test) } : { kind: 'leaf', label, field, test };
  });
  const all = modifiers.includes('all');
  const joined: Node =
    leaves.length === 1 ? (leaves[0] as Node) : { kind: all ? 'and' : 'or', label: key, children: leaves };
  return modifiers.includes('neq') ? { kind: 'not', label: `${key}`, child: joined } : joined;
}

/** Keywords are searched anywhere in the event. */
function keywordTest(test: Test): Test {
  if (test.op === 'equals' || test.op === 'startswith' || test.op === 'endswith') return { ...test, op: 'contains' };
  if (test.op === 'glob') return testOf(containing(test.tokens), test.cased);
  return test;
}

function checkModifiers(modifiers: readonly string[], path: Path): void {
  const has = (name: string) => modifiers.includes(name);
  for (const modifier of modifiers) {
    if (!known.has(modifier)) throw new RuleError(path, `the modifier \`${modifier}\` is not known`);
  }
  if (has('expand')) {
    throw new RuleError(
      path,
      '`expand` needs a list of values for its placeholder, and none is configured; write the values',
    );
  }
  const positions = ['contains', 'startswith', 'endswith'].filter(has);
  const kinds = ['re', 'cidr', 'exists', ...relations, ...dateParts].filter(has);
  if (kinds.length > 1) throw new RuleError(path, `\`${kinds.join('` and `')}\` cannot be used together`);
  if (positions.length > 1) throw new RuleError(path, `\`${positions.join('` and `')}\` cannot be used together`);
  if (kinds.length > 0 && (positions.length > 0 || modifiers.some((m) => encoders.includes(m) || m === 'windash'))) {
    throw new RuleError(path, `\`${kinds[0]}\` cannot be combined with \`${modifiers.find((m) => m !== kinds[0])}\``);
  }
  if (!has('re') && (has('i') || has('m') || has('s'))) {
    throw new RuleError(path, '`i`, `m` and `s` are flags of `re`; write `re|i`');
  }
}

function testsOf(value: string | number | boolean | null, modifiers: readonly string[], path: Path): Test[] {
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
  for (const relation of relations) {
    if (has(relation)) return [{ op: 'compare', relation, value: number(value, relation, path) }];
  }
  for (const part of dateParts) {
    if (has(part)) return [{ op: 'datepart', part: part as DatePart, value: number(value, part, path) }];
  }
  const text = String(value);
  if (has('re')) return [regexTest(text, modifiers, path)];
  if (has('cidr')) {
    if (!isNetwork(text)) {
      throw new RuleError(path, `\`${text}\` is no network; write an address and a prefix length such as 192.0.2.0/24`);
    }
    return [{ op: 'cidr', network: text }];
  }
  if (has('fieldref')) {
    const relation = (['contains', 'startswith', 'endswith'] as const).find(has) ?? 'equals';
    return [{ op: 'fieldref', path: text, relation, cased }];
  }
  // A number is the text of its digits: forwarders send 4625 and "4625" alike.
  const tokens = typeof value === 'string' ? tokenise(value) : [text];
  return transformed(tokens, modifiers, path).map((variant) => testOf(positioned(variant, modifiers), cased));
}

function positioned(tokens: Tokens, modifiers: readonly string[]): Tokens {
  if (modifiers.includes('contains') || modifiers.includes('base64offset')) return containing(tokens);
  if (modifiers.includes('startswith')) return trailing(tokens);
  if (modifiers.includes('endswith')) return leading(tokens);
  return tokens;
}

/** Encodings and dashes, in the order they are written. */
function transformed(tokens: Tokens, modifiers: readonly string[], path: Path): Tokens[] {
  let variants: Tokens[] = [tokens];
  let bytes = false;
  for (const modifier of modifiers) {
    if (modifier === 'windash') {
      variants = variants.flatMap((variant) => windash(variant));
      continue;
    }
    if (!encoders.includes(modifier)) continue;
    variants = variants.flatMap((variant) => {
      const literal = literalOf(variant);
      if (literal === null) throw new RuleError(path, `a value with wildcards cannot be encoded by \`${modifier}\``);
      const encoded = encode(literal, modifier, bytes);
      return encoded.map((text): Tokens => (text === '' ? [] : [text]));
    });
    bytes = !modifier.startsWith('base64');
  }
  return variants;
}

function windash(tokens: Tokens): Tokens[] {
  let variants: Tokens[] = [[]];
  for (const token of tokens) {
    const choices = typeof token === 'string' ? windashVariants(token) : [token];
    variants = variants.flatMap((start) => choices.map((choice) => [...start, choice]));
  }
  return variants;
}

function encode(text: string, modifier: string, isBytes: boolean): string[] {
  switch (modifier) {
    case 'base64':
      return [base64(isBytes ? text : utf8(text))];
    case 'base64offset':
      return base64Offsets(isBytes ? text : utf8(text));
    case 'utf16be':
      return [utf16(text, 'be')];
    case 'utf16':
      return [`ÿþ${utf16(text, 'le')}`];
    default:
      return [utf16(text, 'le')];
  }
}

function regexTest(source: string, modifiers: readonly string[], path: Path): Test {
  const flags = ['i', 'm', 's'].filter((flag) => modifiers.includes(flag)).join('');
  try {
    compileRegex(source, flags);
  } catch (error) {
    if (error instanceof RegexRefused) throw new RuleError(path, error.message);
    throw error;
  }
  return { op: 'regex', source, flags, missing: 'never' };
}

function number(value: string | number | boolean, modifier: string, path: Path): number {
  const result = typeof value === 'boolean' || value === '' ? Number.NaN : Number(value);
  if (!Number.isFinite(result)) throw new RuleError(path, `\`${modifier}\` takes a number, not \`${value}\``);
  return result;
}
