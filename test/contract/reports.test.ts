import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Program, removeFolder, startProgram } from '../program.ts';
import { getJson, type Json, post, send } from './client.ts';

/* What clients written for the Firewall Log Analyzer rely on about reports, asked of the real program over HTTP. */

let program: Program;

beforeAll(async () => {
  program = await startProgram();
}, 90_000);

afterAll(async () => {
  await program?.stop();
  if (program) removeFolder(program.dataDir);
});

const anonymous = (path: string, init: RequestInit = {}) => fetch(program.address + path, init);

const reportKeys = [
  'report_type',
  'report_date',
  'period',
  'summary',
  'log_statistics',
  'threat_detections',
  'top_threat_sources',
  'recommendations',
];

test.each([
  ['F-027', '/api/reports/daily?date=2024-01-01', 'DAILY'],
  ['F-028', '/api/reports/weekly', 'WEEKLY'],
  ['F-029', '/api/reports/custom?start_date=2024-01-01&end_date=2024-01-03', 'CUSTOM'],
])('%s %s', async (_, path, type) => {
  const { report } = await getJson(program, path);
  expect(Object.keys(report)).toEqual(expect.arrayContaining(reportKeys));
  expect(report.report_type).toBe(type);
  expect(Object.keys(report.summary)).toEqual(
    expect.arrayContaining(['total_logs', 'security_score', 'security_status', 'threat_summary']),
  );
  expect(Object.keys(report.period)).toEqual(expect.arrayContaining(['start', 'end']));
  expect((await anonymous(path)).status).toBe(401);
});

test.each([
  ['F-127', '/api/reports/daily?date=bad'],
  ['F-129', '/api/reports/custom?start_date=2024-01-03&end_date=2024-01-01'],
])('%s %s is refused with a sentence', async (_, path) => {
  const answer = await program.api(path);
  expect(answer.status).toBe(400);
  const body: Json = await answer.json();
  expect(body).toEqual({ detail: expect.stringMatching(/\.$/), code: 'PERIOD_INVALID' });
  expect((await anonymous(path)).status).toBe(401);
});

test.each([
  ['F-030', 'json', 'application/json', '{'],
  ['F-130', 'csv', 'text/csv', 'section,item,measure,value'],
  ['F-230', 'pdf', 'application/pdf', '%PDF-'],
])(
  '%s a report is exported as %s',
  async (_, format, type, begin) => {
    const body = { report_type: 'DAILY', format, date: '2024-01-01' };
    const answer = await send(program, 'POST', '/api/reports/export', body);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain(type);
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="phosor-daily-report-2024-01-01.${format}"`,
    );
    expect((await answer.text()).startsWith(begin)).toBe(true);
    const headers = { 'content-type': 'application/json' };
    const refused = await anonymous('/api/reports/export', { method: 'POST', headers, body: JSON.stringify(body) });
    expect(refused.status).toBe(401);
  },
  120_000,
);

test('F-031 to F-034 a report is saved, listed, opened and deleted', async () => {
  const saved = await post(program, '/api/reports/save', { report_name: 'x', report: {}, notes: 'n' });
  expect(saved).toEqual({ id: expect.any(String), message: expect.any(String) });

  const { reports, total }: Json = await getJson(program, '/api/reports/history?limit=50&skip=0');
  expect(total).toBe(1);
  expect(reports[0]).toMatchObject({ id: saved.id, report_name: 'x', notes: 'n', created_at: expect.any(String) });

  const path = `/api/reports/history/${saved.id}`;
  expect(await getJson(program, path)).toMatchObject({ _id: saved.id, report_name: 'x', report: {}, notes: 'n' });
  for (const [method, asked] of [
    ['POST', '/api/reports/save'],
    ['GET', '/api/reports/history'],
    ['GET', path],
    ['DELETE', path],
  ] as const)
    expect((await anonymous(asked, { method })).status).toBe(401);

  const removed: Json = await (await send(program, 'DELETE', path)).json();
  expect(removed).toMatchObject({ id: saved.id, message: expect.any(String) });
  expect((await program.api(path)).status).toBe(404);
});

test('F-012, F-013 logs are exported as a PDF, those of a filter or chosen ones', async () => {
  const { event_id }: Json = await post(program, '/api/webhook/pdf', { message: 'login failed for \u202eroot\u0007' });
  const path = '/api/logs/export/pdf';
  const filtered = await program.api(`${path}?search=login&severity=LOW,MEDIUM,HIGH,CRITICAL&limit=5000`);
  expect(filtered.status).toBe(200);
  const chosen = await send(program, 'POST', path, { log_ids: [event_id] });
  expect(chosen.status).toBe(200);
  for (const answer of [filtered, chosen]) {
    expect(answer.headers.get('content-type')).toBe('application/pdf');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="phosor-logs-[\d-]+\.pdf"$/);
    expect((await answer.text()).startsWith('%PDF-')).toBe(true);
  }
  expect((await program.api(`${path}?limit=5001`)).status).toBe(422);
  expect((await send(program, 'POST', path, { log_ids: ['00000000-0000-0000-0000-000000000000'] })).status).toBe(404);
  for (const method of ['GET', 'POST']) expect((await anonymous(path, { method })).status).toBe(401);
}, 120_000);
