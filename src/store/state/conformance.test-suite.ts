import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Alert, newEvent, type RuleDoc } from '../../model/index.ts';
import { alertDocument } from '../alert-document.ts';
import {
  type AlertFilter,
  type ApiKey,
  evidenceOf,
  type SourceRecord,
  type StateStore,
  type User,
} from '../contract.ts';

/** 2026-11-20T10:00:00Z */
const start = Date.UTC(2026, 10, 20, 10);

const user: User = {
  id: 'u1',
  username: 'anna',
  role: 'analyst',
  password_hash: '$argon2id$x',
  created_at: start,
  last_login_at: null,
  disabled: false,
  token_version: 0,
};

const key: ApiKey = {
  id: 'k1',
  name: 'router',
  scopes: ['ingest', 'read'],
  hash: 'ab'.repeat(32),
  prefix: 'ph_ab',
  created_at: start,
  expires_at: null,
  last_used_at: null,
  revoked: false,
};

const rule: RuleDoc = {
  id: 'r1',
  name: 'Brute force',
  description: '',
  type: 'threshold',
  config: { field: 'event_type', value: 'auth.failure', count: 5, window_seconds: 60 },
  enabled: true,
  severity: 'high',
  origin: 'user',
  author: null,
  created_at: start,
  updated_at: start,
};

const source: SourceRecord = {
  name: 'file_auth.log',
  type: 'file',
  path: '/var/log/auth.log',
  enabled: true,
  hint: 'sshd',
  timezone: 'Europe/Berlin',
  trusted: false,
  from_beginning: true,
  created_at: start,
};

export function alert(number: number, change: Partial<Alert> = {}): Alert {
  const time = start + number * 1000;
  return {
    id: `00000000-0000-8000-8000-${String(number).padStart(12, '0')}`,
    rule_id: 'ssh-brute-force',
    rule_name: 'SSH brute force',
    severity: 'high',
    message: `5 failed logins by 203.0.113.${number % 250} within 60 s`,
    group: { src_ip: `203.0.113.${number % 250}` },
    first: time - 5000,
    last: time,
    time,
    count: 5,
    event_ids: ['e1', 'e2'],
    events: [],
    explain: { summary: 'because', clauses: [], correlation: null },
    attack: ['T1110.001'],
    tags: [],
    status: 'new',
    disposition: null,
    acknowledged_by: null,
    acknowledged_at: null,
    historical: false,
    attributable: true,
    ...change,
  };
}

/** What every state store must do. `open` may be called again after `close`: that is a restart. */
export function stateStoreConformance(open: () => StateStore): void {
  let state: StateStore;
  beforeEach(() => {
    state = open();
  });
  afterEach(() => state.close());
  const restart = (): void => {
    state.close();
    state = open();
  };

  test('users: found by name in any case and by id, changed in part, removed, kept over a restart', () => {
    state.users.insert(user);
    expect(() => state.users.insert({ ...user, id: 'u2', username: 'ANNA' })).toThrow();
    state.users.update('u1', { last_login_at: start + 1, disabled: true });
    restart();
    const changed = { ...user, last_login_at: start + 1, disabled: true };
    expect(state.users.byName('Anna')).toEqual(changed);
    expect(state.users.byId('u1')).toEqual(changed);
    expect(state.users.list()).toEqual([changed]);
    expect(state.users.byName("x' OR 1=1 --")).toBeNull();
    state.users.remove('u1');
    expect(state.users.byId('u1')).toBeNull();
  });

  test('keys: found by hash, changed in part', () => {
    state.keys.insert(key);
    state.keys.update('k1', { revoked: true, last_used_at: start });
    restart();
    expect(state.keys.byHash(key.hash)).toEqual({ ...key, revoked: true, last_used_at: start });
    expect(state.keys.byHash('other')).toBeNull();
    expect(state.keys.list()).toHaveLength(1);
  });

  test('rules: the posted form comes back verbatim; a tombstone stays until it is removed', () => {
    state.rules.put(rule);
    expect(state.rules.byId('r1')).toEqual({ ...rule, deleted: false });
    state.rules.put({ ...rule, deleted: true });
    restart();
    expect(state.rules.list()).toEqual([{ ...rule, deleted: true }]);
    state.rules.remove('r1');
    expect(state.rules.byId('r1')).toBeNull();
  });

  test('what belongs to rules: care, exceptions, their own lines', () => {
    const care = {
      rule_id: 'r1',
      muted_until: start,
      muted_by: 'anna',
      signal_since: start,
      signal_by: 'anna',
      noise_budget: 5,
      tested_at: null,
      tested_hash: null,
    };
    state.ruleCare.put({ ...care, noise_budget: 9 });
    state.ruleCare.put(care);
    const exception = {
      ...{ id: 'x1', rule_id: 'r1', name: 'backup', selection: { src_ip: ['192.0.2.9', '192.0.2.10'], port: 22 } },
      ...{ reason: 'nightly', owner: 'anna', created_at: start, expires_at: null },
    };
    state.ruleExceptions.put(exception);
    state.ruleExceptions.put({ ...exception, id: 'x0', expires_at: start + 1 });
    state.ruleLines.put('r1', { fire: ['# a note', 'a', 'b'], quiet: ['c'] });
    restart();
    expect(state.ruleCare.byId('r1')).toEqual(care);
    expect(state.ruleCare.all()).toEqual([care]);
    expect(state.ruleCare.byId('r2')).toBeNull();
    expect(state.ruleExceptions.all()).toEqual([exception, { ...exception, id: 'x0', expires_at: start + 1 }]);
    expect(state.ruleLines.byId('r1')).toEqual({ fire: ['# a note', 'a', 'b'], quiet: ['c'] });
    expect(state.ruleLines.counts()).toEqual(new Map([['r1', { fire: 2, quiet: 1 }]]));
    state.ruleCare.remove('r1');
    state.ruleExceptions.remove('x1');
    state.ruleLines.remove('r1');
    expect([state.ruleCare.all(), state.ruleExceptions.all().length, state.ruleLines.byId('r1')]).toEqual([
      [],
      1,
      null,
    ]);
  });

  test('saved searches: an owner sees their own and what is shared; what nobody else sees goes with its owner', () => {
    const search = (id: string, owner_id: string, shared: boolean) => ({
      ...{ id, name: `search ${id}`, owner_id, owner: owner_id, shared, query: 'user:root', columns: ['time'] },
      ...{ view: 'raw' as const, range: { last: '24h' }, created_at: start, updated_at: start },
    });
    state.users.insert({ ...user, id: 'u1', username: 'one' });
    for (const each of [search('a', 'u1', false), search('b', 'u1', true), search('c', 'u2', false)]) {
      state.savedSearches.put(each);
    }
    restart();
    expect(state.savedSearches.visible('u2').map(({ id }) => id)).toEqual(['b', 'c']);
    expect([state.savedSearches.count('u1'), state.savedSearches.byId('a')]).toEqual([2, search('a', 'u1', false)]);
    state.savedSearches.put({ ...search('c', 'u2', false), name: 'again' });
    state.users.remove('u1');
    expect(state.savedSearches.visible('u1').map(({ id }) => id)).toEqual(['b']);
    state.savedSearches.remove('b');
    expect([state.savedSearches.byId('b'), state.savedSearches.byId('c')?.name]).toEqual([null, 'again']);
  });

  test('sources and settings', () => {
    state.sources.put(source);
    state.sources.put({ ...source, enabled: false });
    state.settings.put('redact.email', true);
    state.settings.put('nested', { a: [1, null] });
    restart();
    expect(state.sources.list()).toEqual([{ ...source, enabled: false }]);
    expect(state.settings.all()).toEqual({ 'redact.email': true, nested: { a: [1, null] } });
    expect(state.settings.get('nested')).toEqual({ a: [1, null] });
    expect(state.settings.get('absent')).toBeUndefined();
    state.settings.remove('nested');
    state.sources.remove(source.name);
    expect(state.settings.get('nested')).toBeUndefined();
    expect(state.sources.list()).toEqual([]);
  });

  test('audit: newest first, paged by time, never changed', () => {
    const record = (second: number) => ({
      timestamp: start + second,
      action: 'rule.update',
      user: 'anna',
      success: second % 2 === 0,
      source_ip: '192.0.2.5',
      details: { second },
    });
    for (let second = 0; second < 5; second += 1) state.audit.append(record(second));
    state.transaction(() => state.audit.append(record(5)));
    restart();
    expect(state.audit.list(2, null)).toEqual([record(5), record(4)]);
    expect(state.audit.list(10, start + 2)).toEqual([record(1), record(0)]);
  });

  test('a transaction happens as a whole or not at all, nested ones included', () => {
    expect(() =>
      state.transaction(() => {
        state.users.insert(user);
        state.transaction(() => state.settings.put('x', 1));
        state.audit.append({ timestamp: 1, action: 'x', user: null, success: true, source_ip: null, details: {} });
        throw new Error('no');
      }),
    ).toThrow('no');
    expect([state.users.list(), state.settings.all()]).toEqual([[], {}]);
    // A record too many says what was tried; one too few would hide something.
    expect(state.audit.list(5, null)).toHaveLength(1);
    expect(state.transaction(() => 7)).toBe(7);
  });

  describe('alerts', () => {
    test('those that neither happened nor changed for long are removed, some at a time', () => {
      for (const number of [0, 1, 2, 3]) state.alerts.upsert(alert(number), start + number);
      state.alerts.setStatus([alert(1).id], { status: 'in_progress' }, start + 1e9);
      expect(state.alerts.removeOlder(start + 1e8, 2)).toBe(2);
      expect(state.alerts.removeOlder(start + 1e8, 2)).toBe(1);
      expect(state.alerts.removeOlder(start + 1e8, 2)).toBe(0);
      expect(state.alerts.list({}, 10, null).alerts.map(({ id }) => id)).toEqual([alert(1).id]);
      expect(state.alerts.byId(alert(0).id)).toBeNull();
      expect(state.alerts.count({ entity: Object.values(alert(0).group)[0] ?? '' })).toBe(0);
    });

    test('growth updates what the correlator says and keeps what people set', () => {
      state.alerts.upsert(alert(1), start);
      const change = { status: 'closed', disposition: 'benign', acknowledged_by: 'anna', acknowledged_at: 5 } as const;
      expect(state.alerts.setStatus([alert(1).id, 'unknown'], change, start + 1)).toBe(1);
      state.alerts.upsert(alert(1, { count: 9, severity: 'critical', group: { src_ip: '198.51.100.1' } }), start + 2);
      restart();
      expect(state.alerts.byId(alert(1).id)).toEqual({
        ...alert(1, { count: 9, severity: 'critical', group: { src_ip: '198.51.100.1' }, ...change }),
        created_at: start,
        updated_at: start + 2,
      });
      expect(state.alerts.count({ entity: '203.0.113.1' })).toBe(0);
      expect(state.alerts.count({ entity: '198.51.100.1', severities: ['critical'] })).toBe(1);
      expect(state.alerts.setStatus([alert(1).id], { disposition: null }, start + 3)).toBe(1);
      expect(state.alerts.byId(alert(1).id)).toMatchObject({ status: 'closed', disposition: null, acknowledged_at: 5 });
      expect(state.alerts.byId('unknown')).toBeNull();
      expect([state.alerts.has(alert(1).id), state.alerts.has('unknown')]).toEqual([true, false]);
    });

    test('pages are newest first, by time and then id, without gaps or repeats', () => {
      const all = Array.from({ length: 30 }, (_, i) => alert(i, { time: start + Math.floor(i / 4) * 1000 }));
      for (const one of all) state.alerts.upsert(one, start);
      const seen: string[] = [];
      let after: string | null = null;
      do {
        const page: ReturnType<StateStore['alerts']['list']> = state.alerts.list({}, 7, after);
        seen.push(...page.alerts.map(({ id }) => id));
        after = page.next;
      } while (after !== null);
      expect(seen).toEqual(all.map(({ id }) => id).reverse());
      expect(() => state.alerts.list({}, 7, 'nonsense')).toThrow('cursor');
      const first = state.alerts.list({}, 7, null, 'oldest');
      const second = state.alerts.list({}, 7, first.next, 'oldest');
      expect([...first.alerts, ...second.alerts]).toEqual(
        all.slice(0, 14).map(({ id }) => expect.objectContaining({ id })),
      );
    });

    test.each<[string, AlertFilter, number[]]>([
      ['everything', {}, [3, 2, 1, 0]],
      ['a span, end excluded', { from: start + 1000, to: start + 3000 }, [2, 1]],
      ['severities', { severities: ['low', 'critical'] }, [3, 1]],
      ['no severity', { severities: [] }, []],
      ['statuses', { statuses: ['closed'] }, [2]],
      ['acknowledged', { acknowledged: true }, [2]],
      ['not acknowledged', { acknowledged: false }, [3, 1, 0]],
      ['rule', { rule_id: 'scan' }, [1]],
      ['text of the message, any case', { text: 'ÜBER' }, [3]],
      ['text of the rule name', { text: 'port scan' }, [1]],
      ['text of a group value', { text: 'root' }, [0]],
      ['text with wildcards', { text: '%' }, []],
      ['entity, exact', { entity: '203.0.113.0' }, [0]],
      ['part of an entity', { entity: '203.0.113' }, []],
      ['hostile', { rule_id: "' OR 1=1 --", text: "'", entity: "'" }, []],
      ['all together', { severities: ['high'], statuses: ['new'], entity: 'root', text: 'failed' }, [0]],
      ['without signals', { signals: 'exclude' }, [3, 2, 0]],
      ['signals alone', { signals: 'only' }, [1]],
      ['signals of a rule', { signals: 'only', rule_id: 'scan', statuses: ['new'] }, [1]],
      ['signals about an entity', { signals: 'exclude', entity: '203.0.113.1' }, []],
    ])('filters: %s', (_, filter, expected) => {
      state.alerts.upsert(alert(0, { group: { src_ip: '203.0.113.0', user: 'root' } }), start);
      state.alerts.upsert(alert(1, { rule_id: 'scan', rule_name: 'Port scan', severity: 'low', signal: true }), start);
      state.alerts.upsert(alert(2, { status: 'closed', acknowledged_at: 1, acknowledged_by: 'anna' }), start);
      state.alerts.upsert(alert(3, { message: 'über', severity: 'critical', group: {} }), start);
      expect(state.alerts.list(filter, 10, null).alerts.map(({ id }) => id)).toEqual(expected.map((n) => alert(n).id));
      expect(state.alerts.count(filter)).toBe(expected.length);
    });

    test('lists give all of the events that are kept, some or none, however they were stored', () => {
      const origin = { source: 's', source_type: 'syslog', peer: null, hint: null, identity: '' } as const;
      const events = Array.from({ length: 12 }, (_, n) => ({ ...newEvent(origin, n, `"line"\n${n}`), id: String(n) }));
      for (const number of [0, 1, 2]) {
        const some = events.slice(0, [12, 1, 0][number]);
        state.alerts.put(alert(number), alertDocument(alert(number), some), start);
      }
      state.alerts.upsert(alert(3), start);
      const all = state.alerts.list({}, 10, null).alerts;
      expect(all.map((each) => each.events.length).slice(1)).toEqual([0, 1, 12]);
      for (const wanted of ['some', 'none'] as const)
        expect(state.alerts.list({}, 10, null, 'newest', wanted).alerts).toEqual(
          all.map((each) => ({ ...each, events: evidenceOf(each.events, wanted) })),
        );
    });

    test('a signal stays one over a restart, and says so', () => {
      state.alerts.upsert(alert(1, { signal: true }), start);
      state.alerts.upsert(alert(2), start);
      state.alerts.upsert(alert(1, { signal: true, count: 9 }), start);
      restart();
      expect(state.alerts.byId(alert(1).id)).toMatchObject({ signal: true, count: 9 });
      expect(state.alerts.byId(alert(2).id)).not.toHaveProperty('signal');
    });

    test('how often a rule has fired, and when', () => {
      for (const number of [0, 5, 3]) state.alerts.upsert(alert(number), start);
      state.alerts.upsert(alert(9, { rule_id: 'other' }), start);
      expect(state.alerts.ofRule('ssh-brute-force', start + 3000)).toEqual({ last: start + 5000, count: 2 });
      expect(state.alerts.ofRule('never', 0)).toEqual({ last: null, count: 0 });
      expect(state.alerts.times('ssh-brute-force', start + 1, 10)).toEqual([start + 3000, start + 5000]);
      expect(state.alerts.times('ssh-brute-force', 0, 1)).toEqual([start + 5000]);
    });

    test('counts per bucket and severity, and the most frequent group values', () => {
      for (const [number, severity] of [
        [0, 'low'],
        [1, 'low'],
        [2, 'high'],
        [10, 'low'],
      ] as const) {
        state.alerts.upsert(
          alert(number, { severity, group: { src_ip: number < 2 ? '192.0.2.1' : '192.0.2.2', n: `${number}` } }),
          start,
        );
      }
      expect(state.alerts.histogram({}, 10_000)).toEqual([
        { time: start, key: 'high', count: 1 },
        { time: start, key: 'low', count: 2 },
        { time: start + 10_000, key: 'low', count: 1 },
      ]);
      expect(state.alerts.topGroups({}, 'src_ip', 5)).toEqual([
        { value: '192.0.2.1', count: 2 },
        { value: '192.0.2.2', count: 2 },
      ]);
      expect(state.alerts.topGroups({ severities: ['high'] }, 'src_ip', 1)).toEqual([{ value: '192.0.2.2', count: 1 }]);
      expect(state.alerts.topGroups({}, 'absent', 5)).toEqual([]);
    });
  });
}
