/**
 * Nanoseconds per event of each stage with the shipped rules, in process: the lines go through in segments of 200, as they
 * come from a file. The least of twelve rounds: everything above it is other people's work.
 */
import { compileRules, createCorrelator } from '../src/detect/index.ts';
import { createEnrichments } from '../src/enrich/index.ts';
import { type Event, eventId, hashText, type Match, placeHash, type SourceInfo } from '../src/model/index.ts';
import { parseRecord } from '../src/parse/index.ts';
import { loadShippedRules } from '../src/rules-folder.ts';
import { authLogLines } from './auth-log.ts';

const total = 40_000;
const segment = 200;
const rounds = 12;
const origin: SourceInfo = {
  source: 'file_auth.log',
  source_type: 'replay',
  peer: null,
  hint: null,
  identity: 'bench',
};
const context = { zoneMinutesAt: () => 0, year: 2026, live: false };
const lines = [...authLogLines(total)].map((line) => Buffer.from(line.trimEnd(), 'latin1'));
const enrichments = createEnrichments({ redact: { email: false, phone: false, internalIps: false, custom: [] } });
const rules = compileRules(loadShippedRules().docs.filter(({ enabled }) => enabled));
const identity = hashText('bench');

const stages = ['parse', 'mask', 'id', 'match', 'correlate'] as const;
const best = stages.map(() => Number.POSITIVE_INFINITY);
let alerts = 0;
let matched = 0;
for (let round = 0; round < rounds; round += 1) {
  const correlator = createCorrelator(rules, {
    maxGroupsPerRule: 100_000,
    latenessMs: Number.POSITIVE_INFINITY,
    finalOnly: true,
    detail: { first: 0, last: 1, clauses: false },
  });
  const spent = stages.map(() => 0);
  alerts = 0;
  matched = 0;
  for (let from = 0; from < total; from += segment) {
    const events: Event[] = [];
    const matches: Match[][] = [];
    const work = [
      () => {
        for (let i = from; i < from + segment; i += 1) {
          const body = (lines[i] as Buffer).toString('latin1');
          events.push(parseRecord({ seq: i, origin, received_at: 0, body, position: i * 120 }, context));
        }
      },
      () => {
        for (const event of events) for (const enrichment of enrichments) enrichment.apply(event);
      },
      () => {
        events.forEach((event, i) => {
          const [a, b, c] = placeHash(identity, (from + i) * 120);
          event.id = eventId(event.time, a, b, c);
        });
      },
      () => {
        for (const event of events) {
          const out: Match[] = [];
          rules.match(event, from, out);
          matched += out.length;
          matches.push(out);
        }
      },
      () => {
        for (const some of matches) if (some.length > 0) alerts += correlator.observe(some).length;
      },
    ];
    work.forEach((stage, i) => {
      const began = process.hrtime.bigint();
      stage();
      spent[i] = (spent[i] as number) + Number(process.hrtime.bigint() - began);
    });
  }
  alerts += correlator.close().length;
  spent.forEach((ns, i) => {
    best[i] = Math.min(best[i] as number, ns / total);
  });
}
console.log(`${rules.rules.length} rules, ${matched} matches and ${alerts} alerts of ${total} events`);
console.log(`${stages.map((name, i) => `${name} ${Math.round(best[i] as number)}`).join(', ')} ns per event`);
