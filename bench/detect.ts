/** Nanoseconds of matching and of correlation per event with the shipped rules, in process, after warm-up. */
import { compileRules, createCorrelator } from '../src/detect/index.ts';
import type { Event, LogRecord, Match, SourceInfo } from '../src/model/index.ts';
import { parseRecord } from '../src/parse/index.ts';
import { loadShippedRules } from '../src/rules-folder.ts';
import { authLogLines } from './auth-log.ts';

const origin: SourceInfo = {
  source: 'file_auth.log',
  source_type: 'replay',
  peer: null,
  hint: null,
  identity: 'bench',
};
const context = { zoneMinutesAt: () => 0, year: 2026, live: false };
const events: Event[] = [...authLogLines(100_000)].map((line, seq) => {
  const record: LogRecord = { seq, origin, received_at: Date.UTC(2026, 10, 1), body: line.trimEnd(), position: seq };
  const event = parseRecord(record, context);
  event.id = `00000000-0000-8000-8000-${String(seq).padStart(12, '0')}`;
  event.received_at = event.time;
  return event;
});
const { docs } = loadShippedRules();
const rules = compileRules(docs.filter(({ enabled }) => enabled));
const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
};
for (let round = 0; round < 4; round += 1) {
  const correlator = createCorrelator(rules, {
    maxGroupsPerRule: 100_000,
    latenessMs: Number.POSITIVE_INFINITY,
    finalOnly: true,
  });
  let before = cpu();
  const matches: Match[][] = [];
  let found = 0;
  for (const [seq, event] of events.entries()) {
    const out: Match[] = [];
    rules.match(event, seq, out);
    found += out.length;
    matches.push(out);
  }
  const matching = cpu() - before;
  before = cpu();
  let alerts = 0;
  for (const some of matches) if (some.length > 0) alerts += correlator.observe(some).length;
  const observing = cpu() - before;
  before = cpu();
  alerts += correlator.close().length;
  const closing = cpu() - before;
  console.log(
    `${rules.rules.length} rules, ${found} matches, ${alerts} alerts: match ${Math.round(matching / events.length)} ns, ` +
      `correlate ${Math.round(observing / events.length)} ns, close ${Math.round(closing / events.length)} ns per event`,
  );
}
