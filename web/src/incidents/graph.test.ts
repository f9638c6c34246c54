import { expect, test } from 'vitest';
import { graphOf, stepsOf } from './graph.ts';
import type { IncidentAlert } from './types.ts';

const alert = (change: Partial<IncidentAlert> & { id: string }): IncidentAlert => ({
  rule_id: change.id,
  rule_name: `rule ${change.id}`,
  severity: 'medium',
  message: '',
  first: '2026-11-20T10:00:00.000+00:00',
  last: '2026-11-20T10:00:00.000+00:00',
  count: 1,
  attack: [],
  tactics: [],
  entities: [],
  ties: [],
  status: 'new',
  disposition: null,
  acknowledged_by: null,
  historical: false,
  ...change,
});
const address = { kind: 'address', value: '203.0.113.9' } as const;
const host = { kind: 'host', value: 'web1' } as const;

test('steps stand in the order of the matrix, alerts of one rule are one step', () => {
  const steps = stepsOf([
    alert({ id: 'c', tactics: ['impact'] }),
    alert({ id: 'b', tactics: ['credential-access'], rule_id: 'guess' }),
    alert({ id: 'none' }),
    alert({ id: 'a', tactics: ['reconnaissance'] }),
    alert({ id: 'd', tactics: ['credential-access'], rule_id: 'guess', severity: 'critical' }),
  ]);
  expect(steps.map(({ key, alerts, severity }) => [key, alerts.length, severity])).toEqual([
    ['a', 1, 'medium'],
    ['guess', 2, 'critical'],
    ['c', 1, 'medium'],
    ['none', 1, 'medium'],
  ]);
});

test('sources are left, accounts and hosts right; what is not drawn is counted', () => {
  const crowd = Array.from({ length: 14 }, (_, n) => ({ kind: 'address' as const, value: `198.51.100.${n}` }));
  const graph = graphOf([
    alert({ id: 'a', tactics: ['reconnaissance'], entities: [address, host] }),
    alert({ id: 'b', tactics: ['impact'], entities: [address, ...crowd] }),
  ]);
  expect(graph.columns).toEqual(['Sources', 'Reconnaissance', 'Impact', 'Accounts and hosts']);
  expect(graph.nodes.find(({ id }) => id === 'address 203.0.113.9')).toMatchObject({ column: 0, row: 0 });
  expect(graph.nodes.find(({ id }) => id === 'host web1')).toMatchObject({ column: 3 });
  expect(graph.edges.map(({ id }) => id)).toContain('step a → host web1');
  expect(graph.leftOut).toBe(5);
});
