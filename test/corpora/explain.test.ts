/** Public rules and recorded events: what is explained is what the index finds, and the sentences are fit to be read. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compileRules, createExplainer, loadSigmaYaml } from '../../src/detect/index.ts';
import type { ClauseResult, Event, Match } from '../../src/model/index.ts';
import { parseLine, report, rowsOf } from './shared.ts';

const corpora = join(import.meta.dirname, '../../../shared/corpora');

function publicRules() {
  const folder = join(corpora, 'sigma-rules');
  if (!existsSync(folder)) throw new Error('sigma-rules is not in ../shared/corpora beside the checkout.');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yml'));
  return files
    .sort()
    .flatMap(
      (name) => loadSigmaYaml(readFileSync(join(folder, name), 'utf8'), { origin: 'imported', fileName: name }).docs,
    );
}

/** Every so many lines of each lane, and the events that rules were recorded with. */
function recordedEvents(): Event[] {
  const lanes = readdirSync(join(corpora, 'lanes')).filter((name) => name.endsWith('.ndjson'));
  const lines = lanes.sort().flatMap((name) =>
    readFileSync(join(corpora, 'lanes', name), 'utf8')
      .split('\n')
      .filter((line, i) => line !== '' && i % 20 === 0),
  );
  const recorded = rowsOf('sigma-regression').flatMap((row) => {
    const rule: unknown = Reflect.get(row, 'rule');
    const events: unknown = Reflect.get(row, 'events_flat');
    const logsource = (rule as { logsource: object }).logsource;
    return (events as object[]).slice(0, 3).map((fields) => JSON.stringify({ ...fields, ...logsource }));
  });
  return [...lines, ...recorded].map((line, i) => ({ ...parseLine(line), id: `event-${i}` }));
}

function checkPlaces(clause: ClauseResult, raw: string): void {
  if (clause.at !== null) {
    expect(clause.at.offset).toBeGreaterThanOrEqual(0);
    expect(clause.at.offset + clause.at.length).toBeLessThanOrEqual(raw.length);
  }
  for (const child of clause.children) checkPlaces(child, raw);
}

test('matched in explain is matched by the index, and a sentence says what differs exactly where nothing matched', () => {
  const docs = publicRules();
  const events = recordedEvents();
  const rules = compileRules(docs);
  const explainers = docs.flatMap((doc) => {
    const alone = compileRules([doc]);
    return alone.rules.some(({ id }) => id === doc.id)
      ? [{ id: doc.id, explainer: createExplainer(alone, doc.id) }]
      : [];
  });
  expect(explainers.length).toBeGreaterThan(600);
  let pairs = 0;
  let matches = 0;
  let longest = 0;
  for (const [number, event] of events.entries()) {
    const found: Match[] = [];
    rules.match(event, number, found);
    const ids = new Set(found.map(({ rule_id }) => rule_id));
    for (const [i, { id, explainer }] of explainers.entries()) {
      // All that match, and every twentieth of the others, each time others.
      if (!ids.has(id) && (i + number) % 20 !== 0) continue;
      const { matched, steps } = explainer.explain(event, number);
      expect(matched, `${id} on ${event.raw.slice(0, 200)}`).toBe(ids.has(id));
      pairs += 1;
      if (matched) matches += 1;
      for (const step of steps) {
        expect(step.differ.length === 0).toBe(step.matched);
        for (const clause of step.clauses) checkPlaces(clause, event.raw);
        for (const sentence of step.differ) {
          longest = Math.max(longest, sentence.length);
          expect(sentence).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        }
      }
    }
  }
  report([`explain: ${pairs} pairs of rule and event, ${matches} matches, longest sentence ${longest} characters`]);
  expect(matches).toBeGreaterThan(50);
  expect(longest).toBeLessThan(1200);
});
