import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Playbook, PlaybookRun, PlaybookStep } from '../../model/index.ts';
import { advance, answered, begin, cancelled, isOver, performed } from './run.ts';
import { readPlaybookTree } from './schema.ts';
import { fill, templateProblems } from './template.ts';
import { concerns, noSubject } from './trigger.ts';

const start = Date.UTC(2026, 10, 20, 10);
const subject = { ...noSubject, address: '203.0.113.9', user: 'root', severity: 'high' as const };

function playbook(steps: unknown[], more: object = {}): Playbook {
  const tree = { id: 'own', name: 'Own', trigger: { on: 'decoy' }, steps, ...more };
  const { playbook: read, problems } = readPlaybookTree(tree);
  expect(problems).toEqual([]);
  return read as Playbook;
}
const run = (steps: unknown[], more: object = {}): PlaybookRun =>
  begin(playbook(steps, more), { id: 'r', subject, entity: '203.0.113.9', by: null, sound: true, events: [] }, start);

describe('reading', () => {
  const base = { id: 'own', name: 'Own', trigger: { on: 'decoy' }, steps: [{ do: 'enrich' }] };
  test.each([
    ['no steps', { steps: [] }, ['steps']],
    ['a step of no kind', { steps: [{ do: 'fly' }] }, ['steps', 0, 'do']],
    ['a word that is not known', { steps: [{ do: 'enrich', form: 1 }] }, ['steps', 0, 'form']],
    ['a time without a unit', { steps: [{ do: 'wait', for: '60' }] }, ['steps', 0, 'for']],
    ['a number for a time', { steps: [{ do: 'wait', for: 60 }] }, ['steps', 0, 'for']],
    ['a block for longer than any may hold', { steps: [{ do: 'block', for: '8d' }] }, ['steps', 0, 'for']],
    ['waits that outlast the run', { steps: [{ do: 'wait', for: '8d' }] }, ['limits', 'timeout']],
    ['every alert', { trigger: { on: 'alert' } }, ['trigger', 'on']],
    ['a score that nobody asks for', { trigger: { on: 'decoy', score: 80 } }, ['trigger', 'score']],
    ['a score that is not said', { trigger: { on: 'score' } }, ['trigger', 'on']],
    ['rules of incidents', { trigger: { on: 'incident', rules: ['x'] } }, ['trigger', 'rules']],
    ['an id with a slash', { id: '../x' }, ['id']],
    ['a network that is none', { when: { networks: ['300.0.0.0/8'] } }, ['when', 'networks']],
    ['a template of nothing', { steps: [{ do: 'note', text: '{{secret}}' }] }, ['steps', 0, 'text']],
    ['no map at all', null, []],
  ])('refuses %s and says where', (_, change, path) => {
    const { playbook: read, problems } = readPlaybookTree(change === null ? 'x' : { ...base, ...change });
    expect(read).toBeNull();
    expect(problems.map((problem) => problem.path)).toContainEqual(path);
    for (const { message } of problems) expect(message.length).toBeGreaterThan(10);
  });

  test('a block and a redirect ask, everything else does not, unless it is said', () => {
    const kinds = [
      { do: 'block' },
      { do: 'redirect' },
      { do: 'enrich' },
      { do: 'undo' },
      { do: 'block', approval: 'none' },
    ];
    expect(playbook(kinds).steps.map(({ approval }) => approval)).toEqual([
      'required',
      'required',
      'none',
      'none',
      'none',
    ]);
  });
});

describe('templates', () => {
  test.each([
    ['{{address}} and {{ user }}', '203.0.113.9 and root', []],
    ['{{host}}', 'unknown', ['host']],
    ['no places', 'no places', []],
  ])('%s', (text, filled, missing) => expect(fill(text, subject)).toEqual({ text: filled, missing }));

  test('what comes from a log is never read as a template, and is one line', () => {
    const hostile = { ...subject, message: '{{address}}\r\nBcc: x\u0000' };
    expect(fill('{{message}}', hostile).text).toBe('{{address}} Bcc: x ');
    expect(fill('{{message}}', { ...subject, message: 'a'.repeat(9000) }).text).toHaveLength(501);
  });

  test.each(['{{nobody}}', '{{', '}}', '{{address}', '{{a{{address}}'])('%s is refused', (text) =>
    expect(templateProblems(text)).not.toEqual([]),
  );
});

describe('a run', () => {
  test('goes on with a wait after however long nobody looked', () => {
    const first = advance(run([{ do: 'wait', for: '1h' }, { do: 'enrich' }]), start);
    expect(first).toMatchObject({ todo: { kind: 'rest' }, run: { state: 'waiting', due: start + 3_600_000 } });
    const stored = JSON.parse(JSON.stringify(first.run)) as PlaybookRun;
    expect(advance(stored, start + 3_599_999).todo.kind).toBe('rest');
    expect(advance(stored, start + 86_400_000)).toMatchObject({
      todo: { kind: 'perform', step: { do: 'enrich' } },
      run: { at: 1, results: [{ state: 'done', text: 'Waited 1h.', started: start, ended: start + 86_400_000 }] },
    });
  });

  test('asks once, and waits', () => {
    const asked = advance(run([{ do: 'block', approval_timeout: '1h' }]), start);
    expect(asked).toMatchObject({ todo: { kind: 'ask' }, run: { state: 'approval', due: start + 3_600_000 } });
    expect(advance(asked.run, start + 1).todo.kind).toBe('rest');
    const agreed = answered(asked.run, true, 'anna', start + 5);
    expect(advance(agreed as PlaybookRun, start + 6)).toMatchObject({
      todo: { kind: 'perform' },
      run: { approved_by: 'anna' },
    });
    expect(answered(agreed as PlaybookRun, true, 'ben', start + 7)).toBeNull();
  });

  test.each([
    ['stop', 'refused', 1],
    ['skip', 'done', 2],
  ])('a refusal: %s', (if_refused, state, results) => {
    const asked = advance(
      run([
        { do: 'block', if_refused },
        { do: 'wait', for: '1s' },
      ]),
      start,
    ).run;
    const denied = answered(asked, false, 'anna', start) as PlaybookRun;
    const resting = advance(denied, start).run;
    const end = advance(resting, start + 1000).run;
    expect(end).toMatchObject({ state });
    expect(end.results).toHaveLength(results);
    expect(end.results[0]).toMatchObject({ state: 'refused', by: 'anna' });
  });

  test.each([
    ['stop', 'failed', false],
    ['undo', 'failed', true],
    ['continue', 'running', false],
  ])('a failure: %s', (on_failure, state, undo) => {
    const one = advance(run([{ do: 'enrich', on_failure }, { do: 'enrich' }]), start).run;
    expect(performed(one, { state: 'failed', text: 'no' }, start)).toMatchObject({ undo, run: { state } });
  });

  test.each([
    [{ score: 50 }, { score: 49 }, 'below 50'],
    [{ score: 50 }, {}, 'not known'],
    [{ has: ['incident'] }, {}, 'incident'],
    [{ severity: 'critical' }, {}, 'below critical'],
    [{ score: 50, severity: 'high', has: ['address'] }, { score: 50 }, null],
  ])('a step asks for %j', (wanted, found, why) => {
    const one = { ...run([{ do: 'enrich', if: wanted }]), subject: { ...subject, ...found } };
    const { run: next, todo } = advance(one, start);
    if (why === null) expect(todo.kind).toBe('perform');
    else expect(next.results).toMatchObject([{ state: 'skipped', text: expect.stringContaining(why) }]);
  });

  test('is given up after its time, whatever it waits for', () => {
    const asked = advance(run([{ do: 'block', approval_timeout: '7d' }], { limits: { timeout: '1h' } }), start).run;
    expect(asked.due).toBe(start + 3_600_000);
    expect(advance(asked, start + 3_600_000).run).toMatchObject({ state: 'timed_out', due: null });
  });
});

const anyStep = fc.oneof(
  fc.constantFrom({ do: 'enrich' }, { do: 'open_incident' }, { do: 'undo' }, { do: 'note', text: 'x' }),
  fc.record({
    do: fc.constantFrom('block', 'redirect'),
    approval: fc.constantFrom('required', 'none'),
    approval_timeout: fc.constantFrom('1m', '1h', '7d'),
    if_refused: fc.constantFrom('stop', 'skip'),
    on_failure: fc.constantFrom('stop', 'continue', 'undo'),
  }),
  fc.record({
    do: fc.constant('wait'),
    for: fc.constantFrom('1s', '1h', '1d'),
    approval: fc.constantFrom('required', 'none'),
  }),
);
const anyMove = fc.record({
  kind: fc.constantFrom('look', 'agree', 'refuse', 'fail', 'cancel'),
  later: fc.nat({ max: 90_000_000 }),
});

test('whatever happens: no step that asks is done without a yes, each has one result at most, and it ends', () => {
  fc.assert(
    fc.property(
      fc.array(anyStep, { minLength: 1, maxLength: 6 }),
      fc.array(anyMove, { maxLength: 30 }),
      (steps, moves) => {
        let current = run(steps, { limits: { timeout: '30d' } });
        let now = start;
        const agreed = new Set<number>();
        for (const move of [...moves, { kind: 'look', later: 31 * 86_400_000 }]) {
          now += move.later;
          if (move.kind === 'agree') {
            const next = answered(current, true, 'anna', now);
            if (next !== null) agreed.add(current.at);
            current = next ?? current;
          }
          if (move.kind === 'refuse') current = answered(current, false, 'anna', now) ?? current;
          if (move.kind === 'cancel') current = cancelled(current, 'anna', now) ?? current;
          for (let turns = 0; turns < 20; turns += 1) {
            const { run: next, todo } = advance(JSON.parse(JSON.stringify(current)) as PlaybookRun, now);
            current = next;
            if (todo.kind !== 'perform') break;
            const step = todo.step as PlaybookStep;
            expect(step.do).not.toBe('wait');
            if (step.approval === 'required') expect(agreed.has(current.at)).toBe(true);
            const outcome = { state: move.kind === 'fail' ? ('failed' as const) : ('done' as const), text: 'x' };
            current = performed(current, outcome, now).run;
          }
          expect(current.due === null).toBe(isOver(current));
          expect(current.results.map(({ step }) => step)).toEqual(current.results.map((_, index) => index));
          expect(current.results.length).toBe(current.at);
        }
        expect(isOver(current)).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

test.each([
  [{ address: 'external' }, true],
  [{ address: 'internal' }, false],
  [{ networks: ['203.0.113.0/24'] }, true],
  [{ networks: '198.51.100.0/24' }, false],
  [{ except_networks: ['203.0.113.9'] }, false],
  [{ users: ['ROOT'] }, true],
  [{ except_users: ['root'] }, false],
  [{ hosts: ['web1'] }, false],
  [{ except_hosts: ['web1'] }, true],
])('when %j', (when, expected) => {
  expect(concerns(playbook([{ do: 'enrich' }], { when }).when, subject)).toBe(expected);
});
