import type { Coverage, CoverageState, CoverageTechnique } from '../api/types.ts';

/** Best last: what a rule needs to get on. */
export const states = ['none', 'no_source', 'ready', 'fired', 'tested'] as const satisfies readonly CoverageState[];
const rank = Object.fromEntries(states.map((state, index) => [state, index])) as Record<CoverageState, number>;

/** A technique in a column, with its sub-techniques. */
export interface Cell {
  technique: CoverageTechnique;
  subs: CoverageTechnique[];
  /** What it is shown as: the best of itself and its sub-techniques; under a filter its own state. */
  state: CoverageState;
  /** Under a filter: its sub-techniques that fit. */
  fitting: CoverageTechnique[];
  /** Different rules that look for it or a sub-technique. */
  rules: number;
}

export interface Column {
  id: string;
  name: string;
  cells: Cell[];
  /** Techniques with a rule for them or a sub-technique, of all, whatever is filtered. */
  covered: number;
  total: number;
}

export const parentOf = (id: string): string => id.split('.')[0] ?? id;
export const bestOf = (techniques: readonly CoverageTechnique[]): CoverageState =>
  techniques.reduce<CoverageState>((best, { state }) => (rank[state] > rank[best] ? state : best), 'none');

/** One column per tactic. A filter keeps a technique when it or one of its sub-techniques fits. */
export function columnsOf(
  { tactics, techniques }: Coverage,
  filter: { states: readonly CoverageState[]; text: string },
): Column[] {
  const subs = Map.groupBy(
    techniques.filter(({ id }) => id.includes('.')),
    ({ id }) => parentOf(id),
  );
  const known = new Set(techniques.map(({ id }) => id));
  // A sub-technique without its technique stands for itself.
  const tops = techniques.filter(({ id }) => !id.includes('.') || !known.has(parentOf(id)));
  const text = filter.text.trim().toLowerCase();
  const isFiltered = text !== '' || filter.states.length > 0;
  const fits = ({ id, name, state, rules }: CoverageTechnique) =>
    (filter.states.length === 0 || filter.states.includes(state)) &&
    (text === '' || [id, name, ...rules.map((rule) => rule.name)].some((part) => part.toLowerCase().includes(text)));
  return tactics.map(({ id, name }) => {
    const all = tops
      .filter(({ tactics: its }) => its.includes(id))
      .map((technique): Cell => {
        const own = subs.get(technique.id) ?? [];
        return {
          technique,
          subs: own,
          state: isFiltered ? technique.state : bestOf([technique, ...own]),
          fitting: isFiltered ? own.filter(fits) : [],
          rules: new Set([technique, ...own].flatMap(({ rules }) => rules.map((rule) => rule.id))).size,
        };
      });
    return {
      id,
      name,
      cells: isFiltered ? all.filter(({ technique, fitting }) => fits(technique) || fitting.length > 0) : all,
      covered: all.filter(({ technique, subs: own }) => bestOf([technique, ...own]) !== 'none').length,
      total: all.length,
    };
  });
}

/** How many techniques and sub-techniques are in each state. */
export function countStates(techniques: readonly CoverageTechnique[]): Record<CoverageState, number> {
  const counts = { none: 0, no_source: 0, ready: 0, fired: 0, tested: 0 };
  for (const { state } of techniques) counts[state] += 1;
  return counts;
}

/** Where a key leads from a cell: up and down in its column, left and right to the nearest column that has cells. */
export function step(
  columns: readonly Column[],
  [column, row]: readonly [number, number],
  key: string,
): [number, number] | null {
  const length = (at: number) => columns[at]?.cells.length ?? 0;
  if (key === 'ArrowDown') return row + 1 < length(column) ? [column, row + 1] : null;
  if (key === 'ArrowUp') return row > 0 ? [column, row - 1] : null;
  if (key === 'Home') return [column, 0];
  if (key === 'End') return [column, length(column) - 1];
  const way = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
  if (way === 0) return null;
  for (let at = column + way; at >= 0 && at < columns.length; at += way) {
    if (length(at) > 0) return [at, Math.min(row, length(at) - 1)];
  }
  return null;
}
