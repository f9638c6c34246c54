/** Syslog headers in the wild: rsyslog's own tests and OSSEC's decoded fields. */
import { expect, it } from 'vitest';
import { facilities, levels } from '../../src/model/index.ts';
import { parseLine, report, rowsOf, share } from './shared.ts';

it('reads priority, time, host and program as rsyslog does', () => {
  const misses: string[] = [];
  let total = 0;
  let hits = 0;
  const check = (what: string, input: string, wanted: unknown, got: unknown): void => {
    total += 1;
    if (wanted === got) hits += 1;
    else misses.push(`  ${what} ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}: ${input.slice(0, 140)}`);
  };
  for (const row of rowsOf('rsyslog')) {
    const fields = (row.expect.fields ?? {}) as Record<string, string>;
    const input = row.input[0] ?? '';
    const event = parseLine(input);
    // A priority that the text does not hold is rsyslog's default, not the line's.
    if (fields.PRI !== undefined && input.startsWith('<')) {
      check('facility', input, facilities[Number(fields.PRI) >> 3], event.facility);
      check('level', input, levels[Number(fields.PRI) & 7], event.level);
    }
    if (fields.timestamp !== undefined) {
      const clock = /\d\d:\d\d:\d\d/.exec(fields.timestamp)?.[0];
      const local = new Date(event.time + event.zone_minutes * 60_000).toISOString().slice(11, 19);
      check('time', input, clock, event.has_time ? local : null);
    }
    if (
      fields.hostname !== undefined &&
      input.includes(fields.hostname) &&
      fields.hostname !== '2009' &&
      input.startsWith('<')
    ) {
      check('host', input, fields.hostname, event.host);
    }
    if (
      fields.programname !== undefined &&
      fields.programname !== '' &&
      /^[\w./%()-]+$/.test(fields.programname) &&
      input.includes(`${fields.programname}`)
    ) {
      // `host tag message` without a colon: rsyslog takes any first word for a tag; we only names of programs that we know.
      const after = input[input.indexOf(fields.programname) + fields.programname.length];
      if (after === ':' || after === '[' || input.includes(`>1 `))
        check('program', input, fields.programname, event.program);
    }
  }
  report([`rsyslog headers: ${share(hits, total)}`, ...misses]);
  expect(total).toBeGreaterThan(100);
  expect(hits / total).toBeGreaterThanOrEqual(0.95);
});

it("reads host, program, source and user as OSSEC's decoders do", () => {
  const misses: string[] = [];
  let total = 0;
  let hits = 0;
  for (const row of rowsOf('ossec-golden')) {
    const event = parseLine(row.input[0] ?? '');
    const wanted = row.expect as Record<string, string | undefined>;
    // Without a program the host is that of the machine the tests ran on, not the line's.
    if (wanted.program === '(null)' || wanted.program === undefined) continue;
    // OSSEC calls the user that sudo and su switch to the user; Phosor calls it `fields.target_user`.
    if (event.format === 'sudo' || event.format === 'su') delete wanted.user;
    for (const [key, got] of [
      ['host', event.host],
      ['program', event.program],
      ['source', event.src_ip],
      ['user', event.user],
    ] as const) {
      const value = wanted[key];
      if (value === undefined) continue;
      total += 1;
      if (value === got || value.toLowerCase() === got?.toLowerCase()) hits += 1;
      else misses.push(`  ${key} ${value}, got ${got} (${event.format}): ${(row.input[0] ?? '').slice(0, 160)}`);
    }
  }
  report([`ossec fields: ${share(hits, total)}`, ...misses]);
  expect(hits / total).toBeGreaterThanOrEqual(0.85);
});
