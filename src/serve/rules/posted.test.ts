import { expect, test } from 'vitest';
import { ruleOfBody, tagsOf } from './posted.ts';

const facts = { id: 'x', now: 0, author: null, before: null };
const read = (yaml: string) => {
  const rule = ruleOfBody({ type: 'sigma', config: { yaml } }, facts);
  return { name: rule.name, author: rule.author, severity: rule.severity, tags: tagsOf(rule) };
};
const head = 'title: A rule\nauthor: Somebody\nlevel: high\ntags:\n- attack.t1110\n- attack.t1078\n';
const whole = { name: 'A rule', author: 'Somebody', severity: 'high', tags: ['attack.t1110', 'attack.t1078'] };
const detection = 'detection:\n  s:\n    message|contains:\n    - "title: no"\n    - level\n  condition: s\n';

test.each<[string, string, object]>([
  ['the keys first', `${head}logsource: { product: any }\n${detection}`, whole],
  ['the keys last', `${detection}# level: low\n${head}`, whole],
  ['in between, with blank lines and comments', `logsource:\n  product: any\n\n# a note\n${head}\n${detection}`, whole],
  [
    'quoted keys',
    `${detection}"title": A rule\n'level' : high\nauthor: Somebody\ntags: [attack.t1110, attack.t1078]\n`,
    whole,
  ],
  [
    'one flow map',
    `{ title: A rule, author: Somebody, level: high, tags: [attack.t1110, attack.t1078], detection: {} }`,
    whole,
  ],
  ['an alias of what is elsewhere', `x: &who Somebody\n${head.replace('Somebody', '*who')}${detection}`, whole],
  ['a text over several lines', `${head}description: |\n  one\n  detection: two\n${detection}`, whole],
  ['a quoted text that looks like a key', `${head}description: "one\n  two"\n${detection}`, whole],
  [
    'the last of several documents',
    `title: Part\nname: part\n${detection}---\n${head}correlation:\n  type: event_count\n`,
    whole,
  ],
])('name, author, level and tags of a rule are found wherever they stand: %s', (_, yaml, expected) => {
  expect(read(yaml)).toEqual(expected);
});
