/**
 * The attacks corpus: real sshd, vsftpd, nginx, PostgreSQL and kernel firewall logs of labelled attacks. The shipped
 * rules must name every attacker at the right time and nobody else, twice with the same bytes.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Alert, type EventJson, severityRank } from '../../src/model/index.ts';
import { replay } from '../../src/replay.ts';
import { loadShippedRules } from '../../src/rules-folder.ts';

const folder = join(import.meta.dirname, '../../../shared/corpora/attacks');

interface Label {
  label: string;
  src: string;
  /** Epoch seconds. */
  start: number;
  end: number;
}

const benignSource = '203.0.113.20';
/** Seconds around a label's window in which its alert may lie. */
const slack = 2;

const labels = readFileSync(join(folder, 'ground_truth.jsonl'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Label);
const attacks = labels.filter(({ label }) => !label.startsWith('benign'));

const common = ['nginx.access.log', 'nginx.error.log', 'postgresql.log', 'vsftpd.log', 'xferlog.log'];
const variants = {
  'RFC 3164 headers': ['auth.log', 'kern.log', ...common],
  'RFC 5424 and RFC 3339 headers': ['auth.rfc5424.log', 'kern.rfc3339.log', ...common],
};

async function run(files: readonly string[]): Promise<Alert[]> {
  const alerts: Alert[] = [];
  const { docs } = loadShippedRules();
  const paths = files.map((file) => join(folder, file));
  for await (const alert of replay({ paths, rules: docs, year: 2026, zone: 'UTC' })) alerts.push(alert);
  return alerts;
}

/** Whether an alert accuses an address: by its group, or as the source of an event that made it. */
const names = (alert: Alert, address: string): boolean =>
  Object.values(alert.group).includes(address) || alert.events.some((event) => event.src_ip === address);

const overlaps = (alert: Alert, { start, end }: Label): boolean =>
  alert.first <= (end + slack) * 1000 && alert.last >= (start - slack) * 1000;

describe.each(Object.entries(variants))('%s', (_, files) => {
  let alerts: Alert[] = [];
  beforeAll(async () => {
    alerts = await run(files);
  });

  it.each(attacks.map((attack) => [attack.label, attack.src, attack] as const))('names %s by %s', (_, src, attack) => {
    const naming = alerts.filter((alert) => names(alert, src));
    const seen = naming.map((alert) => `${alert.rule_name} ${alert.first / 1000}…${alert.last / 1000}`).join('\n');
    expect(
      naming.some((alert) => overlaps(alert, attack)),
      `window ${attack.start}…${attack.end}; alerts naming ${src}:\n${seen}`,
    ).toBe(true);
  });

  it('accuses nobody else', () => {
    const known = new Set(attacks.map(({ src }) => src));
    const wrong = alerts.filter((alert) => names(alert, benignSource));
    expect(wrong.map((alert) => `${alert.rule_name}: ${alert.message}`)).toEqual([]);
    const accused = new Set(alerts.flatMap((alert) => (alert.group.src_ip ? [alert.group.src_ip] : [])));
    // A group may name a network of IPv6 addresses.
    const strangers = [...accused].filter((address) => !known.has(address) && !address.startsWith('2001:db8:66:'));
    expect(strangers).toEqual([]);
  });

  it('raises nothing of medium or above on what is benign', () => {
    const quiet = labels.filter(({ label }) => label.startsWith('benign'));
    expect(quiet).toHaveLength(3);
    const within = (time: number, { start, end }: Label) => time >= start * 1000 && time <= end * 1000;
    // An event without an address belongs to an episode by its time, where no attack runs at that time.
    const isBenign = (event: EventJson) => {
      const time = Date.parse(event.time as string);
      if (event.src_ip !== null) return event.src_ip === benignSource;
      return quiet.some((one) => within(time, one)) && !attacks.some((one) => within(time, one));
    };
    const wrong = alerts.filter(
      (alert) => severityRank[alert.severity] >= severityRank.medium && alert.events.some(isBenign),
    );
    expect(wrong.map((alert) => `${alert.rule_name}: ${alert.message}`)).toEqual([]);
  });

  it('says what to do, and tells one story once', () => {
    for (const { rule_name, explain } of alerts) expect(explain.response, rule_name).toBeTruthy();
    const told = alerts.map(({ rule_id, group }) => `${rule_id} ${JSON.stringify(group)}`);
    expect(told).toHaveLength(new Set(told).size);
    // Slow scans that the quick rule has told, and connections that sshd cut in a brute force, stay untold.
    expect(alerts.length).toBeLessThan(40);
  });

  it('gives the same bytes twice', async () => {
    expect(JSON.stringify(await run(files))).toBe(JSON.stringify(alerts));
  });
});
