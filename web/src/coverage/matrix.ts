import type { Coverage, CoverageState, CoverageTechnique } from '../api/types.ts';

/** Best last: what a rule needs to get on. */
export const states = ['none', 'no_source', 'ready', 'fired', 'tested'] as const satisfies readonly CoverageState[];
const rank = Object.fromEntries(states.map((state, index) => [state, index])) as Record<CoverageState, number>;

/** A technique in a column, with its sub-techniques. */
export interface Cell {
  technique: CoverageTechnique;
  subs: CoverageTechnique[];
  /** Best of itself and its sub-techniques. */
  best: CoverageState;
  /** Different rules that look for it or a sub-technique. */
  rules: number;
}

export interface Column {
  id: string;
  name: string;
  cells: Cell[];
  /** Techniques with a rule, of all, whatever is filtered. */
  covered: number;
  total: number;
}

export const parentOf = (id: string): string => id.split('.')[0] ?? id;
const better = (a: CoverageState, b: CoverageState): CoverageState => (rank[a] >= rank[b] ? a : b);

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
          best: own.reduce((best, sub) => better(best, sub.state), technique.state),
          rules: new Set([technique, ...own].flatMap(({ rules }) => rules.map((rule) => rule.id))).size,
        };
      });
    return {
      id,
      name,
      cells: all.filter(({ technique, subs: own }) => [technique, ...own].some(fits)),
      covered: all.filter(({ best }) => best !== 'none').length,
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
