import { expect, test } from 'vitest';
import type { PlaybookRun, PlaybookSubject } from '../../../model/index.ts';
import { openSqliteState } from './state.ts';

const start = Date.UTC(2026, 10, 20, 10);
const noSubject: PlaybookSubject = {
  ...{ address: null, user: null, host: null, severity: null, rule: null, rule_name: null, message: null, count: null },
  ...{ alert: null, incident: null, incident_title: null, score: null, reputation: null, country: null },
};

test('runs of playbooks: what is due, what ran for whom, and what is pruned', () => {
  const run = (id: string, change: Partial<PlaybookRun> = {}): PlaybookRun => ({
    ...{ id, playbook: 'p', name: 'Out', steps: [], entity: '203.0.113.9', by: null, sound: true, events: [] },
    ...{ state: 'waiting', at: 0, since: null, approved_by: null, results: [], note: null, undone: null },
    subject: { ...noSubject, alert: `alert-${id}`, incident: 'i1' },
    due: start + 1000,
    ends: start + 9000,
    created: start,
    changed: start,
    ...change,
  });
  const { playbookRuns } = openSqliteState(':memory:');
  playbookRuns.put(run('a'));
  playbookRuns.put(run('b', { by: 'anna', due: start + 500, entity: 'user:root' }));
  playbookRuns.put(run('c', { state: 'done', due: null, playbook: 'q', changed: start + 5 }));
  const again = playbookRuns;
  expect(again.byId('a')).toEqual(run('a'));
  expect(again.nextDue()).toBe(start + 500);
  expect(again.due(start + 999, 9).map(({ id }) => id)).toEqual(['b']);
  expect(again.due(start + 1000, 9).map(({ id }) => id)).toEqual(['b', 'a']);
  // What a person starts does not count against the trigger.
  expect(again.begun('p', null, start - 1)).toBe(1);
  expect(again.begun('p', '203.0.113.9', start)).toBe(0);
  expect(again.ranFor('p', 'i1')).toBe(true);
  expect(again.ranFor('p', 'i2')).toBe(false);
  expect(again.list({}, 2, null).runs.map(({ id }) => id)).toEqual(['c', 'b']);
  expect(again.list({}, 2, again.list({}, 2, null).next).runs.map(({ id }) => id)).toEqual(['a']);
  expect(again.count({ states: ['waiting'], playbook: 'p' })).toBe(2);
  expect(again.list({ alert: 'alert-a' }, 9, null).runs).toHaveLength(1);
  expect(again.count({ text: 'ROOT' })).toBe(1);
  expect(again.last()).toEqual([
    { playbook: 'p', at: start, state: 'waiting' },
    { playbook: 'q', at: start, state: 'done' },
  ]);
  again.put(run('a', { state: 'done', due: null, changed: start + 1 }));
  expect(again.prune(start + 2, 9)).toBe(1);
  expect(again.prune(0, 0)).toBe(1);
  expect(again.list({}, 9, null).runs.map(({ id }) => id)).toEqual(['b']);
});
