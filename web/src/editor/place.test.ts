import { expect, test } from 'vitest';
import { placeAt, ruleNames, selectionNames, siblingKeys } from './place.ts';

/** `▮` is the cursor. */
const at = (marked: string) => {
  const offset = marked.indexOf('▮');
  const place = placeAt(marked.replace('▮', ''), offset);
  return place && `${place.kind} ${place.path.join('/')} “${place.typed}”${place.flow ? ' in flow' : ''}`;
};

test.each([
  ['an empty text', '▮', 'key  “”'],
  ['a key at the top', 'title: x\nlog▮', 'key  “log”'],
  ['a value', 'title: x\nlevel: me▮', 'value level “me”'],
  ['a value not begun', 'level: ▮', 'value level “”'],
  ['a nested key', 'logsource:\n  product: linux\n  ser▮', 'key logsource “ser”'],
  ['an empty nested line', 'logsource:\n  ▮', 'key logsource “”'],
  ['a nested value', 'logsource:\n  product: li▮', 'value logsource/product “li”'],
  ['after a comment and a blank line', 'logsource:\n  # which\n\n  p▮', 'key logsource “p”'],
  ['a field with its modifier', 'detection:\n  sel:\n    user|co▮', 'key detection/sel “user|co”'],
  ['an item of a list', 'detection:\n  sel:\n    user:\n      - al▮', 'key detection/sel/user/- “al”'],
  ['a list in the column of its key', 'tags:\n- attack.▮', 'key tags/- “attack.”'],
  ['a key in a list of maps', 'detection:\n  sel:\n    - us▮', 'key detection/sel/- “us”'],
  ['a second key in such a map', 'detection:\n  sel:\n    - user: x\n      ho▮', 'key detection/sel/- “ho”'],
  ['a value in such a map', 'detection:\n  sel:\n    - user: ro▮', 'value detection/sel/-/user “ro”'],
  ['a list on one line', 'correlation:\n  group-by: [src_ip, us▮]', 'value correlation/group-by/- “us” in flow'],
  ['a map on one line', 'logsource: { prod▮ }', 'key logsource “prod” in flow'],
  ['its value', 'logsource: { product: linux, service: ss▮', 'value logsource/service “ss” in flow'],
  ['the second document', 'title: x\nlogsource:\n  product: a\n---\ncorr▮', 'key  “corr”'],
  ['a quoted value', "level: 'me▮", "value level “'me”"],
  ['a value with a colon', 'message: a:b▮', 'value message “a:b”'],
  ['back at the left edge', 'logsource:\n  product: a\n▮', 'key  “”'],
])('%s', (_, marked, expected) => {
  expect(at(marked)).toBe(expected);
});

test.each([
  ['a comment', '# a rule ▮'],
  ['a comment after a value', 'level: high # as▮'],
  ['a text block', 'description: |\n  Some wo▮'],
  ['the line between documents', 'title: x\n---▮'],
])('nothing is offered in %s', (_, marked) => {
  expect(at(marked)).toBeNull();
});

test('keys that are there already, those of other maps left out', () => {
  const keys = (marked: string) => siblingKeys(marked.replace('▮', ''), marked.indexOf('▮'));
  expect(keys('title: x\n▮\nlogsource:\n  product: a\nlevel: low\n---\nid: y')).toEqual([
    'title',
    'logsource',
    'level',
  ]);
  expect(keys('logsource:\n  product: a\n  ▮\nlevel: low')).toEqual(['product']);
  expect(keys('d:\n  s:\n    - user: a\n      host: b\n    - pid: 1\n      ▮')).toEqual(['pid']);
});

test('names of selections and of rules', () => {
  const text =
    'name: first\ndetection:\n  sel:\n    user: a\n  filter_x:\n    - b\n  condition: sel\n---\nid: 7\ndetection:\n  other: {}';
  expect(selectionNames(text, 30)).toEqual(['sel', 'filter_x']);
  expect(selectionNames(text, text.length)).toEqual(['other']);
  expect(ruleNames(text)).toEqual(['first', '7']);
});
