/** What the security features cost per call: masking, the limiter, the audit trail and encryption. Processor time; where a sync is waited for, the clock. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEnrichments } from '../src/enrich/index.ts';
import { createSenders } from '../src/ingest/syslog/senders.ts';
import type { LogRecord, SourceInfo } from '../src/model/index.ts';
import { parseRecord } from '../src/parse/index.ts';
import { generateFernetKey } from '../src/store/secrets/fernet.ts';
import { Keyring } from '../src/store/secrets/keyring.ts';
import { openSqliteState } from '../src/store/state/sqlite/state.ts';
import { median } from './measure.ts';

/** Milliseconds per call: the median of seven rounds after one of warm-up. */
async function perCall(count: number, work: (n: number) => unknown, end?: () => Promise<void>): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    const [clock, cpu] = [performance.now(), process.cpuUsage()];
    for (let n = 0; n < count; n += 1) work(n);
    await end?.();
    const { user, system } = process.cpuUsage(cpu);
    rounds.push((end ? performance.now() - clock : (user + system) / 1000) / count);
  }
  return median(rounds.slice(1));
}

const results: [what: string, ms: number, target: number][] = [];

const origin: SourceInfo = {
  source: 'syslog_192.0.2.1',
  source_type: 'syslog',
  peer: null,
  hint: null,
  identity: 'bench',
};
const context = { zoneMinutesAt: () => 0, year: 2026, live: false };
const enrichments = createEnrichments({ redact: { email: true, phone: true, internalIps: true, custom: [] } });
const bodies = [
  '<38>Feb 03 12:00:00 host app: User password=secret123 from 192.168.1.4, card 4111 1111 1111 1111, anna@example.com',
  '<38>Feb 03 12:00:00 host sshd[1]: Failed password for root from 203.0.113.5 port 22 ssh2',
];
const events = Array.from({ length: 20_000 }, (_, seq) => {
  const record: LogRecord = {
    seq,
    origin,
    received_at: Date.UTC(2026, 1, 3),
    body: bodies[seq % 2] ?? '',
    position: seq,
  };
  return parseRecord(record, context);
});
results.push([
  'redaction, per event',
  await perCall(2_000, (n) => {
    const event = { ...(events[n] as (typeof events)[0]) };
    for (const enrichment of enrichments) enrichment.apply(event);
  }),
  0.5,
]);

const senders = createSenders({ limit: 500, trustedRelays: ['10.0.0.0/8'], report: () => {} });
const start = Date.UTC(2026, 1, 3);
const addresses = Array.from({ length: 10_000 }, (_, n) => `198.51.${n >> 8}.${n & 255}`);
results.push([
  'rate-limit check, 10,000 senders',
  await perCall(200_000, (n) => senders.admits(senders.of(addresses[n % 10_000] ?? '', start + n), start + n)),
  0.01,
]);

const keyring = new Keyring([generateFernetKey()], 'bench');
const tokens = Array.from({ length: 2_000 }, (_, n) => keyring.seal(`Failed password for user-${n} from 203.0.113.5`));
results.push([
  'Fernet: encrypt a field',
  await perCall(2_000, (n) => keyring.seal(`Failed password for user-${n}`)),
  0.1,
]);
results.push(['Fernet: decrypt a field', await perCall(2_000, (n) => keyring.open(tokens[n] ?? '')), 0.1]);

const folder = mkdtempSync(join(tmpdir(), 'phosor-guard-'));
const state = openSqliteState(join(folder, 'state.sqlite'), { keyring });
const record = (n: number) => ({
  timestamp: start + n,
  action: 'rule_modified',
  user: 'anna',
  success: true,
  source_ip: '192.0.2.7',
  details: { id: `rule-${n}`, name: 'Brute force over SSH' },
});
results.push(['audit: a record written', await perCall(500, (n) => state.audit.append(record(n))), 0.5]);
results.push([
  'audit: a record written and synced, 500 together',
  await perCall(
    500,
    (n) => state.audit.append(record(n)),
    () => state.audit.synced(),
  ),
  0.5,
]);
const before = performance.now();
const verdict = await state.audit.verify();
const verified = performance.now() - before;
state.close();
rmSync(folder, { recursive: true });

for (const [what, ms, target] of results) {
  console.log(`${what}: median ${ms.toFixed(5)} ms (target ${target})`);
}
console.log(
  `audit: ${verdict.records} records verified in ${Math.round(verified)} ms, ${verdict.ok ? 'whole' : 'BROKEN'}`,
);
