import { csvRow } from '../csv.ts';

type Cell = string | number | null;

/** A row for each detection. Lists stand in one cell; windows are counted (`attack_windows_total`), JSON has them. */
export function csvOf(detections: readonly object[]): string {
  const rows = detections.map(rowOf);
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return [columns, ...rows.map((row) => columns.map((name) => row[name] ?? null))].map(csvRow).join('');
}

function rowOf(detection: object): Record<string, Cell> {
  const row: Record<string, Cell> = {};
  for (const [name, value] of Object.entries(detection)) {
    if (name === 'attack_windows') continue;
    row[name] = cellOf(value);
  }
  return row;
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (Array.isArray(value)) return value.map((one) => (typeof one === 'object' ? JSON.stringify(one) : one)).join('; ');
  return 'name' in (value as object) ? String((value as { name: unknown }).name) : JSON.stringify(value);
}
