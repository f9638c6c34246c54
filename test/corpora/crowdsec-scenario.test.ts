/**
 * Whole attack logs of other people, with the sources that another program's scenarios name. Our rules are not theirs:
 * what is asked is that nobody is accused who is not among the sources, and that the attacks on the families of services
 * that the shipped rules cover are found.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Alert } from '../../src/model/index.ts';
import { replay } from '../../src/replay.ts';
import { loadShippedRules } from '../../src/rules-folder.ts';

interface Case {
  id: string;
  logtype: string;
  input: string[];
  expect: { alerts: { sources?: string[] }[] };
}

const corpus = join(import.meta.dirname, '../../../shared/corpora/crowdsec-scenario.jsonl');
const cases = readFileSync(corpus, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Case);

/** Kinds of logs whose attacks the shipped rules are made for. */
const families = new Set(['nginx', 'apache2', 'postgres', 'vsftpd', 'proftpd']);

const sourcesOf = (one: Case): string[] => [
  ...new Set(one.expect.alerts.flatMap(({ sources }) => sources ?? []).map((ip) => ip.replace(/^::ffff:/, ''))),
];

/** The addresses that alerts accuse, by the group they were counted for or the events that made them. */
const namedBy = (alerts: readonly Alert[]): Set<string> =>
  new Set(
    alerts
      .flatMap((alert) => [
        ...(alert.group.src_ip?.includes('/') ? [] : [alert.group.src_ip ?? null]),
        ...alert.events.map((event) => event.src_ip),
      ])
      .filter((ip): ip is string => ip !== null),
  );

describe('crowdsec-scenario', () => {
  const folder = mkdtempSync(join(tmpdir(), 'phosor-scenarios-'));
  const results: { one: Case; named: Set<string> }[] = [];
  beforeAll(async () => {
    const { docs } = loadShippedRules();
    const path = join(folder, 'scenario.log');
    for (const one of cases) {
      writeFileSync(path, `${one.input.join('\n')}\n`);
      const alerts: Alert[] = [];
      for await (const alert of replay({ paths: [path], rules: docs, year: 2026, zone: 'UTC' })) alerts.push(alert);
      results.push({ one, named: namedBy(alerts) });
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('accuses nobody but the sources', () => {
    expect(results.length).toBeGreaterThan(40);
    const wrong = results.map(({ one, named }) => [one.id, [...named].filter((ip) => !sourcesOf(one).includes(ip))]);
    expect(wrong.filter(([, strangers]) => (strangers as string[]).length > 0)).toEqual([]);
  });

  it('names the attackers of the families that the rules cover', () => {
    const ours = results.filter(({ one }) => families.has(one.logtype) && sourcesOf(one).length > 0);
    const missed = ours.filter(({ one, named }) => sourcesOf(one).some((ip) => !named.has(ip)));
    expect(ours.length).toBeGreaterThan(10);
    expect(1 - missed.length / ours.length, missed.map(({ one }) => one.id).join(', ')).toBeGreaterThanOrEqual(0.8);
  });
});
