import { expect, test } from 'vitest';
import { lossesOf } from './losses.ts';

const nothing = { group_by: ['src_ip'], groups: 3, max_groups: 100_000, evicted: 0, late_dropped: 0, missing_group: 0 };

test('what was not lost is not mentioned', () => {
  expect(lossesOf(nothing)).toEqual([]);
});

test.each([
  [{ evicted: 1 }, /^1 group was given up, the stalest first, .* more than the 100,000 .*“max_groups”/],
  [{ evicted: 1200 }, /^1,200 groups were given up/],
  [{ late_dropped: 2 }, /^2 matches came too late .*“Lateness”/],
  [{ missing_group: 1 }, /^1 match could not be counted, because the event did not say src_ip, by which/],
  [{ missing_group: 9, group_by: ['user', 'host'] }, /did not say user, host \(at least one of them\), by which/],
  [{ missing_group: 9, group_by: [] }, /did not say a field, by which/],
])('%j is said in a sentence', (change, sentence) => {
  expect(lossesOf({ ...nothing, ...change })).toEqual([expect.stringMatching(sentence)]);
});

test('several are told one by one', () => {
  expect(lossesOf({ ...nothing, evicted: 1, late_dropped: 1, missing_group: 1 })).toHaveLength(3);
});
