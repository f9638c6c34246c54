import { type Severity, severities } from '../../model/index.ts';
import type { Block } from './document.ts';
import { lineHeight, type Pages } from './page.ts';
import { colours, severityColours, sizes, statusColours } from './theme.ts';

type Of<Kind extends Block['kind']> = Extract<Block, { kind: Kind }>;

const body = { size: sizes.body };
const muted = { size: sizes.body, colour: colours.muted };

export function cover(pages: Pages, { title, subtitle, facts }: Of<'cover'>): void {
  const { left, width } = pages;
  pages.rect(0, 0, pages.pdf.page.width, 10, colours.accent);
  pages.line('PHOSOR', left, pages.y - 6, { size: sizes.small, weight: 'bold', colour: colours.accent });
  pages.y += 14;
  pages.paragraph(title, { size: sizes.cover, weight: 'bold' });
  pages.y += 2;
  pages.paragraph(subtitle, { size: sizes.body + 1.5, colour: colours.muted });
  pages.y += 8;
  const nameWidth = Math.max(...facts.map(([name]) => pages.widthOf(name, body))) + 14;
  for (const [name, value] of facts) {
    const lines = pages.lines(value, width - nameWidth, body);
    pages.need(lineHeight(sizes.body));
    pages.line(pages.visible(name), left, pages.y, muted);
    for (const line of lines) {
      pages.need(lineHeight(sizes.body));
      pages.line(line, left + nameWidth, pages.y, body);
      pages.y += lineHeight(sizes.body);
    }
  }
  pages.y += 10;
  pages.rule(pages.y, left, left + width);
  pages.y += 12;
}

export function heading(pages: Pages, { level, text }: Of<'heading'>): void {
  const size = level === 1 ? sizes.h1 : sizes.h2;
  // Never alone at a page's foot.
  pages.need(lineHeight(size) + 70);
  pages.y += level === 1 ? 14 : 8;
  if (level === 1) pages.pdf.outline.addItem(pages.visible(text));
  pages.paragraph(text, { size, weight: 'bold', colour: level === 1 ? colours.accent : colours.ink });
  pages.y += level === 1 ? 5 : 3;
}

export function paragraph(pages: Pages, { text, muted: isMuted }: Of<'paragraph'>): void {
  pages.paragraph(text, isMuted ? { size: sizes.small, colour: colours.muted } : body);
  pages.y += 5;
}

export function list(pages: Pages, { items }: Of<'list'>): void {
  for (const { text, severity, note } of items) {
    const indent = severity === undefined ? 12 : chipWidth(pages, sizes.small) + 8;
    pages.need(lineHeight(sizes.body));
    if (severity === undefined) pages.line('•', pages.left, pages.y, body);
    else chip(pages, severity, pages.left, pages.y, sizes.small);
    pages.paragraph(text, body, pages.left + indent, pages.width - indent);
    if (note !== undefined && note !== '')
      pages.paragraph(note, { size: sizes.small, colour: colours.muted }, pages.left + indent, pages.width - indent);
    pages.y += 3.5;
  }
  pages.y += 3;
}

const chipPadding = 4;

/** Wide enough for every severity, so that chips stand in a column. */
export const chipWidth = (pages: Pages, size: number): number =>
  Math.max(...severities.map((name) => pages.widthOf(name.toUpperCase(), { size: size - 1, weight: 'bold' }))) +
  2 * chipPadding;

/** A severity as a filled label: the word and the colour. */
export function chip(pages: Pages, severity: Severity, x: number, y: number, size: number): void {
  const { fill, text } = severityColours[severity];
  const style = { size: size - 1, weight: 'bold', colour: text } as const;
  const word = severity.toUpperCase();
  const width = chipWidth(pages, size);
  pages.pdf.roundedRect(x, y + 0.4, width, size + 2.6, 2).fill(fill);
  pages.line(word, x + (width - pages.widthOf(word, style)) / 2, y + 1.6, style);
}

export function tiles(pages: Pages, block: Of<'tiles'>): void {
  const gap = 9;
  const width = (pages.width - gap * (block.tiles.length - 1)) / block.tiles.length;
  const height = 60;
  pages.need(height + 8);
  for (const [index, { label, value, note }] of block.tiles.entries()) {
    const x = pages.left + index * (width + gap);
    pages.pdf.roundedRect(x, pages.y, width, height, 3).fill(colours.band);
    pages.label(label, x + 9, pages.y + 8, width - 18, { size: sizes.small, colour: colours.muted });
    pages.label(value, x + 9, pages.y + 20, width - 18, { size: sizes.tile, weight: 'bold' });
    pages.label(note, x + 9, pages.y + 45, width - 18, { size: sizes.small - 0.6, colour: colours.muted });
  }
  pages.y += height + 10;
}

/** The score beside the lines that it was computed by. */
export function score(pages: Pages, block: Of<'score'>): void {
  const rowHeight = lineHeight(sizes.body) + 3;
  const height = Math.max(112, (block.lines.length + 1) * rowHeight + 8);
  pages.need(height + 8);
  const top = pages.y;
  const dial = 150;
  const colour = statusColours[block.status] ?? colours.muted;
  const [x, y, radius] = [pages.left + dial / 2 - 8, top + 76, 54];
  const arc = (from: number, to: number, stroke: string): void => {
    const point = (share: number): [number, number] => [
      x - radius * Math.cos(Math.PI * share),
      y - radius * Math.sin(Math.PI * share),
    ];
    if (to <= from) return;
    const [fromX, fromY] = point(from);
    const [toX, toY] = point(to);
    pages.pdf
      .path(`M ${fromX} ${fromY} A ${radius} ${radius} 0 0 1 ${toX} ${toY}`)
      .lineWidth(12)
      .strokeColor(stroke)
      .stroke();
  };
  arc(0, 1, colours.line);
  arc(0, block.score / 100, colour);
  const number = String(block.score);
  const big = { size: 30, weight: 'bold', colour } as const;
  pages.line(number, x - pages.widthOf(number, big) / 2, y - 34, big);
  const of = { size: sizes.small, colour: colours.muted };
  pages.line('of 100', x - pages.widthOf('of 100', of) / 2, y + 2, of);
  const status = { size: sizes.h2, weight: 'bold', colour } as const;
  pages.line(block.status, x - pages.widthOf(block.status, status) / 2, y + 16, status);

  const left = pages.left + dial + 14;
  const right = pages.left + pages.width;
  let at = top + 4;
  for (const [index, [what, points]] of block.lines.entries()) {
    const isLast = index === block.lines.length - 1;
    const style = isLast ? { ...body, weight: 'bold' as const } : body;
    if (isLast) pages.rule(at - 1, left, right, colours.muted);
    else if (index > 0) pages.rule(at - 1, left, right);
    pages.label(what, left, at + 1.5, right - left - 60, style);
    pages.label(points, right - 60, at + 1.5, 60, style, 'right');
    at += rowHeight;
  }
  pages.y = top + height + 8;
}
