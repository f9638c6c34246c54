import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Program, removeFolder, startProgram, waitFor } from '../program.ts';
import { getJson, type Json, send } from './client.ts';

/* The documented detectors over stored history, as the Firewall Log Analyzer answers them. */

let program: Program;

beforeAll(async () => {
  program = await startProgram({ env: { PHOSOR_SYSLOG_RATE: '0', PHOSOR_API_RATE: '0' } });
}, 90_000);

afterAll(async () => {
  await program?.stop();
  if (program) removeFolder(program.dataDir);
});

/** RFC 5424 time so many seconds before now. */
const stamp = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1000).toISOString();

/** Sends lines over one connection and waits until all are stored. */
async function lines(all: readonly string[]): Promise<void> {
  const stored = async () => (await getJson(program, '/api/stats')).stored_events as number;
  const before = await stored();
  await new Promise<void>((done, fail) => {
    const socket = connect(program.syslogPort, '127.0.0.1', () => socket.end(`${all.join('\n')}\n`));
    socket.on('error', fail);
    socket.on('close', () => done());
    socket.resume();
  });
  await waitFor('the lines', async () => (await stored()) >= before + all.length, 60_000);
}

const failure = (user: string, ip: string, secondsAgo: number): string =>
  `<38>1 ${stamp(secondsAgo)} web01 sshd 4711 - - Failed password for invalid user ${user} from ${ip} port 40022 ssh2`;

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
