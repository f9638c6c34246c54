/** The five attacks that PHOSOR's documents promise to show, in several spellings, through parsers, redaction and shipped rules. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Alert, phosorSeverity } from '../src/model/index.ts';
import { replay } from '../src/replay.ts';
import { loadShippedRules } from '../src/rules-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'phosor-scenes-'));
afterAll(() => rmSync(folder, { recursive: true }));
const { docs } = loadShippedRules();

async function alertsOf(lines: readonly string[]): Promise<Alert[]> {
  const path = join(folder, 'security.log');
  writeFileSync(path, `${lines.join('\n')}\n`);
  const alerts: Alert[] = [];
  for await (const alert of replay({ paths: [path], rules: docs, year: 2026, zone: 'UTC' })) alerts.push(alert);
  return alerts;
}

const repeat = (count: number, line: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => line(i));
const ports = [22, 80, 443, 3306, 5432, 27017, 6379];

describe('documented scenarios', () => {
  it.each([
    [
      'complete',
      (i: number) =>
        `Feb 03 12:00:0${i} server sshd[1234]: Failed password for admin from 203.0.113.42 port 4000${i} ssh2`,
    ],
    [
      'without port',
      (i: number) => `Feb 03 12:00:0${i} server sshd[1234]: Failed password for admin from 203.0.113.42`,
    ],
    ['without host', (i: number) => `2026-02-03 12:00:0${i} sshd[1234]: Failed password for admin from 203.0.113.42`],
    ['without header', () => 'Failed password for admin from 203.0.113.42'],
  ])('1: SSH brute force is critical and names the address (%s)', async (_, line) => {
    const alerts = await alertsOf(repeat(6, line));
    const found = alerts.filter((alert) => alert.group.src_ip === '203.0.113.42');
    expect(found.some((alert) => phosorSeverity(alert.severity) === 'critical' && alert.count === 6)).toBe(true);
  });

  it.each([
    ['with host', 'Feb 03 12:00:00 server ', 'Feb 03 12:00:05 server '],
    ['with priority', '<38>Feb  3 12:00:00 server ', '<85>Feb  3 12:00:05 server '],
  ])('2: a failed login, then root by sudo, is one alert over both (%s)', async (_, first, second) => {
    const alerts = await alertsOf([
      `${first}sshd[99]: Failed password for bob from 198.51.100.7 port 22 ssh2`,
      `${second}sudo: bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/bin/bash`,
    ]);
    expect(alerts.find((alert) => alert.group.user === 'bob' && alert.count === 2)).toMatchObject({ severity: 'high' });
  });

  it('3: no memory, a database that does not start and a failed backup each raise an alert', async () => {
    const alerts = await alertsOf([
      'Feb 03 12:00:00 server kernel: Out of memory: Killed process 1234 (java)',
      'Feb 03 12:00:01 server systemd[1]: Failed to start PostgreSQL database server.',
      'Feb 03 12:00:02 server backup[2]: ERROR: Backup FAILED',
    ]);
    const names = alerts.map((alert) => alert.rule_name);
    expect(names).toEqual(expect.arrayContaining(['Out of memory', 'Database is down', 'Backup failed']));
    for (const alert of alerts) expect(phosorSeverity(alert.severity)).not.toBe('info');
  });

  it.each([
    ['key=value', (port: number) => `DENY TCP src=198.51.100.9 dst=192.0.2.1 dport=${port}`],
    ['arrow', (port: number) => `DENY TCP 198.51.100.9:54321 -> 192.0.2.1:${port}`],
    ['netfilter', (port: number) => `DENY IN=eth0 SRC=198.51.100.9 DST=192.0.2.1 PROTO=TCP DPT=${port}`],
    ['sentence', (port: number) => `DENY connection from 198.51.100.9 to port ${port}`],
  ])('4: seven denied ports are a port scan (%s)', async (_, text) => {
    const alerts = await alertsOf(ports.map((port, i) => `Feb 03 12:00:0${i} server firewall: ${text(port)}`));
    expect(alerts.map((alert) => alert.rule_name)).toContain('Port scan');
    expect(alerts[0]?.group.src_ip).toBe('198.51.100.9');
  });

  it('5: a password that was guessed shows as a chain', async () => {
    const alerts = await alertsOf([
      ...repeat(3, (i) => `Feb 03 12:00:0${i} server sshd[9]: Failed password for root from 203.0.113.99 port 22 ssh2`),
      'Feb 03 12:00:04 server sshd[9]: Accepted password for root from 203.0.113.99 port 22 ssh2',
      `type=USER_CMD msg=audit(1770120006.123:456): pid=1 uid=0 auid=0 ses=1 msg='cwd="/root" cmd="id" terminal=pts/0 res=success'`,
      `type=USER_CMD msg=audit(1770120007.123:457): pid=1 uid=0 auid=0 ses=1 msg='cwd="/root" cmd="ls" terminal=pts/0 res=success'`,
    ]);
    const chain = alerts.find((alert) => alert.rule_name === 'Login after repeated failures');
    expect(chain?.group).toEqual({ src_ip: '203.0.113.99' });
    expect(chain?.events.map((event) => event.event_type)).toEqual([
      'auth.failure',
      'auth.failure',
      'auth.failure',
      'auth.success',
    ]);
  });

  it('a webhook that speaks of root rights raises an alert', async () => {
    expect((await alertsOf(['{"message":"sudo su root"}'])).map((alert) => alert.rule_name)).toEqual([
      'Use of root rights',
    ]);
  });

  it('a day of an administrator raises nothing above low', async () => {
    const alerts = await alertsOf([
      'Feb 03 09:00:00 server sshd[11]: Failed password for ann from 192.0.2.20 port 50000 ssh2',
      'Feb 03 09:00:05 server sshd[11]: Accepted password for ann from 192.0.2.20 port 50000 ssh2',
      'Feb 03 09:00:05 server sshd[11]: pam_unix(sshd:session): session opened for user ann(uid=1000) by (uid=0)',
      'Feb 03 09:20:10 server sudo:      ann : TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/usr/bin/apt update',
      'Feb 03 09:20:40 server sudo:      ann : TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/usr/bin/apt upgrade',
      'Feb 03 09:21:00 server systemd[1]: Stopping nginx.service - A high performance web server...',
      'Feb 03 09:21:02 server systemd[1]: Started nginx.service - A high performance web server.',
      'Feb 03 09:30:00 server CRON[40]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)',
      'Feb 03 09:30:00 server CRON[41]: (root) CMD (run-parts /etc/cron.hourly)',
      'Feb 03 10:00:00 server sudo:      ann : TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/bin/bash',
      'Feb 03 11:00:00 server backup[2]: Backup finished: 0 errors',
    ]);
    expect(alerts.filter((alert) => alert.severity !== 'low').map((alert) => alert.rule_name)).toEqual([]);
  });
});
