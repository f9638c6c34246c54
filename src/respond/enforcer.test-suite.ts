import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addresses, makePair, missing, type Pair } from '../../test/namespaces/pair.ts';
import { runPrograms } from '../runtime/response/run.ts';
import type { EnforcedEntry, Enforcer, EnforcerTools } from './contract.ts';

const { attacker4, attacker6, friend4, victim6 } = addresses;

/** What every firewall does, for real: packets are sent between two network namespaces. */
export function describeEnforcer(enforcer: Enforcer, ...commands: string[]): void {
  const lacking = missing(...commands);
  describe(`${enforcer.name}${lacking === null ? '' : ` (skipped: ${lacking})`}`, () => {
    let pair: Pair;
    let tools: EnforcerTools;
    const plan = { accept: [friend4], redirectPorts: [[8000, 8001]] as const };
    const entry = (target: string, change: Partial<EnforcedEntry> = {}): EnforcedEntry => ({
      decision: '0a8d6bd9-0000-4000-8000-000000000001',
      kind: 'block',
      target,
      seconds: 600,
      ...change,
    });
    beforeAll(async () => {
      if (lacking !== null) return;
      pair = makePair(enforcer.name);
      tools = { run: runPrograms(pair.inside(pair.victim)) };
      await pair.serve(8000, 8001);
      await enforcer.prepare(plan, tools);
    }, 60_000);
    afterAll(() => pair?.close());
    const real = test.skipIf(lacking !== null);

    real('before it is prepared there is nothing to read; twice is no harm', async () => {
      await enforcer.clear(tools);
      expect(await enforcer.read(tools)).toBeNull();
      await enforcer.clear(tools);
      await enforcer.prepare(plan, tools);
      await enforcer.prepare(plan, tools);
      expect(await enforcer.read(tools)).toEqual([]);
      expect(await enforcer.check(tools)).toBeNull();
    });

    real('a blocked source gets no answer, another does; undone, it does again', async () => {
      expect(pair.reach(8000)).toBe(200);
      await enforcer.change([entry(attacker4)], [], tools);
      expect(await enforcer.read(tools)).toEqual([{ ...entry(attacker4), seconds: expect.any(Number) }]);
      expect(pair.reach(8000, { from: attacker4 })).toBeNull();
      expect(pair.reach(8000, { from: friend4 })).toBe(200);
      // Preparing anew (another allow-list) leaves it as it is.
      await enforcer.prepare(plan, tools);
      expect(pair.reach(8000, { from: attacker4 })).toBeNull();
      await enforcer.change([], [entry(attacker4)], tools);
      expect(await enforcer.read(tools)).toEqual([]);
      expect(pair.reach(8000, { from: attacker4 })).toBe(200);
    });

    real('an IPv6 source is blocked by its prefix', async () => {
      expect(pair.reach(8000, { host: victim6 })).toBe(200);
      await enforcer.change([entry('2001:db8:77:5::/64')], [], tools);
      expect((await enforcer.read(tools))?.map(({ target }) => target)).toEqual(['2001:db8:77:5::/64']);
      expect(pair.reach(8000, { host: victim6, from: attacker6 })).toBeNull();
      await enforcer.change([], [entry('2001:db8:77:5::/64')], tools);
      expect(pair.reach(8000, { host: victim6, from: attacker6 })).toBe(200);
    });

    real('it expires by itself', async () => {
      await enforcer.change([entry(attacker4, { seconds: 2 })], [], tools);
      expect(pair.reach(8000, { from: attacker4 })).toBeNull();
      await expect.poll(() => pair.reach(8000, { from: attacker4 }), { timeout: 10_000, interval: 300 }).toBe(200);
      expect(await enforcer.read(tools)).toEqual([]);
    });

    real('a range that holds an accepted address blocks the others only', async () => {
      await enforcer.change([entry('203.0.113.64/26')], [], tools);
      expect(pair.reach(8000, { from: attacker4 })).toBeNull();
      expect(pair.reach(8000, { from: friend4 })).toBe(200);
      await enforcer.change([], [entry('203.0.113.64/26')], tools);
    });

    real('what is there already is replaced, what is missing is no error, and a batch is one step', async () => {
      const many = Array.from({ length: 300 }, (_, i) => entry(`198.51.100.${i % 250}`));
      const distinct = [...new Map(many.map((each) => [each.target, each])).values()];
      await enforcer.change([...distinct, entry('192.0.2.0/25'), entry('2001:db8:9::/56')], [], tools);
      await enforcer.change(
        [entry('198.51.100.7', { seconds: 1200, decision: '0a8d6bd9-0000-4000-8000-000000000002' })],
        [entry('192.0.2.99'), entry('192.0.2.0/25')],
        tools,
      );
      const found = (await enforcer.read(tools)) ?? [];
      expect(found).toHaveLength(251);
      const replaced = found.find(({ target }) => target === '198.51.100.7');
      expect(replaced?.decision).toBe('0a8d6bd9-0000-4000-8000-000000000002');
      expect(replaced?.seconds).toBeGreaterThan(1100);
    });

    test.skipIf(lacking !== null || !enforcer.redirects)(
      'a redirected source reaches the decoy, and nothing else',
      async () => {
        await enforcer.clear(tools);
        await enforcer.prepare(plan, tools);
        await enforcer.change([entry(`${attacker4}`, { kind: 'redirect' })], [], tools);
        const asked = await runPrograms(pair.inside(pair.attacker))('curl', [
          ...['-s', '--max-time', '8', '--interface', attacker4],
          `http://${addresses.victim4}:8000/`,
        ]);
        expect(asked.stdout).toBe('8001');
        expect(pair.reach(8001, { from: attacker4 })).toBeNull();
        expect(pair.reach(8000, { from: friend4 })).toBe(200);
      },
    );

    real('cleared, nothing of it is left', async () => {
      await enforcer.clear(tools);
      expect(pair.reach(8000, { from: attacker4 })).toBe(200);
      expect((await tools.run('nft', ['list', 'ruleset'])).stdout).not.toMatch(/phosor/i);
    });

    test('without the program it says what to do', async () => {
      const nothing: EnforcerTools = {
        run: async (command) => ({ code: null, stdout: '', stderr: `${command} is not installed.` }),
      };
      expect(await enforcer.check(nothing)).toMatch(/is not installed\. Install the package/);
    });

    test('without the capability it says which', async () => {
      const refused: EnforcerTools = {
        run: async () => ({ code: 1, stdout: '', stderr: 'Operation not permitted (you must be root)\n' }),
      };
      expect(await enforcer.check(refused)).toContain('CAP_NET_ADMIN');
    });
  });
}
