import { describe, expect, test } from 'vitest';
import { type Event, newEvent } from '../model/index.ts';
import { loadSigmaYaml, ruleVisibility } from './index.ts';

const origin = { source: 'syslog_192.0.2.1', source_type: 'syslog' as const, peer: null, hint: null, identity: '' };
const event = (change: Partial<Event>): Event => ({ ...newEvent(origin, 0, 'line'), ...change });
const login = event({ format: 'sshd', program: 'sshd', event_type: 'auth.success', user: 'root' });
const web = event({ format: 'nginx', event_type: 'web.request', fields: { method: 'GET', path: '/' } });
const posted = event({ format: 'json', event_type: 'app.event', fields: { Image: 'x.exe' } });

function see(logsource: string, detection: string, ...events: Event[]) {
  const text = `title: x\nlogsource: {${logsource}}\ndetection:\n${detection}\n`;
  const { docs } = loadSigmaYaml(text, { origin: 'imported', fileName: 'x.yml' });
  expect(docs).toHaveLength(1);
  return docs[0] ? ruleVisibility(docs[0], events) : null;
}
const selection = (fields: string, condition = 'selection') => `  selection: ${fields}\n  condition: ${condition}`;

describe('a rule sees something', () => {
  test.each<[string, string, string, Event]>([
    ['of its event type’s subject', 'product: linux', selection('{event_type: auth.failure}'), login],
    ['where only the value is another', 'service: sshd', selection('{user: nobody, src_ip: 192.0.2.1}'), login],
    ['where its fields are sent', 'product: linux', selection('{Image|endswith: y.exe}'), posted],
    [
      'where a part behind not is missing',
      'product: linux',
      `  selection: {user: x}\n  filter: {Other: y}\n  condition: selection and not filter`,
      login,
    ],
    [
      'where one of several is there',
      'product: linux',
      `  a: {Other: y}\n  b: {user: x}\n  condition: 1 of them`,
      login,
    ],
    ['by keywords in anything', 'product: linux', '  keywords: [evil]\n  condition: keywords', login],
    ['where it wants a field to be absent', 'product: linux', selection('{Other: null, user: x}'), login],
    ['of its log source', 'category: webserver', selection('{fields.path|contains: x}'), web],
  ])('%s', (_, logsource, detection, seen) => {
    expect(see(logsource, detection, seen)).toEqual({ visible: true, missing: [] });
  });
});

describe('a rule sees nothing', () => {
  test.each<[string, string, string, Event[], string[]]>([
    ['of another subject', 'product: linux', selection('{event_type: net.blocked}'), [login], ['event_type net.*']],
    [
      'of a subject that is written as a beginning',
      'product: linux',
      selection('{event_type|startswith: web.}'),
      [login],
      ['event_type web.*'],
    ],
    ['of another log', 'service: sshd', selection('{user: root}'), [web], ['log source service: sshd']],
    ['without its fields', 'product: linux', selection('{Image: x, CommandLine: y}'), [posted], ['field CommandLine']],
    ['where nothing has arrived', 'product: linux', selection('{user: x}'), [], ['log source product: linux']],
    [
      'where what it needs never comes together',
      'product: linux',
      selection('{Image: x, fields.method: y}'),
      [posted, web],
      ['log source product: linux', 'field Image', 'field fields.method'],
    ],
  ])('%s', (_, logsource, detection, seen, missing) => {
    expect(see(logsource, detection, ...seen)).toEqual({ visible: false, missing });
  });
});

test('a sequence needs every step, a count any of its rules', () => {
  const text = (type: string) => `title: c
correlation: {type: ${type}, rules: [a, b], group-by: [src_ip], timespan: 1m${type === 'event_count' ? ', condition: {gte: 2}' : ''}}
---
title: a
name: a
logsource: {product: linux}
detection: {selection: {event_type: auth.failure}, condition: selection}
---
title: b
name: b
logsource: {product: linux}
detection: {selection: {event_type: net.blocked}, condition: selection}
`;
  const sight = (type: string) => {
    const [doc] = loadSigmaYaml(text(type), { origin: 'imported', fileName: 'x.yml' }).docs;
    return doc ? ruleVisibility(doc, [login]) : null;
  };
  expect(sight('temporal')).toEqual({ visible: false, missing: ['event_type net.*'] });
  expect(sight('event_count')).toEqual({ visible: true, missing: [] });
});
