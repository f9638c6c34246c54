import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { IncidentRow } from '../../store/contract.ts';
import { testAlert, testEvent, testTime } from '../fakes.test-suite.ts';
import { type Harness, openHarness } from '../harness.test-suite.ts';
import { reportDocument } from './document.ts';
import { reportMail } from './mail.ts';
import { noEventsAdvice, nothingToJudge } from './sentences.ts';

const testIncident: IncidentRow = {
  id: '',
  title: 'SSH brute force',
  severity: 'medium',
  risk: 40,
  status: 'new',
  disposition: null,
  owner: null,
  entities: [],
  first: testTime,
  last: testTime,
  alert_count: 1,
  event_count: 1,
  attack: [],
  historical: false,
  created_at: testTime,
  updated_at: testTime,
  closed_at: null,
  merged_into: null,
  version: 0,
  facts: {
    tactics: [],
    rules: [],
    lead: { alert_id: 'a', severity: 'medium', first: testTime, rule_name: 'SSH brute force', message: '' },
    failed_at: null,
    succeeded_at: null,
    intel: false,
    live_alerts: 1,
    counts: { address: 0, user: 0, host: 0 },
  },
};

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness.app.close());

const plan = {
  name: 'Morning',
  frequency: 'daily',
  hour: 7,
  timezone: 'Europe/Berlin',
  recipients: ['boss@example.com', 'boss@example.com'],
};
const send = (
  role: 'viewer' | 'analyst' | 'admin',
  method: 'POST' | 'PATCH' | 'DELETE',
  url: string,
  payload?: object,
) => harness.as(role, { method, url, ...(payload && { payload }) });

describe('a report', () => {
  test('counts events and alerts of the period, hours and all, and compares with the period before', async () => {
    const { fakes } = harness;
    const day = 86_400_000;
    fakes.held.push(
      testEvent({ user: 'alice' }),
      testEvent({ user: '=cmd|calc' }),
      testEvent({ time: testTime - day, src_ip: '192.0.2.77', user: 'alice' }),
    );
    fakes.state.alerts.upsert(testAlert({ time: testTime - 1000, severity: 'high' }), testTime);
    fakes.clock.now = testTime + 60_000;
    const answer = await harness.as('viewer', { method: 'GET', url: '/api/reports/daily?timezone=UTC' });
    const { report } = answer.json();
    expect(report).toMatchObject({
      report_type: 'DAILY',
      report_date: '2026-11-20',
      timezone: 'UTC',
      period: { start: '2026-11-20T00:00:00+00:00', is_complete: false },
      summary: { total_logs: 2, security_score: 100, security_status: 'SECURE' },
      comparison: { total_logs: { now: 2, before: 1, change_percent: 100 }, new_top_source_ips: ['203.0.113.9'] },
      alerts: { total: 1 },
    });
    const sentences = report.summary.sentences.join(' ');
    expect(sentences).toContain('(SECURE). It counts detected threats; the urgent alerts are not in it. 1 alert was');
    expect(report.log_statistics.logs_by_hour.filter(({ count }: { count: number }) => count > 0)).toEqual([
      { hour: 10, count: 2 },
    ]);
    expect(report.time_breakdown.at(-1)).toMatchObject({ label: '2026-11-20 10:00', total: 2 });
  });

  test('says which incidents were opened and closed, how long that took, and which countries events come from', async () => {
    const { fakes } = harness;
    const incident = (id: string, change: Partial<IncidentRow>): void =>
      fakes.state.incidents.put({ ...testIncident, id, ...change });
    const [before, within] = [testTime - 86_400_000, testTime];
    incident('closed-within', { created_at: within - 7_200_000, closed_at: within, status: 'closed', severity: 'low' });
    incident('opened-within', { created_at: within, severity: 'critical', title: '=evil' });
    incident('open-through', { created_at: before, severity: 'high' });
    incident('over-before', { created_at: before, closed_at: before + 1000, status: 'closed', severity: 'critical' });
    incident('merged', { created_at: within, merged_into: 'opened-within' });
    fakes.held.push(
      testEvent({ src_ip: '203.0.113.9' }),
      testEvent({ src_ip: '203.0.113.10' }),
      testEvent({ src_ip: '198.51.100.1' }),
      testEvent({ src_ip: '10.0.0.1' }),
    );
    fakes.clock.now = testTime + 60_000;
    const { report } = (await harness.as('viewer', { method: 'GET', url: '/api/reports/daily?timezone=UTC' })).json();
    expect(report.incidents).toMatchObject({ opened: 2, closed: 1, open_at_end: 2, mean_seconds_to_close: 7200 });
    expect(report.incidents.worst.map(({ id }: { id: string }) => id)).toEqual([
      'opened-within',
      'open-through',
      'closed-within',
    ]);
    expect(report.log_statistics.top_countries).toEqual([
      { country: 'NL', count: 2, addresses: 2 },
      { country: 'DE', count: 1, addresses: 1 },
    ]);
    const body = { report_type: 'daily', format: 'CSV', timezone: 'UTC', date: '2026-11-20' };
    const csv = (await send('analyst', 'POST', '/api/reports/export', body)).body;
    expect(csv).toContain("incident,opened-within,title,'=evil");
    expect(csv).toContain('incidents,,mean_seconds_to_close,7200');
    expect(csv).toContain('country,NL,count,2');
  });

  test('in another zone the hour and the day are others', async () => {
    harness.fakes.held.push(testEvent());
    harness.fakes.clock.now = testTime + 60_000;
    const url = '/api/reports/daily?timezone=Pacific/Kiritimati';
    const { report } = (await harness.as('viewer', { method: 'GET', url })).json();
    expect(report.report_date).toBe('2026-11-21');
    expect(report.log_statistics.logs_by_hour[0]).toEqual({ hour: 0, count: 1 });
  });

  test('of nothing praises nothing: the pages say that there was nothing to judge, the field keeps the formula', async () => {
    const { report } = (await harness.as('viewer', { method: 'GET', url: '/api/reports/daily' })).json();
    expect(report.summary).toMatchObject({ total_logs: 0, security_score: 100, security_status: 'SECURE' });
    expect(report.summary.sentences).toContain(nothingToJudge);
    expect(report.summary.sentences.join(' ')).not.toContain('SECURE');
    const { blocks } = reportDocument(report);
    expect(blocks.map(({ kind }) => kind)).not.toContain('score');
    const told = JSON.stringify(blocks);
    for (const sentence of [nothingToJudge, noEventsAdvice]) expect(told).toContain(sentence);
    expect(told).toContain(JSON.stringify(['Security score', '–', '–', '–']));
    const mail = reportMail({ recipients: ['boss@example.com'], name: 'Morning' }, report, {
      filename: 'report.pdf',
      contentType: 'application/pdf',
      content: '',
    });
    expect(mail.subject).toContain('(no events)');
    expect(mail.text).toContain(noEventsAdvice);
  });

  test('parts are left out as asked; without threats there is no score', async () => {
    const url = '/api/reports/daily?include_threats=false&include_charts=false&include_logs=true';
    const { report } = (await harness.as('viewer', { method: 'GET', url })).json();
    expect(report.threat_detections).toBeNull();
    expect(report.summary.security_score).toBeNull();
    expect(report.charts).toBeUndefined();
    expect(report.detailed_logs).toEqual({ logs: [], left_out: 0 });
    expect(report.notes.join(' ')).toContain('no security score');
  });

  test('cells of the CSV that a spreadsheet would run are made safe', async () => {
    harness.fakes.held.push(testEvent({ user: '=cmd|calc' }));
    harness.fakes.clock.now = testTime + 60_000;
    const body = { report_type: 'daily', format: 'CSV', timezone: 'UTC', date: '2026-11-20' };
    const answer = await send('analyst', 'POST', '/api/reports/export', body);
    expect(answer.body).toContain("user,'=cmd|calc,count,1");
    expect(harness.audited()).toContain('report_exported');
  });

  test('a zone that would end the header is refused', async () => {
    const url = `/api/reports/daily?timezone=${encodeURIComponent('UTC\r\nX: y')}`;
    expect((await harness.as('viewer', { method: 'GET', url })).statusCode).toBe(400);
  });
});

describe('saved reports', () => {
  test('what Phosor made is printed again; what it did not make is JSON only', async () => {
    const made = await harness.as('viewer', { method: 'GET', url: '/api/reports/daily' });
    const own = (await send('analyst', 'POST', '/api/reports/save', { report: made.json().report })).json();
    const foreign = (await send('analyst', 'POST', '/api/reports/save', { report: { title: 'x' } })).json();
    const exported = (id: string, format: string) =>
      harness.as('analyst', { method: 'GET', url: `/api/reports/history/${id}/export?format=${format}` });
    expect((await exported(own.id, 'pdf')).headers['content-type']).toBe('application/pdf');
    expect((await exported(foreign.id, 'pdf')).json()).toMatchObject({ code: 'REPORT_FOREIGN' });
    expect((await exported(foreign.id, 'json')).json()).toEqual({ title: 'x' });
    const { reports, total } = (
      await harness.as('viewer', { method: 'GET', url: '/api/reports/history?report_type=daily' })
    ).json();
    expect([total, reports[0].id]).toEqual([1, own.id]);
    expect(harness.audited()).toContain('report_saved');
  });

  test('five hundred are kept, and no more', async () => {
    const { reports } = harness.fakes.state;
    const head = { report_type: null, report_date: null, period: null, summary: null };
    for (let number = 0; number < 500; number += 1)
      reports.insert({ id: `r${number}`, name: 'x', notes: '', created_at: number, created_by: '', head, report: {} });
    const refused = await send('analyst', 'POST', '/api/reports/save', { report: {} });
    expect([refused.statusCode, refused.json().code]).toEqual([409, 'REPORTS_FULL']);
  });
});

describe('schedules', () => {
  test('are made, changed and deleted by administrators, and seen by analysts', async () => {
    expect((await send('analyst', 'POST', '/api/reports/schedules', plan)).statusCode).toBe(403);
    const made = (await send('admin', 'POST', '/api/reports/schedules', plan)).json();
    expect(made).toMatchObject({ recipients: ['boss@example.com'], format: 'pdf', enabled: true, last: null });
    expect(made.next_at).toBe('2026-11-21T06:00:00.000+00:00');
    const url = `/api/reports/schedules/${made.id}`;
    expect((await send('admin', 'PATCH', url, { enabled: false })).json().next_at).toBeNull();
    const listed = (await harness.as('analyst', { method: 'GET', url: '/api/reports/schedules' })).json();
    expect(listed).toMatchObject({ mail_configured: false, schedules: [{ id: made.id, enabled: false }] });
    // No way to send mail is configured: the report is made, and the result says why it was not sent.
    const sent = (await send('admin', 'POST', `${url}/send`)).json();
    expect(sent).toMatchObject({ ok: false, detail: expect.stringContaining('No way to send mail') });
    expect((await send('admin', 'DELETE', url)).statusCode).toBe(200);
    expect((await send('admin', 'DELETE', url)).statusCode).toBe(404);
    expect(harness.audited()).toEqual(
      expect.arrayContaining(['report_schedule_created', 'report_schedule_modified', 'report_schedule_deleted']),
    );
  });

  test.each([
    ['no recipient', { recipients: [] }],
    ['a header in an address', { recipients: ['a@example.com\r\nBcc: b@example.com'] }],
    ['no zone', { timezone: 'Mars/Base' }],
    ['no hour', { hour: 24 }],
    ['a day that some months lack', { frequency: 'monthly', day: 31 }],
    ['an unknown key', { attach: '/etc/passwd' }],
  ])('%s is refused', async (_, change) => {
    const answer = await send('admin', 'POST', '/api/reports/schedules', { ...plan, ...change });
    expect(answer.statusCode).toBe(422);
  });
});
