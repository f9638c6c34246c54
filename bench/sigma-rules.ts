import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { loadSigmaYaml } from '../src/detect/index.ts';
import type { RuleDoc } from '../src/model/index.ts';

/** Rules and events that belong to others: beside the checkout, never in it. */
export const corpora = join(import.meta.dirname, '../../shared/corpora');
const folder = join(corpora, 'sigma-rules');

type Value = string | number | boolean | null | Value[] | { [key: string]: Value };

/** mulberry32: the same numbers on every machine. */
export function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Values that so many rules share stay as they are: `\cmd.exe` is what real sets repeat. */
const shared = 3;

function* textsOf(value: Value): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (Array.isArray(value)) for (const item of value) yield* textsOf(item);
  else if (value !== null && typeof value === 'object') for (const item of Object.values(value)) yield* textsOf(item);
}

/** The text with one of its letters (not one of an escape) exchanged for another. */
function mutated(text: string, random: () => number): string {
  const places = [...text.matchAll(/(?<![\\%&])[a-z]/gi)].map(({ index }) => index);
  const at = places[Math.floor(random() * places.length)];
  if (at === undefined) return text;
  const letter = String.fromCharCode(97 + Math.floor(random() * 26));
  return text.slice(0, at) + letter + text.slice(at + 1);
}

/** A detection with other literals; `keep` says which texts stay. Regular expressions and the condition stay. */
function mutatedDetection(value: Value, keep: (text: string) => boolean, random: () => number): Value {
  if (typeof value === 'string') return keep(value) ? value : mutated(value, random);
  if (Array.isArray(value)) return value.map((item) => mutatedDetection(item, keep, random));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) =>
      key === 'condition' || /\|(?:re|cidr|base64|expand|exists|fieldref)/.test(key)
        ? [key, item]
        : [key, mutatedDetection(item, keep, random)],
    ),
  );
}

const uuid = (text: string): string =>
  createHash('sha256')
    .update(text)
    .digest('hex')
    .slice(0, 32)
    .replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');

/**
 * The public rules and copies of them with other literals and ids, from a fixed seed, as the texts of their files; null
 * where the corpora are absent.
 */
export function sigmaTexts(wanted: number): { texts: string[]; own: number } | null {
  if (!existsSync(folder)) return null;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yml'))
    .sort();
  const texts = files.map((name) => readFileSync(join(folder, name), 'utf8'));
  const trees: { [key: string]: Value }[] = [];
  for (const text of texts) {
    const [document, more] = parseAllDocuments(text);
    if (document === undefined || more !== undefined || !('toJS' in document)) continue;
    const tree = document.toJS() as { [key: string]: Value };
    if (tree.detection !== undefined && !JSON.stringify(tree.detection).includes('|expand')) trees.push(tree);
  }
  const uses = new Map<string, number>();
  for (const { detection } of trees)
    for (const text of new Set(textsOf(detection as Value))) uses.set(text, (uses.get(text) ?? 0) + 1);
  const own = texts.length;
  const random = numbersFrom(20261121);
  const seen = new Set(trees.map(({ detection }) => JSON.stringify(detection)));
  for (let round = 1; texts.length < wanted; round += 1) {
    for (const tree of trees) {
      if (texts.length === wanted) break;
      const isCommon = (text: string) => (uses.get(text) ?? 0) >= shared;
      let detection = mutatedDetection(tree.detection as Value, isCommon, random);
      if (seen.has(JSON.stringify(detection))) detection = mutatedDetection(detection, () => false, random);
      if (seen.has(JSON.stringify(detection))) continue;
      seen.add(JSON.stringify(detection));
      texts.push(stringify({ ...tree, id: uuid(`${String(tree.id)} ${round}`), detection }, { version: '1.1' }));
    }
    if (round > 40) throw new Error(`no more than ${texts.length} different rules could be made`);
  }
  return { texts, own };
}

/** The rules of the texts, as they are loaded from files, and how many were refused. */
export function rulesOf(texts: readonly string[]): { docs: RuleDoc[]; refused: number } {
  const docs: RuleDoc[] = [];
  let refused = 0;
  texts.forEach((text, i) => {
    const { docs: found, problems } = loadSigmaYaml(text, { origin: 'imported', fileName: `${i}.yml` });
    docs.push(...found);
    if (problems.some(({ level }) => level === 'error')) refused += 1;
  });
  return { docs, refused };
}

/** The lines of a lane of events. */
export function laneLines(name: string): string[] {
  return readFileSync(join(corpora, 'lanes', `${name}.ndjson`), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}
