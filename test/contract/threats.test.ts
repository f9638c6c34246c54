import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Program, removeFolder, startProgram, waitFor } from '../program.ts';
import { each, failure, packet, stamp } from './attack-lines.ts';
import { getJson, type Json, send, storeLines } from './client.ts';

/* The documented detectors over stored history, as the Firewall Log Analyzer answers them. */

let program: Program;

beforeAll(async () => {
  program = await startProgram({ env: { PHOSOR_SYSLOG_RATE: '0', PHOSOR_API_RATE: '0' } });
}, 90_000);

afterAll(async () => {
  await program?.stop();
  if (program) removeFolder(program.dataDir);
});

const lines = (all: readonly string[]) => storeLines(program, all);

async function without(path: string, method = 'GET'): Promise<number> {
  return (await fetch(program.address + path, { method })).status;
}

function expectRange(answer: Json): void {
  for (const name of ['start', 'end']) expect(Date.parse(answer.time_range[name])).not.toBeNaN();
}

describe('brute force', () => {
  const ip = '203.0.113.120';

  test('F-120, F-020 25 failures of 25 users within 15 minutes are HIGH', async () => {
    await lines(Array.from({ length: 25 }, (_, i) => failure(`user${i}`, ip, 870 - i * 34)));
    const answer = await getJson(program, '/api/threats/brute-force?time_window_minutes=15&threshold=5');
    expect(answer).toMatchObject({ time_window_minutes: 15, threshold: 5, total_detections: 1 });
    expectRange(answer);
    const [found] = answer.detections;
    expect(found).toMatchObject({
      source_ip: ip,
      severity: 'HIGH',
      total_attempts: 25,
      unique_usernames_attempted: 25,
    });
    expect(found.usernames_attempted).toHaveLength(25);
    expect(found.attack_windows).toHaveLength(1);
    const [window] = found.attack_windows;
    expect(window).toMatchObject({ attempt_count: 25, window_start: found.first_attempt });
    expect(window.attempts).toHaveLength(25);
    expect(window.attempts[0]).toMatchObject({ timestamp: found.first_attempt, username: 'user0' });
    // Every attempt is a stored event.
    const event = await getJson(program, `/api/events/${window.attempts[24].log_id}`);
    expect(event.raw).toContain('user24');
    expect(found.severity_reasons).toEqual(['attempts 25 ≥ 20']);
    expect(await without('/api/threats/brute-force')).toBe(401);
  });

  test('F-020 parameters, filters and limits', async () => {
    const path = '/api/threats/brute-force';
    const total = async (query: string) => (await getJson(program, `${path}?${query}`)).total_detections;
    expect(await total('threshold=26')).toBe(0);
    expect(await total('time_window_minutes=1&threshold=3')).toBe(0);
    expect(await total('time_window_minutes=1&threshold=2')).toBe(1);
    expect(await total('severity=CRITICAL')).toBe(0);
    expect(await total('severity=high,critical')).toBe(1);
    expect(await total(`source_ip=${ip}&include_ml=true`)).toBe(1);
    expect(await total('source_ip=203.0.113.121')).toBe(0);
    expect(await total(`end_date=${encodeURIComponent(stamp(3600))}`)).toBe(0);
    const local = stamp(3600).replace('Z', '');
    expect(await total(`start_date=${local}`)).toBe(1);
    const windows = await getJson(program, `${path}?time_window_minutes=5&threshold=5`);
    const [found] = windows.detections;
    expect(found.attack_windows.length).toBeGreaterThan(1);
    expect(found.attack_windows.reduce((sum: number, one: Json) => sum + one.attempt_count, 0)).toBe(
      found.total_attempts,
    );
    for (const query of [
      'threshold=0',
      'threshold=1001',
      'time_window_minutes=1441',
      'time_window_minutes=x',
      'source_ip=example.com',
      'severity=BAD',
      'format=xml',
      `start_date=${stamp(0)}&end_date=${stamp(60)}`,
    ]) {
      const refused = await program.api(`${path}?${query}`);
      expect(refused.status, query).toBe(422);
      expect(((await refused.json()) as Json).detail, query).toMatch(/\w/);
    }
  });

  test('F-021 the same by POST', async () => {
    const path = '/api/threats/brute-force';
    const body = { time_window_minutes: 15, threshold: 5, start_date: stamp(7200), end_date: null };
    const answer = await send(program, 'POST', `${path}?include_reputation=false&include_ml=false`, body);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ total_detections: 1, detections: [{ source_ip: ip }] });
    expect((await send(program, 'POST', path, { treshold: 5 })).status).toBe(422);
    expect((await send(program, 'POST', path, { threshold: 5000 })).status).toBe(422);
    expect(await without(path, 'POST')).toBe(401);
  });

  test('F-022 the timeline of an address is chronological', async () => {
    const answer = await getJson(program, `/api/threats/brute-force/${ip}/timeline`);
    expect(answer).toMatchObject({ source_ip: ip, total_attempts: 25 });
    expectRange(answer);
    const times = answer.timeline.map(({ timestamp }: Json) => Date.parse(timestamp));
    expect(times).toHaveLength(25);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(answer.timeline[3]).toMatchObject({ username: 'user3', log_id: expect.any(String) });
    const none = await getJson(program, '/api/threats/brute-force/192.168.1.100/timeline');
    expect(none).toMatchObject({ source_ip: '192.168.1.100', total_attempts: 0, timeline: [] });
    expect(await without(`/api/threats/brute-force/${ip}/timeline`)).toBe(401);
  });

  test('F-020 as CSV, whose cells run no formula', async () => {
    await lines(Array.from({ length: 6 }, (_, i) => failure('=cmd', '203.0.113.77', 60 - i)));
    const answer = await program.api('/api/threats/brute-force?format=csv&source_ip=203.0.113.77');
    expect(answer.headers.get('content-type')).toContain('text/csv');
    expect(answer.headers.get('content-disposition')).toContain('attachment');
    const [head, row] = (await answer.text()).split('\r\n');
    expect(head).toMatch(/^source_ip,.*total_attempts,/);
    expect(row).toContain("'=cmd");
    const json = await program.api('/api/threats/brute-force?format=json');
    expect(json.headers.get('content-disposition')).toContain('.json');
  });
});

describe('floods', () => {
  const path = '/api/threats/ddos';
  const single = '203.0.113.123';

  test('F-123, F-023 5,000 requests of one address within a minute are a single flood', async () => {
    await lines(each(5000, (i) => packet(single, 80, 50 - i / 100, i % 2 === 0 ? 'ALLOW' : 'BLOCK')));
    const answer = await getJson(program, path);
    expect(answer).toMatchObject({
      time_window_seconds: 60,
      single_ip_threshold: 100,
      distributed_ip_count: 10,
      distributed_request_threshold: 500,
      total_detections: 1,
    });
    expectRange(answer);
    const [found] = answer.detections;
    expect(found).toMatchObject({
      attack_type: 'SINGLE_IP_FLOOD',
      source_ips: [single],
      source_ip_count: 1,
      total_requests: 5000,
      target_ports: [80],
      target_protocols: ['tcp'],
      severity: 'CRITICAL',
    });
    expect(found.peak_request_rate).toBe(5000);
    expect(found.avg_request_rate).toBe(5000);
    expect(Date.parse(found.last_request)).toBeGreaterThan(Date.parse(found.first_request));
    const [window] = found.attack_windows;
    expect(window).toMatchObject({
      request_count: 5000,
      request_rate_per_min: 5000,
      target_ports: [80],
      protocols: ['tcp'],
      unique_ip_count: 1,
      top_attacking_ips: [{ ip: single, count: 5000 }],
    });
    expect(await without(path)).toBe(401);
  }, 120_000);

  test('F-223 600 requests of 12 addresses to one port within a minute are a distributed flood', async () => {
    await lines(each(600, (i) => packet(`198.51.100.${1 + (i % 12)}`, 443, 60 - i / 12)));
    const answer = await getJson(program, `${path}?destination_port=443`);
    expect(answer.total_detections).toBe(1);
    const [found] = answer.detections;
    expect(found).toMatchObject({
      attack_type: 'DISTRIBUTED_FLOOD',
      source_ip_count: 12,
      peak_unique_ips: 12,
      total_requests: 600,
      target_port: 443,
      target_protocol: 'tcp',
      target_ip: '192.0.2.10',
      severity: 'MEDIUM',
    });
    expect(found.source_ips).toHaveLength(12);
    expect(found.top_attacking_ips[0].count).toBe(50);
    expect(found.attack_windows[0]).toMatchObject({ request_count: 600, unique_ip_count: 12, target_ports: [443] });
    const none = async (query: string) =>
      (await getJson(program, `${path}?destination_port=443&${query}`)).total_detections;
    expect(await none('distributed_ip_count=13')).toBe(0);
    expect(await none('distributed_request_threshold=601')).toBe(0);
    expect(await none('protocol=udp')).toBe(0);
    expect(await none('protocol=TCP')).toBe(1);
  }, 120_000);

  test('F-023 limits of the parameters', async () => {
    for (const query of [
      'time_window_seconds=3601',
      'single_ip_threshold=100001',
      'distributed_ip_count=1001',
      'distributed_request_threshold=1000001',
      'destination_port=70000',
      'protocol=a%20b',
    ])
      expect((await program.api(`${path}?${query}`)).status, query).toBe(422);
  });
});

describe('port scan', () => {
  const path = '/api/threats/port-scan';
  const ip = '203.0.113.124';

  test('F-124, F-024 45 ports of one address within ten minutes are HIGH', async () => {
    await lines(each(45, (i) => packet(ip, 1000 + i, 590 - i * 13)));
    const answer = await getJson(program, `${path}?source_ip=${ip}`);
    expect(answer).toMatchObject({
      time_window_minutes: 10,
      unique_ports_threshold: 10,
      min_total_attempts: 20,
      total_detections: 1,
    });
    expectRange(answer);
    const [found] = answer.detections;
    expect(found).toMatchObject({
      source_ip: ip,
      total_attempts: 45,
      unique_ports_attempted: 45,
      severity: 'HIGH',
      severity_reasons: ['ports 45 ≥ 25'],
    });
    expect(found.ports_attempted[0]).toBe(1000);
    expect(found.ports_attempted).toHaveLength(45);
    const [window] = found.attack_windows;
    expect(window).toMatchObject({ attempt_count: 45, unique_ports: 45, window_start: found.first_attempt });
    expect(window.attempts[44]).toMatchObject({ destination_port: 1044, log_id: expect.any(String) });
    expect(await without(path)).toBe(401);
  });

  test('F-024 a busy address on one port is no scan', async () => {
    // The flood of the tests before: 5,000 packets to one port.
    const answer = await getJson(program, `${path}?source_ip=203.0.113.123&unique_ports_threshold=2`);
    expect(answer.total_detections).toBe(0);
    // They are stored, and left unread because their address tried one port.
    expect((await getJson(program, '/api/logs?source_ip=203.0.113.123&page_size=1')).total).toBeGreaterThan(1000);
    expect(answer.events_matched).toBe(0);
    expect((await program.api(`${path}?unique_ports_threshold=1`)).status).toBe(422);
  });

  test('F-025 the same by POST', async () => {
    const body = { time_window_minutes: 10, unique_ports_threshold: 10, min_total_attempts: 20 };
    const answer = (await (await send(program, 'POST', path, body)).json()) as Json;
    expect(answer.detections).toMatchObject([{ source_ip: ip }]);
    const more = (await (await send(program, 'POST', path, { ...body, min_total_attempts: 46 })).json()) as Json;
    expect(more.total_detections).toBe(0);
    expect(await without(path, 'POST')).toBe(401);
  });
});

describe('SQL injection', () => {
  const path = '/api/threats/sql-injection';

  test('an injection is CRITICAL, many refused logins are HIGH', async () => {
    const sql = (ip: string, ago: number) =>
      `<30>1 ${stamp(ago)} db01 mysqld - - - Access denied for user 'root'@'${ip}' (using password: YES)`;
    const date = new Date().toUTCString().replace(/^\w+, (\d+) (\w+) (\d+) ([\d:]+) GMT$/, '$1/$2/$3:$4 +0000');
    const request = `203.0.113.131 - - [${date}] "GET /?id=1%20union%20select%201,2 HTTP/1.1" 200 12 "-" "curl/8"`;
    await lines([
      ...each(6, (i) => sql('203.0.113.130', 60 - i)),
      `<30>1 ${stamp(5)} web01 nginx - - - ${request}`,
      ...each(5, (i) => packet('203.0.113.132', 3306, 50 - i)),
    ]);
    const answer = await getJson(program, path);
    const of = (ip: string) => answer.detections.find((one: Json) => one.source_ip === ip);
    expect(of('203.0.113.131')).toMatchObject({
      attack_type: 'SQL_INJECTION',
      severity: 'CRITICAL',
      injection_attempts: 1,
      total_attempts: 1,
    });
    expect(of('203.0.113.130')).toMatchObject({
      attack_type: 'SQL_SUSPICIOUS_ACTIVITY',
      severity: 'HIGH',
      auth_failures: 6,
      usernames_attempted: ['root'],
    });
    expect(of('203.0.113.132')).toMatchObject({ severity: 'MEDIUM', access_attempts: 5, ports_attempted: [3306] });
    const posted = (await (await send(program, 'POST', path, { min_attempts: 6 })).json()) as Json;
    expect(posted.detections.map((one: Json) => one.source_ip)).toEqual(['203.0.113.130']);
    expect((await program.api(`${path}?min_attempts=1001`)).status).toBe(422);
    expect(await without(path)).toBe(401);
    expect(await without(path, 'POST')).toBe(401);
  });
});

describe('alerts and dashboard', () => {
  test('F-037 live detection raised alerts of all four kinds', async () => {
    const path = '/api/alerts/latest';
    // Live counts what is not late: a scan and refused logins once more, now.
    await lines([
      ...each(8, (i) => packet('203.0.113.125', 2000 + i, 1)),
      ...each(
        6,
        () => `<30>1 ${stamp(0)} db01 mysqld - - - Access denied for user 'root'@'203.0.113.133' (using password: YES)`,
      ),
    ]);
    const kinds = (answer: Json) => new Set(answer.alerts.map((one: Json) => one.alert_type));
    const answer = await waitFor('alerts of all kinds', async () => {
      const latest = await getJson(program, `${path}?lookback_seconds=86400&bucket_minutes=5&include_details=true`);
      return kinds(latest).size === 4 && latest;
    });
    expectRange(answer);
    expect(answer.count).toBe(answer.alerts.length);
    for (const alert of answer.alerts) {
      expect(['BRUTE_FORCE', 'DDOS', 'PORT_SCAN', 'SQL_INJECTION']).toContain(alert.alert_type);
      expect(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL']).toContain(alert.severity);
      expect(alert).toMatchObject({
        lookback_seconds: 86400,
        count: expect.any(Number),
        description: expect.stringMatching(/\w/),
        details: { rule_id: expect.any(String), log_ids: expect.any(Array) },
      });
      for (const time of ['bucket_end', 'first_seen', 'last_seen', 'computed_at'])
        expect(Date.parse(alert[time]), time).not.toBeNaN();
      expect(Date.parse(alert.bucket_end) % 300_000).toBe(0);
      expect(Date.parse(alert.bucket_end)).toBeGreaterThan(Date.parse(alert.last_seen));
    }
    const force = answer.alerts.find((one: Json) => one.source_ip === '203.0.113.120');
    expect(force.alert_type).toBe('BRUTE_FORCE');
    // The same alert as in the list of all, by the same id.
    expect((await getJson(program, `/api/alerts/${force.id}`)).id).toBe(force.id);
    const brief = await getJson(program, path);
    expect(brief.alerts[0].details).toBeUndefined();
    for (const query of ['lookback_seconds=59', 'lookback_seconds=604801', 'bucket_minutes=0', 'bucket_minutes=61'])
      expect((await program.api(`${path}?${query}`)).status, query).toBe(422);
    expect(await without(path)).toBe(401);
  });

  test('F-026 the dashboard sums up', async () => {
    // Asked before it may be five seconds old.
    const answer = await waitFor('a fresh summary', async () => {
      const summary = await getJson(program, '/api/dashboard/summary');
      return summary.threats.total_sql_injection > 0 && summary;
    });
    for (const kind of ['total_brute_force', 'total_ddos', 'total_port_scan', 'total_sql_injection'])
      expect(answer.threats[kind], kind).toBeGreaterThan(0);
    const { critical_count, high_count, medium_count, low_count } = answer.threats;
    expect(critical_count + high_count + medium_count + low_count).toBe(
      answer.threats.total_brute_force +
        answer.threats.total_ddos +
        answer.threats.total_port_scan +
        answer.threats.total_sql_injection,
    );
    expect(answer.active_alerts.length).toBeGreaterThan(0);
    expect(answer.active_alerts.length).toBeLessThanOrEqual(10);
    for (const alert of answer.active_alerts) expect(['HIGH', 'CRITICAL']).toContain(alert.severity);
    const [busiest] = answer.top_ips;
    expect(busiest).toMatchObject({ source_ip: '203.0.113.123', total_logs: 5000 });
    const { LOW, MEDIUM, HIGH, CRITICAL } = busiest.severity_breakdown;
    expect(LOW + MEDIUM + HIGH + CRITICAL).toBe(5000);
    expect(Date.parse(busiest.last_seen)).not.toBeNaN();
    expect(answer.system_health).toMatchObject({ database_status: 'healthy', uptime_seconds: expect.any(Number) });
    expect(answer.system_health.total_logs_24h).toBeGreaterThan(5600);
    expect(answer.system_health.high_severity_logs_24h).toBeGreaterThan(20);
    expect(Date.parse(answer.system_health.last_log_timestamp)).not.toBeNaN();
    expect(Date.parse(answer.generated_at)).not.toBeNaN();
    expect(await without('/api/dashboard/summary')).toBe(401);
  });

  test('questions of an address are answered one after the other; eight wait, and more are refused', async () => {
    const asked = Array.from({ length: 30 }, () => program.api('/api/threats/port-scan'));
    const answers = await Promise.all(asked);
    const busy = answers.filter((one) => one.status === 429);
    expect(busy.length).toBeGreaterThan(0);
    for (const one of busy) expect(one.headers.get('retry-after')).toMatch(/^\d+$/);
    const answered = answers.filter((one) => one.status === 200);
    expect(answered.length).toBe(asked.length - busy.length);
    expect(answered.length).toBeGreaterThanOrEqual(9);
    expect((await program.api('/api/threats/port-scan')).status).toBe(200);
    // Who goes away ends the run: the next question is answered at once.
    const gone = new AbortController();
    const left = program.api('/api/threats/ddos', { signal: gone.signal }).catch(() => null);
    await new Promise((done) => setTimeout(done, 50));
    gone.abort();
    await left;
    await waitFor('an answer', async () => (await program.api('/api/threats/ddos')).status === 200, 10_000);
  });
});
