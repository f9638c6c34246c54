import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holds, outermost, overlap, readNetwork } from './network.ts';
import {
  acceptedFirst,
  enforcedTarget,
  escalated,
  judge,
  longestSeconds,
  type Proposal,
  type Protected,
} from './safety.ts';

const nobody: Protected = { own: [], gateways: [], resolvers: [], peers: [], allowed: [], allowPrivate: false };
const calm = { recent: 0, mostPerMinute: 10 };
const proposal = (change: Partial<Proposal> = {}): Proposal => ({
  kind: 'block',
  target: '203.0.113.9',
  ttlSeconds: 3600,
  strike: 1,
  evidence: { byPerson: false, forgeable: false, historical: false },
  ...change,
});
const verdict = (change: Partial<Proposal>, known: Partial<Protected> = {}, recent = 0): string => {
  const judged = judge(proposal(change), { ...nobody, ...known }, { ...calm, recent });
  return judged.ok ? judged.target : judged.refusal;
};

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['203.0.113.9/32', '203.0.113.9'],
  ['203.0.113.9/24', '203.0.113.0/24'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['2001:DB8:0:0:1::9', '2001:db8::1:0:0:9'],
  ['2001:db8::1', '2001:db8::1'],
  ['2001:db8::ff/48', '2001:db8::/48'],
  ['203.0.113.09', undefined],
  ['203.0.113', undefined],
  ['203.0.113.9/33', undefined],
  ['203.0.113.9/024', undefined],
  ['2001:db8::1%eth0', undefined],
  ['fe80::/129', undefined],
  ['', undefined],
  ['203.0.113.9; flush ruleset', undefined],
  ['example.com', undefined],
])('reads %s', (text, expected) => {
  expect(readNetwork(text)?.text).toBe(expected);
});

test.each([
  ['a source', {}, {}, '203.0.113.9'],
  ['an IPv6 source by its prefix', { target: '2001:db8:1:2:3::4' }, {}, '2001:db8:1:2::/64'],
  ['nonsense', { target: 'example.com' }, {}, 'target'],
  ['without an end', { ttlSeconds: null }, {}, 'ttl'],
  ['for eight days', { ttlSeconds: 8 * 86_400 }, {}, 'ttl'],
  ['loopback', { target: '127.0.0.1' }, {}, 'special'],
  ['loopback of IPv6', { target: '::1' }, {}, 'special'],
  ['mapped loopback', { target: '::ffff:127.0.0.1' }, {}, 'special'],
  ['IPv4 behind a translator', { target: '64:ff9b::cb00:7109' }, {}, 'special'],
  ['multicast', { target: '224.0.0.1' }, {}, 'special'],
  ['everything', { target: '0.0.0.0/0' }, {}, 'wide'],
  ['a /23', { target: '203.0.112.0/23' }, {}, 'wide'],
  ['a /47', { target: '2001:db8::/47' }, {}, 'wide'],
  ['a /48', { target: '2001:db8::/48' }, {}, '2001:db8::/48'],
  ['own', {}, { own: ['203.0.113.9'] }, 'own'],
  ['a range around us', { target: '203.0.113.0/24' }, { own: ['203.0.113.9'] }, 'own'],
  ['a neighbour in our IPv6 prefix', { target: '2001:db8::5' }, { own: ['2001:db8::1'] }, 'own'],
  ['the gateway', {}, { gateways: ['203.0.113.9'] }, 'gateway'],
  ['a resolver', {}, { resolvers: ['203.0.113.9%eth0', 'x'] }, 'resolver'],
  ["the administrator's peer", {}, { peers: ['203.0.113.9'] }, 'peer'],
  ['what lies in an allowed range', {}, { allowed: ['203.0.0.0/16'] }, 'allowed'],
  ['a range that holds an allowed address', { target: '203.0.113.0/24' }, { allowed: ['203.0.113.77'] }, 'allowed'],
  ['private', { target: '10.1.2.3' }, {}, 'private'],
  ['private where that is wanted', { target: '10.1.2.3' }, { allowPrivate: true }, '10.1.2.3'],
  ['unique local', { target: 'fd00::1' }, {}, 'private'],
  ['on old events', { evidence: { byPerson: false, forgeable: false, historical: true } }, {}, 'evidence'],
  ['on forgeable events', { evidence: { byPerson: false, forgeable: true, historical: false } }, {}, 'evidence'],
  ['by a person', { evidence: { byPerson: true, forgeable: true, historical: true } }, {}, '203.0.113.9'],
  ['only shown', { kind: 'alert' as const, target: '10.0.0.1' }, {}, '10.0.0.1'],
])('%s', (_, change, known, expected) => {
  expect(verdict(change, known)).toBe(expected);
});

test('the circuit breaker opens, for persons too', () => {
  expect(verdict({}, {}, 9)).toBe('203.0.113.9');
  expect(verdict({}, {}, 10)).toBe('breaker');
  expect(verdict({ evidence: { byPerson: true, forgeable: false, historical: false } }, {}, 10)).toBe('breaker');
});

test.each([
  [3600, 1, 3600],
  [3600, 2, 7200],
  [3600, 5, 57_600],
  [3600, 99, longestSeconds],
])('%i s, strike %i', (ttl, strike, expected) => {
  expect(escalated(ttl, strike)).toBe(expected);
});

describe('for every input', () => {
  const v4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((octets) => octets.join('.'));
  const group = fc.nat(0xffff).map((value) => value.toString(16));
  const v6 = fc.oneof(
    fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(':')),
    fc.tuple(group, group, group).map(([a, b, c]) => `2001:db8:${a}:${b}::${c}`),
    v4.map((address) => `::ffff:${address}`),
  );
  const address = fc.oneof(v4, v6);
  const range = fc.oneof(
    address,
    fc.tuple(v4, fc.nat(34)).map(([base, bits]) => `${base}/${bits}`),
    fc.tuple(v6, fc.nat(130)).map(([base, bits]) => `${base}/${bits}`),
    fc.string(),
  );
  const list = fc.array(range, { maxLength: 2 });
  const known = fc.record({
    own: list,
    gateways: list,
    resolvers: list,
    peers: list,
    allowed: list,
    allowPrivate: fc.boolean(),
  });
  const anyProposal = fc.record({
    kind: fc.constantFrom('block' as const, 'redirect' as const),
    target: range,
    ttlSeconds: fc.option(
      fc.oneof(fc.integer({ min: 1, max: 604_800 }), fc.integer({ min: -10, max: 10_000_000 }), fc.double()),
    ),
    strike: fc.integer({ min: -1, max: 5000 }),
    evidence: fc.record({ byPerson: fc.boolean(), forgeable: fc.boolean(), historical: fc.boolean() }),
  });
  const breaker = fc.record({ recent: fc.nat(20), mostPerMinute: fc.integer({ min: 1, max: 20 }) });

  test('what is taken touches nothing protected, is narrow, ends, and rests on evidence that holds', () => {
    let taken = 0;
    fc.assert(
      fc.property(anyProposal, known, breaker, (given, facts, limit) => {
        const judged = judge(given, facts, limit);
        if (!judged.ok) {
          expect(judged.why).toMatch(/\.$/);
          return;
        }
        taken += 1;
        const target = readNetwork(judged.target);
        if (target === null) throw new Error(`${judged.target} cannot be read back`);
        expect(target.text).toBe(judged.target);
        const asked = readNetwork(given.target);
        expect(asked !== null && holds(target, asked)).toBe(true);
        const all = [...facts.own, ...facts.gateways, ...facts.resolvers, ...facts.peers, ...facts.allowed];
        for (const text of all) {
          const each = readNetwork(text);
          if (each !== null) expect(overlap(each, target), `${text} and ${target.text}`).toBe(false);
        }
        expect(target.bits).toBeGreaterThanOrEqual(target.family === 4 ? 24 : 48);
        if (target.family === 6) expect(target.bits).toBeLessThanOrEqual(64);
        expect(judged.ttlSeconds).toBeGreaterThanOrEqual(1);
        expect(judged.ttlSeconds).toBeLessThanOrEqual(longestSeconds);
        if (!given.evidence.byPerson) expect(given.evidence.forgeable || given.evidence.historical).toBe(false);
        expect(limit.recent).toBeLessThan(limit.mostPerMinute);
        for (const never of ['127.0.0.0/8', '::1', 'ff00::/8', '224.0.0.0/4'])
          expect(overlap(readNetwork(never) ?? target, target)).toBe(false);
        if (!facts.allowPrivate)
          for (const inner of ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fe80::/10'])
            expect(overlap(readNetwork(inner) ?? target, target)).toBe(false);
      }),
      { numRuns: 3000 },
    );
    expect(taken).toBeGreaterThan(50);
  });

  test('an address that is protected, alone or in a range, is refused however it is written', () => {
    fc.assert(
      fc.property(
        address,
        fc.constantFrom('own', 'gateways', 'resolvers', 'peers', 'allowed'),
        fc.nat(128),
        (one, where, bits) => {
          const facts = { ...nobody, allowPrivate: true, [where]: [one] };
          expect(judge(proposal({ target: one }), facts, calm).ok).toBe(false);
          const around = readNetwork(`${one}/${bits}`);
          if (around !== null) expect(judge(proposal({ target: around.text }), facts, calm).ok).toBe(false);
          const enforced = enforcedTarget(one);
          if (enforced !== null) expect(judge(proposal({ target: enforced.text }), facts, calm).ok).toBe(false);
        },
      ),
    );
  });

  test('what is let through first has no overlaps and holds all that is protected', () => {
    fc.assert(
      fc.property(known, (facts) => {
        const first = acceptedFirst(facts);
        for (const [i, a] of first.entries()) for (const b of first.slice(i + 1)) expect(overlap(a, b)).toBe(false);
        for (const text of [...facts.own, ...facts.allowed]) {
          const each = readNetwork(text);
          if (each !== null)
            expect(
              first.some((network) => holds(network, each)),
              text,
            ).toBe(true);
        }
        expect(outermost(first)).toEqual(first);
      }),
    );
  });
});
