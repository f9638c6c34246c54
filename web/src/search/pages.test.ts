import { describe, expect, test } from 'vitest';
import { type HitPage, pageSize, questionFor, rowsOf, wantedPages, withPage } from './pages.ts';

const page = (first: string | null, count = pageSize): HitPage => ({
  events: Array.from({ length: count }, () => ({}) as never),
  first,
  last: first === null ? null : `${first}-end`,
});

test.each([
  ['the beginning', 0, 30, 100_000, [0]],
  ['the middle', 50_000, 50_030, 100_000, [250, 249]],
  ['the end of a page', 380, 410, 100_000, [1, 2]],
  ['near a border', 110, 140, 100_000, [0, 1]],
  ['the end', 99_980, 99_999, 100_000, [499]],
  ['few rows', 0, 30, 12, [0]],
  ['none', 0, 0, 0, []],
])('pages for %s', (_, from, to, count, pages) => expect(wantedPages(from, to, count)).toEqual(pages));

describe('a page is asked for', () => {
  test('behind the one before it, where that is full', () => {
    expect(questionFor(1, new Map([[0, page('a')]]))).toEqual({ limit: pageSize, after: 'a-end' });
    expect(questionFor(1, new Map([[0, page('a', 7)]]))).toEqual({ limit: pageSize, offset: pageSize });
  });
  test('before the one behind it', () =>
    expect(questionFor(4, new Map([[5, page('b')]]))).toEqual({ limit: pageSize, before: 'b' }));
  test('by its place, where neither is known', () => {
    expect(questionFor(4, new Map([[0, page('a')]]))).toEqual({ limit: pageSize, offset: 4 * pageSize });
    expect(questionFor(4, new Map([[5, page(null, 0)]]))).toEqual({ limit: pageSize, offset: 4 * pageSize });
  });
});

test('the pages furthest away make room, never the first', () => {
  let pages = new Map([[0, page('a')]]);
  for (let number = 100; number < 170; number += 1) pages = withPage(pages, number, page(`p${number}`));
  expect(pages.size).toBe(60);
  expect([pages.has(0), pages.has(110), pages.has(111), pages.has(169)]).toEqual([true, false, true, true]);
});

test.each([
  [200, null, 27, { count: 200, left: 0 }],
  [200, 100_000, 27, { count: 100_000, left: 0 }],
  [200, 10_000_000, 27, { count: 592_592, left: 9_407_408 }],
  [200, 100, 27, { count: 200, left: 0 }],
])('%s known of %s in rows of %s px', (known, total, height, rows) =>
  expect(rowsOf(known, total, height)).toEqual(rows),
);
