import type { BarChart, StackedChart } from './document.ts';
import type { Pages } from './page.ts';
import { colours, severityColours, sizes } from './theme.ts';

const small = { size: sizes.small, colour: colours.muted };
const text = { size: sizes.small };

function title(pages: Pages, words: string): void {
  pages.line(pages.visible(words), pages.left, pages.y, { size: sizes.body, weight: 'bold' });
  pages.y += 17;
}

function nothing(pages: Pages, empty: string): void {
  pages.paragraph(empty, small);
  pages.y += 8;
}

const number = (value: number): string => value.toLocaleString('en-US');

/** `950`, `12k`, `3.4M`: for axes. */
function short(value: number): string {
  if (value < 1000) return String(value);
  if (value < 1_000_000) return `${Number((value / 1000).toPrecision(3))}k`;
  return `${Number((value / 1_000_000).toPrecision(3))}M`;
}

export function bars(pages: Pages, chart: BarChart): void {
  const rowHeight = 14.5;
  pages.need(24 + rowHeight * Math.min(Math.max(chart.bars.length, 1), 4));
  title(pages, chart.title);
  const most = Math.max(0, ...chart.bars.map(({ value }) => value));
  if (most === 0) {
    nothing(pages, chart.empty);
    return;
  }
  const labelWidth = Math.min(190, Math.max(...chart.bars.map(({ label }) => pages.widthOf(label, text))) + 8);
  const valueWidth = Math.max(...chart.bars.map(({ value }) => pages.widthOf(number(value), text))) + 8;
  const room = pages.width - labelWidth - valueWidth;
  for (const { label, value } of chart.bars) {
    pages.need(rowHeight);
    pages.label(label, pages.left, pages.y + 1, labelWidth - 6, text);
    const width = value === 0 ? 0 : Math.max(1, (value / most) * room);
    if (width > 0) pages.rect(pages.left + labelWidth, pages.y + 1.5, width, rowHeight - 5, colours.bar);
    pages.line(number(value), pages.left + labelWidth + width + 5, pages.y + 1, text);
    pages.y += rowHeight;
  }
  pages.y += 10;
}

/** The next of 1, 2, 5, 10, 20 … that is no smaller. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}

export function stacked(pages: Pages, chart: StackedChart): void {
  const height = 130;
  pages.need(height + 70);
  title(pages, chart.title);
  const totals = chart.points.map(({ counts }) => counts.reduce((sum, count) => sum + count, 0));
  const most = Math.max(0, ...totals);
  if (most === 0) {
    nothing(pages, chart.empty);
    return;
  }
  legend(pages, chart);
  const top = pages.y;
  const axis = 34;
  const left = pages.left + axis;
  const width = pages.width - axis;
  const scale = niceAbove(most);
  const floor = top + height;
  for (const share of [0, 0.5, 1]) {
    const y = floor - share * height;
    pages.rule(y, left, left + width, share === 0 ? colours.muted : colours.line);
    const value = scale * share;
    if (Number.isInteger(value)) pages.label(short(value), pages.left, y - 5, axis - 6, small, 'right');
  }
  const step = width / chart.points.length;
  const barWidth = Math.max(0.6, step * 0.78);
  for (const [index, { counts }] of chart.points.entries()) {
    let y = floor;
    for (const [at, severity] of chart.series.entries()) {
      const part = ((counts[at] ?? 0) / scale) * height;
      if (part <= 0) continue;
      y -= part;
      pages.rect(left + index * step + (step - barWidth) / 2, y, barWidth, part, severityColours[severity].fill);
    }
  }
  timeLabels(pages, chart, left, width, floor + 4);
  pages.y = floor + 26;
}

function legend(pages: Pages, { series, points }: StackedChart): void {
  let x = pages.left + 34;
  for (const [at, severity] of series.entries()) {
    const total = points.reduce((sum, { counts }) => sum + (counts[at] ?? 0), 0);
    const words = `${severity} ${number(total)}`;
    pages.rect(x, pages.y + 2, 8, 8, severityColours[severity].fill);
    pages.line(words, x + 12, pages.y, text);
    x += pages.widthOf(words, text) + 28;
  }
  pages.y += 18;
}

/** As many labels as fit, evenly. */
function timeLabels(pages: Pages, { points }: StackedChart, left: number, width: number, y: number): void {
  const widest = Math.max(...points.map(({ label }) => pages.widthOf(label, small))) + 14;
  const every = Math.max(1, Math.ceil(widest / (width / points.length)));
  const step = width / points.length;
  for (let index = 0; index < points.length; index += every) {
    const label = points[index]?.label ?? '';
    const x = Math.min(left + index * step, left + width - widest + 14);
    pages.line(pages.visible(label), x, y, small);
  }
}
