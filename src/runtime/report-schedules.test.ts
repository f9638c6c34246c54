import { describe, expect, test } from 'vitest';
import { DeliveryError, type Mail } from '../respond/contract.ts';
import { dueAfter, dueBefore, dueReport, type SchedulePlan } from '../serve/reports/schedule.ts';
import { openSqliteState } from '../store/state/sqlite/state.ts';
import { ReportSchedules } from './report-schedules.ts';

const plan: SchedulePlan = {
  name: 'Morning',
  frequency: 'daily',
  hour: 7,
  minute: 30,
  weekday: 1,
  day: 1,
  timezone: 'Europe/Berlin',
  recipients: ['boss@example.com'],
  format: 'pdf',
  enabled: true,
};
const iso = (time: number) => new Date(time).toISOString().slice(0, 16);
const at = (text: string) => Date.parse(`${text}:00Z`);

describe('when a schedule is due', () => {
  test.each<[string, Partial<SchedulePlan>, string, string]>([
    ['later the same day', {}, '2026-11-20T05:00', '2026-11-20T06:30'],
    ['the very minute is past', {}, '2026-11-20T06:30', '2026-11-21T06:30'],
    ['in summer an hour earlier by UTC', {}, '2026-07-01T00:00', '2026-07-01T05:30'],
    ['a minute that is skipped in spring', { hour: 2 }, '2026-03-28T12:00', '2026-03-29T01:30'],
    ['a minute that comes twice in autumn', { hour: 2 }, '2026-10-24T12:00', '2026-10-25T00:30'],
    ['a week day', { frequency: 'weekly', weekday: 1 }, '2026-11-20T05:00', '2026-11-23T06:30'],
    ['the week day itself, past its hour', { frequency: 'weekly', weekday: 5 }, '2026-11-20T07:00', '2026-11-27T06:30'],
    ['a day of the month', { frequency: 'monthly', day: 28 }, '2026-01-29T00:00', '2026-02-28T06:30'],
    ['over the year', { frequency: 'monthly', day: 1 }, '2026-12-15T00:00', '2027-01-01T06:30'],
  ])('%s', (_, change, after, expected) => {
    expect(iso(dueAfter({ ...plan, ...change }, at(after)))).toBe(expected);
  });

  test('the last time before', () => {
    expect(iso(dueBefore(plan, at('2026-11-20T06:29')))).toBe('2026-11-19T06:30');
    expect(iso(dueBefore(plan, at('2026-11-20T06:30')))).toBe('2026-11-20T06:30');
    expect(iso(dueBefore({ ...plan, frequency: 'monthly' }, at('2026-11-20T00:00')))).toBe('2026-11-01T06:30');
  });

  test.each([
    ['daily', { type: 'DAILY', date: '2026-11-22' }],
    ['weekly', { type: 'WEEKLY', start_date: '2026-11-16' }],
    ['monthly', { type: 'MONTHLY', date: '2026-10-01' }],
  ] as const)('a %s one is about the whole period before', (frequency, expected) => {
    expect(dueReport({ ...plan, frequency }, at('2026-11-23T06:30'))).toMatchObject(expected);
  });
});

function scene() {
  const state = openSqliteState(':memory:');
  const clock = { now: at('2026-11-20T05:00') };
  const sent: Mail[] = [];
  const dues: number[] = [];
  let failure: Error | null = null;
  const mailer = {
    isConfigured: () => true,
    send: async (mail: Mail) => {
      if (failure !== null) throw failure;
      sent.push(mail);
    },
  };
  const open = () => {
    const schedules = new ReportSchedules({ state, mailer, now: () => clock.now, log: () => undefined });
    schedules.connect(async ({ recipients }, due) => {
      dues.push(due);
      return { title: 'Daily', mail: { to: recipients, subject: 'Daily', text: 'x' } };
    });
    return schedules;
  };
  const fail = (error: Error | null) => {
    failure = error;
  };
  return { clock, sent, dues, open, fail };
}

describe('sending', () => {
  test('once when it is due, and again the next day', async () => {
    const { clock, sent, open } = scene();
    const schedules = open();
    const { id } = schedules.create(plan, 'admin');
    await schedules.look();
    expect(sent).toHaveLength(0);
    clock.now = at('2026-11-20T06:30');
    await schedules.look();
    await schedules.look();
    expect(sent).toHaveLength(1);
    expect(schedules.byId(id)).toMatchObject({ last: { ok: true }, due_at: at('2026-11-21T06:30') });
    clock.now = at('2026-11-21T06:31');
    await schedules.look();
    expect(sent).toHaveLength(2);
  });

  test('runs that were missed while Phosor was down are made up once, for the last of them', async () => {
    const { clock, sent, dues, open } = scene();
    open().create(plan, 'admin');
    clock.now = at('2026-11-25T12:00');
    const restarted = open();
    await restarted.look();
    await restarted.look();
    expect(sent).toHaveLength(1);
    expect(dues.map(iso)).toEqual(['2026-11-25T06:30']);
    expect(restarted.list()[0]?.due_at).toBe(at('2026-11-26T06:30'));
  });

  test('a clock that was months ahead delays nothing once it is put right; one that goes back an hour sends nothing twice', async () => {
    const { clock, sent, open } = scene();
    const schedules = open();
    const { id } = schedules.create(plan, 'admin');
    clock.now = at('2027-04-20T06:30');
    await schedules.look();
    expect(sent).toHaveLength(1);
    clock.now = at('2026-11-20T05:00');
    await schedules.look();
    expect(schedules.byId(id)?.due_at).toBe(at('2026-11-20T06:30'));
    clock.now = at('2026-11-20T06:31');
    await schedules.look();
    expect(sent).toHaveLength(2);
    clock.now = at('2026-11-20T05:45');
    await schedules.look();
    clock.now = at('2026-11-20T06:45');
    await schedules.look();
    expect(sent).toHaveLength(2);
    expect(schedules.byId(id)?.due_at).toBe(at('2026-11-21T06:30'));
  });

  test('what fails is repeated three times, over a restart too, and then given up until it is due again', async () => {
    const { clock, sent, open, fail } = scene();
    const { id } = open().create(plan, 'admin');
    fail(new DeliveryError('The mail server does not answer.', true));
    clock.now = at('2026-11-20T06:30');
    for (const minutes of [5, 15, 60]) {
      const schedules = open();
      await schedules.look();
      expect(schedules.byId(id)).toMatchObject({
        retry_at: clock.now + minutes * 60_000,
        last: { ok: false, detail: 'The mail server does not answer.' },
      });
      clock.now += minutes * 60_000;
    }
    const schedules = open();
    await schedules.look();
    expect(schedules.byId(id)).toMatchObject({ retry_at: null, failed: 0, due_at: at('2026-11-21T06:30') });
    fail(null);
    clock.now = at('2026-11-21T06:30');
    await schedules.look();
    expect(sent).toHaveLength(1);
  });

  test('a paused one sends nothing; Send now sends and leaves what is due', async () => {
    const { clock, sent, dues, open } = scene();
    const schedules = open();
    const { id, due_at } = schedules.create({ ...plan, enabled: false }, 'admin');
    clock.now = at('2026-11-22T12:00');
    await schedules.look();
    expect(sent).toHaveLength(0);
    expect(await schedules.sendNow(id)).toMatchObject({ ok: true });
    expect(dues.map(iso)).toEqual(['2026-11-22T06:30']);
    expect(schedules.byId(id)?.due_at).toBe(due_at);
    expect(await schedules.sendNow('none')).toBeNull();
  });

  test('an error from inside is not told to people', async () => {
    const { open, fail } = scene();
    const schedules = open();
    const { id } = schedules.create(plan, 'admin');
    fail(new Error('ENOENT /secret/path'));
    expect((await schedules.sendNow(id))?.detail).not.toContain('secret');
  });
});
