import { type Severity, severities } from '../../model/index.ts';
import { chip, chipWidth } from './blocks.ts';
import type { Table, TableRow } from './document.ts';
import { lineHeight, type Pages } from './page.ts';
import { colours, severityColours, sizes } from './theme.ts';

const padding = 4;
const style = { size: sizes.table };
const headStyle = { size: sizes.table, weight: 'bold', colour: colours.ink } as const;
const step = lineHeight(sizes.table);
const edge = 3;

/** A table over as many pages as it takes: its head stands on each, cells wrap, a row that is longer than a page goes on. */
export function table(pages: Pages, block: Table): void {
  if (block.rows.length === 0) {
    pages.paragraph(block.empty, { size: sizes.body, colour: colours.muted });
    pages.y += 6;
    return;
  }
  const columns = place(pages, block);
  const drawHead = (): void => head(pages, block, columns);
  pages.need(60);
  drawHead();
  for (const row of block.rows) drawRow(pages, row, columns, drawHead);
  pages.rule(pages.y, pages.left, pages.left + pages.width);
  pages.y += 12;
}

interface Column {
  x: number;
  width: number;
  isRight: boolean;
}

function place(pages: Pages, { columns, rows }: Table): Column[] {
  const whole = columns.reduce((sum, { width }) => sum + width, 0);
  // A column of severities is as wide as its chips.
  const chipColumn = rows.find(({ severityCell }) => severityCell !== undefined)?.severityCell;
  const fixed = chipWidth(pages, sizes.table) + 2 * padding;
  const share = chipColumn === undefined ? 0 : (columns[chipColumn]?.width ?? 0);
  const room = pages.width - edge - (chipColumn === undefined ? 0 : fixed);
  let x = pages.left + edge;
  return columns.map(({ width, align }, index) => {
    const taken = index === chipColumn ? fixed : (room * width) / (whole - share);
    const column = { x, width: taken, isRight: align === 'right' };
    x += taken;
    return column;
  });
}

function head(pages: Pages, block: Table, columns: readonly Column[]): void {
  const cells = block.columns.map(({ title }, index) =>
    pages.lines(title, (columns[index]?.width ?? 0) - 2 * padding, headStyle),
  );
  const height = Math.max(...cells.map((lines) => lines.length)) * step + 5;
  pages.rect(pages.left, pages.y, pages.width, height, colours.line);
  drawCells(pages, cells, columns, pages.y + 2.5, headStyle);
  pages.y += height;
}

function drawRow(pages: Pages, row: TableRow, columns: readonly Column[], drawHead: () => void): void {
  const cells = row.cells.map((cell, index) =>
    index === row.severityCell ? [] : pages.lines(cell, (columns[index]?.width ?? 0) - 2 * padding, style),
  );
  let rest = Math.max(1, ...cells.map((lines) => lines.length));
  let from = 0;
  while (rest > 0) {
    const fitting = Math.floor((pages.bottom - pages.y - 5) / step);
    // A short row stays whole; a long one begins where at least three lines fit.
    if (fitting < rest && fitting < (from === 0 && rest > 30 ? 3 : Math.min(rest, 30))) {
      pages.break();
      drawHead();
      continue;
    }
    const count = Math.min(rest, fitting);
    const height = count * step + 4;
    background(pages, row, height);
    const part = cells.map((lines) => lines.slice(from, from + count));
    drawCells(pages, part, columns, pages.y + 2, style);
    if (from === 0) drawSeverity(pages, row, columns);
    pages.y += height;
    pages.rule(pages.y, pages.left, pages.left + pages.width);
    from += count;
    rest -= count;
  }
}

function background(pages: Pages, { severity }: TableRow, height: number): void {
  if (severity === undefined) return;
  const { fill, tint } = severityColours[severity];
  pages.rect(pages.left, pages.y, pages.width, height, tint);
  pages.rect(pages.left, pages.y, edge, height, fill);
}

function drawSeverity(pages: Pages, row: TableRow, columns: readonly Column[]): void {
  if (row.severityCell === undefined) return;
  const severity = row.cells[row.severityCell] as Severity | undefined;
  const column = columns[row.severityCell];
  if (column !== undefined && severity !== undefined && severities.includes(severity))
    chip(pages, severity, column.x + padding, pages.y + 0.6, sizes.table);
}

function drawCells(
  pages: Pages,
  cells: readonly (readonly string[])[],
  columns: readonly Column[],
  y: number,
  look: Parameters<Pages['line']>[3],
): void {
  for (const [index, lines] of cells.entries()) {
    const column = columns[index];
    if (column === undefined) continue;
    for (const [at, line] of lines.entries()) {
      const x = column.isRight ? column.x + column.width - padding - pages.widthOf(line, look) : column.x + padding;
      pages.line(line, x, y + at * step, look);
    }
  }
}
