import { RuleError } from '../form.ts';
import type { Path } from './yaml.ts';

export const relations = ['lt', 'lte', 'gt', 'gte'] as const;
export const dateParts = ['minute', 'hour', 'day', 'week', 'month', 'year'] as const;
export const positions = ['contains', 'startswith', 'endswith'] as const;
const encoders: readonly string[] = ['base64', 'base64offset', 'wide', 'utf16', 'utf16le', 'utf16be'];
const flags: readonly string[] = ['i', 'm', 's'];
/** What decides how a value is compared. One of them at most, but for a date part with a relation. */
const kinds: readonly string[] = ['re', 'cidr', 'exists', 'fieldref', ...dateParts, ...relations];

const known = new Set<string>([
  ...['all', 'cased', 'neq', 'windash', 'expand'],
  ...positions,
  ...kinds,
  ...flags,
  ...encoders,
]);

export const isEncoder = (modifier: string): boolean => encoders.includes(modifier);

/**
 * Refuses what Sigma 2.1 does not have: unknown modifiers, and combinations of which one would have no effect.
 * @throws RuleError
 */
export function checkModifiers(modifiers: readonly string[], path: Path): void {
  const fail = (message: string): never => {
    throw new RuleError(path, message);
  };
  const has = (name: string) => modifiers.includes(name);
  modifiers.forEach((modifier, i) => {
    if (!known.has(modifier)) fail(`the modifier \`${modifier}\` is not known`);
    if (modifiers.indexOf(modifier) !== i) fail(`the modifier \`${modifier}\` is there twice`);
  });
  const together = (names: readonly string[]) => `\`${names.join('` and `')}\` cannot be used together`;
  const places = positions.filter(has);
  if (places.length > 1) fail(together(places));
  const own = modifiers.filter((one) => kinds.includes(one));
  const [kind] = own;
  if (own.length > 1 && !isDateComparison(own)) fail(together(own));
  if (has('exists') && modifiers.length > 1) {
    fail(`\`exists\` cannot be combined with \`${modifiers.find((one) => one !== 'exists')}\`; it takes true or false`);
  }
  if (kind !== undefined) {
    const misfit = modifiers.find(
      (one) => isEncoder(one) || ['windash', 'expand'].includes(one) || (kind !== 'fieldref' && isTextual(one)),
    );
    if (misfit !== undefined) fail(`\`${kind}\` cannot be combined with \`${misfit}\``);
  }
  const flag = modifiers.find((one, i) => flags.includes(one) && !modifiers.slice(0, i).includes('re'));
  if (flag !== undefined) fail('`i`, `m` and `s` are flags of `re` and stand behind it; write `re|i`');
  checkOrder(modifiers, path);
}

const isTextual = (modifier: string): boolean => modifier === 'cased' || positions.some((one) => one === modifier);

/** `hour|gte`: the part first, then how it is compared. */
const isDateComparison = (own: readonly string[]): boolean =>
  own.length === 2 && dateParts.some((one) => one === own[0]) && relations.some((one) => one === own[1]);

/** Modifiers work from left to right: a text that has wildcards, as `contains` adds them, cannot be encoded. */
function checkOrder(modifiers: readonly string[], path: Path): void {
  let before: string | null = null;
  for (const modifier of modifiers) {
    if (isEncoder(modifier) && before !== null) {
      throw new RuleError(path, `\`${modifier}\` must stand before \`${before}\``);
    }
    if (modifier === 'expand' && modifiers.slice(0, modifiers.indexOf(modifier)).some(isEncoder)) {
      throw new RuleError(path, '`expand` must stand before the encodings');
    }
    if (positions.some((one) => one === modifier)) before = modifier;
  }
}
