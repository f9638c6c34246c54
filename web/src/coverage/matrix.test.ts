import { expect, test } from 'vitest';
import type { CoverageState, CoverageTechnique } from '../api/types.ts';
import { columnsOf, countStates, step } from './matrix.ts';

const technique = (id: string, state: CoverageState, tactics: string[], rules: string[] = []): CoverageTechnique => ({
  id,
  name: `Name of ${id}`,
  tactics,
  state,
  rules: rules.map((rule) => ({
    id: rule,
    name: rule,
    enabled: true,
    last_fired: null,
    state: 'on',
    visible: true,
    tested_at: null,
  })),
  missing: [],
});

const coverage = {
  looked_at: null,
  tactics: [
    { id: 'TA0001', name: 'Initial Access' },
    { id: 'TA0002', name: 'Execution' },
    { id: 'TA0003', name: 'Persistence' },
  ],
  techniques: [
    technique('T1078', 'ready', ['TA0001', 'TA0003'], ['a']),
    technique('T1110', 'none', ['TA0003']),
    technique('T1110.001', 'fired', ['TA0003'], ['a', 'b']),
    technique('T1110.003', 'no_source', ['TA0003'], ['b']),
    technique('T1190', 'none', ['TA0001']),
  ],
};
const everything = { states: [], text: '' };
const shape = (columns: ReturnType<typeof columnsOf>) =>
  columns.map(({ cells }) => cells.map(({ technique: { id }, state, rules }) => `${id} ${state} ${rules}`));

test('a technique stands in each of its tactics, with the best state of its sub-techniques and different rules', () => {
  expect(shape(columnsOf(coverage, everything))).toEqual([
    ['T1078 ready 1', 'T1190 none 0'],
    [],
    ['T1078 ready 1', 'T1110 fired 2'],
  ]);
  expect(columnsOf(coverage, everything).map(({ covered, total }) => [covered, total])).toEqual([
    [1, 2],
    [0, 0],
    [2, 2],
  ]);
});

test.each([
  [{ states: ['none'], text: '' }, [['T1190'], [], ['T1110']]],
  [{ states: ['fired'], text: '' }, [[], [], ['T1110']]],
  [{ states: ['ready', 'no_source'], text: '' }, [['T1078'], [], ['T1078', 'T1110']]],
  [{ states: [], text: '1110.003' }, [[], [], ['T1110']]],
  [{ states: [], text: 'nothing like it' }, [[], [], []]],
] as const)('%j leaves %j, and the counts of the columns as they are', (filter, left) => {
  const columns = columnsOf(coverage, filter);
  expect(columns.map(({ cells }) => cells.map(({ technique: { id } }) => id))).toEqual(left);
  expect(columns.map(({ total }) => total)).toEqual([2, 0, 2]);
});

test('under a filter a technique has its own state, and the sub-techniques that fit stand in it', () => {
  const [, , persistence] = columnsOf(coverage, { states: ['fired'], text: '' });
  const [cell] = persistence?.cells ?? [];
  expect([cell?.state, cell?.fitting.map(({ id }) => id)]).toEqual(['none', ['T1110.001']]);
});

test('a sub-technique whose technique is not in the table stands for itself', () => {
  const alone = { ...coverage, techniques: [technique('T1059.004', 'ready', ['TA0002'], ['c'])] };
  expect(shape(columnsOf(alone, everything))).toEqual([[], ['T1059.004 ready 1'], []]);
});

test('every technique and sub-technique is counted once', () => {
  expect(countStates(coverage.techniques)).toEqual({ none: 2, no_source: 1, ready: 1, fired: 1, tested: 0 });
});

test.each([
  [[0, 0], 'ArrowDown', [0, 1]],
  [[0, 1], 'ArrowDown', null],
  [[0, 1], 'ArrowUp', [0, 0]],
  [[0, 0], 'ArrowUp', null],
  // The empty column is passed over.
  [[0, 1], 'ArrowRight', [2, 1]],
  [[2, 0], 'ArrowLeft', [0, 0]],
  [[2, 0], 'ArrowRight', null],
  [[2, 0], 'End', [2, 1]],
  [[2, 1], 'Home', [2, 0]],
  [[2, 1], 'a', null],
] as const)('from %j %s leads to %j', (from, key, to) => {
  expect(step(columnsOf(coverage, everything), from, key)).toEqual(to);
});
