import type { Part, Word } from '../syntax/ast.ts';

type Item = string | Part;
const limit = 4096;

/** `a{b,c}d` and `{1..5}`: the words a word stands for. */
export function braceExpand(word: Word): Word[] {
  if (!word.parts.some((part) => part.kind === 'text' && !part.isQuoted && part.text.includes('{'))) return [word];
  const items: Item[] = word.parts.flatMap((part): Item[] =>
    part.kind === 'text' && !part.isQuoted ? [...part.text] : [part],
  );
  return expand(items).map((variant) => ({ parts: joined(variant) }));
}

function joined(items: readonly Item[]): Part[] {
  const parts: Part[] = [];
  for (const item of items) {
    const last = parts.at(-1);
    if (typeof item !== 'string') parts.push(item);
    else if (last?.kind === 'text' && !last.isQuoted) parts[parts.length - 1] = { ...last, text: last.text + item };
    else parts.push({ kind: 'text', text: item, isQuoted: false });
  }
  return parts;
}

function expand(items: readonly Item[]): Item[][] {
  for (let at = 0; at < items.length; at++) {
    if (items[at] !== '{') continue;
    const group = groupAt(items, at);
    if (!group) continue;
    const before = items.slice(0, at);
    const after = expand(items.slice(group.end + 1));
    const results: Item[][] = [];
    for (const choice of group.choices.flatMap((each) => (group.isRange ? [each] : expand(each))))
      for (const tail of after) {
        if (results.length >= limit) return results;
        results.push([...before, ...choice, ...tail]);
      }
    return results;
  }
  return [[...items]];
}

function groupAt(items: readonly Item[], from: number): { choices: Item[][]; end: number; isRange: boolean } | null {
  let depth = 0;
  const choices: Item[][] = [[]];
  for (let at = from + 1; at < items.length; at++) {
    const item = items[at] as Item;
    if (item === '{') depth += 1;
    if (item === '}') {
      if (depth === 0) {
        if (choices.length > 1) return { choices, end: at, isRange: false };
        const range = rangeOf(choices[0] as Item[]);
        return range ? { choices: range, end: at, isRange: true } : null;
      }
      depth -= 1;
    }
    if (item === ',' && depth === 0) choices.push([]);
    else choices.at(-1)?.push(item);
  }
  return null;
}

function rangeOf(items: readonly Item[]): Item[][] | null {
  if (items.some((item) => typeof item !== 'string')) return null;
  const match = /^(-?\d+|[a-zA-Z])\.\.(-?\d+|[a-zA-Z])(?:\.\.(-?\d+))?$/.exec(items.join(''));
  if (!match) return null;
  const [, from = '', to = '', stepText] = match;
  const isNumber = /\d/.test(from) && /\d/.test(to);
  if (!isNumber && (/\d/.test(from) || /\d/.test(to))) return null;
  const start = isNumber ? Number(from) : from.charCodeAt(0);
  const end = isNumber ? Number(to) : to.charCodeAt(0);
  const step = Math.max(1, Math.abs(Number(stepText ?? 1)));
  const width = isNumber && (/^-?0\d/.test(from) || /^-?0\d/.test(to)) ? Math.max(from.length, to.length) : 0;
  const results: Item[][] = [];
  for (let value = start; start <= end ? value <= end : value >= end; value += start <= end ? step : -step) {
    if (results.length >= limit) break;
    results.push([isNumber ? String(value).padStart(width, '0') : String.fromCharCode(value)]);
  }
  return results;
}
