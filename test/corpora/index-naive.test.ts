import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { corpora, laneLines, rulesOf, sigmaTexts } from '../../bench/sigma-rules.ts';
import { structuredEvent } from '../../src/cli/rules-match.ts';
import { naive } from '../../src/detect/index/naive.test-suite.ts';
import { engineRules } from '../../src/detect/index/ruleset.ts';
import { compileRules } from '../../src/detect/index.ts';
import type { Match } from '../../src/model/index.ts';
import { report } from './shared.ts';

const perLane = 40;

function regressionLines(): string[] {
  return readFileSync(join(corpora, 'sigma-regression.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const { events_flat: events } = JSON.parse(line) as { events_flat: unknown[] };
      return events.map((one) => JSON.stringify(one));
    });
}

test('over the public rules and events the index finds what the naive evaluator finds', () => {
  const made = sigmaTexts(0);
  if (made === null) throw new Error('sigma-rules is not in ../shared/corpora beside the checkout: get the corpora.');
  const rules = engineRules(compileRules(rulesOf(made.texts).docs));
  const units = [...rules.units.values()];
  const lanes = ['raw_windows', 'structured_windows', 'cisco_syslog', 'sysmon_file_event'];
  const lines = [...regressionLines(), ...lanes.flatMap((lane) => laneLines(lane).slice(0, perLane))];
  expect(lines.length).toBeGreaterThan(lanes.length * perLane);
  let found = 0;
  for (const line of lines) {
    const event = structuredEvent(line);
    const matches: Match[] = [];
    rules.match(event, 1, matches);
    const expected = units.filter(({ part }) => part.kind === 'detection' && naive(part.node, event));
    expect(matches.map(({ rule_id }) => rule_id).sort()).toEqual(expected.map(({ id }) => id).sort());
    found += matches.length;
  }
  report([`${units.length} rules, ${lines.length} events, ${found} matches: the same both ways`]);
});
