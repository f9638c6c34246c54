import { extractText, getDocumentProxy } from 'unpdf';
import { describe, expect, test } from 'vitest';
import type { Block, PdfDocument } from './document.ts';
import { renderPdf } from './render.ts';
import { visibleText, wrapText } from './text.ts';

const document = (blocks: Block[], landscape = false): PdfDocument => ({
  title: 'A report',
  runningHead: 'Running head',
  footer: 'Made by a test',
  createdAt: Date.UTC(2026, 10, 22),
  landscape,
  blocks,
});

async function pagesOf(blocks: Block[]) {
  const proxy = await getDocumentProxy(new Uint8Array(await renderPdf(document(blocks))));
  const { text, totalPages } = await extractText(proxy);
  return { text, totalPages, proxy };
}

describe('text', () => {
  const all = () => true;
  test.each([
    ['ordinary ~ text', 'ordinary ~ text'],
    ['Grüße, Ελλάδα, Привет', 'Grüße, Ελλάδα, Привет'],
    ['a\tb', 'a    b'],
    ['red \u001b[31m', 'red ␛[31m'],
    ['two\nlines\u0000\u007f', 'two␊lines␀␡'],
    ['\u202egnp.exe\u202c', '‹U+202E›gnp.exe‹U+202C›'],
    ['zero\u200bwidth\ufeff', 'zero‹U+200B›width‹U+FEFF›'],
    ['half a pair \ud800', 'half a pair ‹U+D800›'],
    ['hangul filler \u3164', 'hangul filler ‹U+3164›'],
  ])('%j', (given, seen) => {
    expect(visibleText(given, all)).toBe(seen);
  });

  test('what the font lacks is named', () => {
    expect(visibleText('密 a', (code) => code < 0x500)).toBe('‹U+5BC6› a');
  });

  const measure = (text: string) => [...text].length;
  test.each([
    ['', 10, ['']],
    ['one two three', 7, ['one two', 'three']],
    ['abcdefghij', 4, ['abcd', 'efgh', 'ij']],
    ['a abcdefgh b', 4, ['a', 'abcd', 'efgh', 'b']],
    ['no   loss', 20, ['no   loss']],
  ])('%j in %i', (text, width, lines) => {
    expect(wrapText(text, width, measure)).toEqual(lines);
  });

  test('a line without a space loses nothing', () => {
    const long = 'x'.repeat(10_000);
    expect(wrapText(long, 97, measure).join('')).toBe(long);
  });
});

describe('pages', () => {
  test('a table over pages: its head on each, numbers at the foot, every row once', async () => {
    const rows = Array.from({ length: 200 }, (_, index) => ({
      cells: ['high', `row-${index}-end`],
      severity: 'high' as const,
      severityCell: 0,
    }));
    const columns = [
      { title: 'Severity', width: 1 },
      { title: 'What happened', width: 5 },
    ];
    const { text, totalPages } = await pagesOf([{ kind: 'table', columns, rows, empty: '' }]);
    expect(totalPages).toBeGreaterThan(3);
    for (const [index, page] of text.entries()) {
      expect(page).toContain('What happened');
      expect(page).toContain(`Page ${index + 1} of ${totalPages}`);
      expect(page.includes('Running head')).toBe(index > 0);
    }
    const all = text.join('\n');
    for (const index of rows.keys()) expect(all.split(`row-${index}-end`)).toHaveLength(2);
    expect(all).toContain('HIGH');
  });

  test('a cell that is longer than a page goes on, and nothing of it is lost', async () => {
    const words = Array.from({ length: 3000 }, (_, index) => `w${index}`).join(' ');
    const columns = [{ title: 'Log', width: 1 }];
    const { text, totalPages } = await pagesOf([{ kind: 'table', columns, rows: [{ cells: [words] }], empty: '' }]);
    expect(totalPages).toBeGreaterThan(1);
    const found = new Set(text.join(' ').match(/\bw\d+\b/g));
    expect(found.size).toBe(3000);
  });

  test('the fonts are embedded; nothing in the file acts', async () => {
    const hostile = '\u202e/JavaScript (app.alert(1)) /OpenAction <script> =cmd|calc 密码 \u001b]8;;http://evil\u0007';
    const blocks: Block[] = [
      { kind: 'cover', title: hostile, subtitle: hostile, facts: [[hostile, hostile]] },
      { kind: 'heading', level: 1, text: hostile },
      { kind: 'paragraph', text: hostile },
      { kind: 'bars', title: hostile, bars: [{ label: hostile, value: 3 }], empty: '' },
      { kind: 'table', columns: [{ title: hostile, width: 1 }], rows: [{ cells: [hostile] }], empty: '' },
    ];
    const { proxy, text } = await pagesOf(blocks);
    expect(await proxy.getJSActions()).toBeNull();
    expect(await proxy.getOpenAction()).toBeNull();
    for (let page = 1; page <= proxy.numPages; page += 1)
      expect(await (await proxy.getPage(page)).getAnnotations()).toEqual([]);
    expect(text.join(' ')).toContain('‹U+202E›/JavaScript');
    expect(text.join(' ')).toContain('‹U+5BC6›');
    const raw = Buffer.from(await renderPdf(document(blocks))).toString('latin1');
    expect(raw).toMatch(/\/FontFile2/);
    expect(raw).toMatch(/DejaVuSansCondensed-Bold/);
    expect(raw).not.toMatch(/\/BaseFont \/Helvetica/);
  });

  test('every kind of block, empty and full', async () => {
    const { text } = await pagesOf([
      { kind: 'score', score: 60, status: 'MODERATE', lines: [['Every period starts with', '100']] },
      { kind: 'score', score: 0, status: 'CRITICAL', lines: [] },
      { kind: 'tiles', tiles: [{ label: 'Events', value: '6,092', note: 'more than before' }] },
      {
        kind: 'list',
        items: [{ text: 'Block it', severity: 'critical', note: 'Based on: a flood' }, { text: 'Plain' }],
      },
      { kind: 'stacked', title: 'Over time', series: ['high'], points: [{ label: '08:00', counts: [3] }], empty: 'no' },
      { kind: 'stacked', title: 'Nothing', series: ['high'], points: [], empty: 'No events at all.' },
      { kind: 'bars', title: 'Bars', bars: [], empty: 'No bars at all.' },
      { kind: 'table', columns: [{ title: 'x', width: 1 }], rows: [], empty: 'No rows at all.' },
      { kind: 'pageBreak' },
      { kind: 'heading', level: 2, text: 'The end' },
    ]);
    const all = text.join('\n');
    for (const words of ['60', 'MODERATE', '6,092', 'CRITICAL', 'Block it', 'Based on: a flood', '08:00', 'The end'])
      expect(all).toContain(words);
    for (const words of ['No events at all.', 'No bars at all.', 'No rows at all.']) expect(all).toContain(words);
  });
});
