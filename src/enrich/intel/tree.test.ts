import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressWords, cut } from '../address.ts';
import { findNode, matchedBits, Sets, TreeBuilder } from './tree.ts';

interface Network {
  words: number[];
  bits: number;
  mark: number;
}

/** What the tree must say, found by looking at every network. */
function naive(networks: readonly Network[], words: readonly number[]): { marks: number[]; matched: number } {
  const around = networks.filter(({ words: prefix, bits }) =>
    prefix.every((word, i) => cut(word, width(bits, i)) === cut(words[i] as number, width(bits, i))),
  );
  const marks = [...new Set(around.map(({ mark }) => mark))].sort((a, b) => a - b);
  return { marks, matched: Math.max(0, ...around.map(({ bits }) => bits)) };
}
const width = (bits: number, word: number): number => Math.max(0, Math.min(32, bits - word * 32));

/** Words that often share their beginning: otherwise nothing ever covers anything. */
const word = fc.oneof(
  fc.integer({ min: 0, max: 0xffffffff }),
  fc.constantFrom(0, 0xffffffff, 0x80000000, 0xc0000200, 0xc0000201, 0xc00002ff, 0x20010db8),
);
const networkOf = (count: 1 | 4): fc.Arbitrary<Network> =>
  fc.record({
    words: fc.array(word, { minLength: count, maxLength: count }),
    bits: fc.integer({ min: 0, max: count * 32 }),
    mark: fc.integer({ min: 0, max: 5 }),
  });

test.each([1, 4] as const)('a tree of %i words says what looking at every network says', (count) => {
  fc.assert(
    fc.property(
      fc.array(networkOf(count), { maxLength: 60 }),
      fc.array(fc.array(word, { minLength: count, maxLength: count }), { minLength: 1, maxLength: 20 }),
      (networks, asked) => {
        const sets = new Sets();
        const builder = new TreeBuilder(count, sets, 2);
        const room = addressWords();
        for (const { words, bits, mark } of networks) {
          room.set(words);
          builder.add(room, bits, sets.of([mark]));
        }
        const tree = builder.finish();
        expect(builder.networks).toBe(
          new Set(networks.map(({ words, bits }) => `${words.map((each, i) => cut(each, width(bits, i)))}/${bits}`))
            .size,
        );
        for (const words of [...asked, ...networks.map((each) => each.words)]) {
          room.set(words);
          const node = findNode(tree, room);
          const { marks, matched } = naive(networks, words);
          expect([sets.members(tree.sets[node] as number), matchedBits(tree, node)]).toEqual([marks, matched]);
        }
      },
    ),
    { numRuns: 400 },
  );
});

test('a large tree, whose table of beginnings is larger, says what tables of each length say', () => {
  const sets = new Sets();
  const builder = new TreeBuilder(1, sets, 2);
  const set = sets.of([0]);
  const known = new Map<number, Set<number>>();
  const room = addressWords();
  let seed = 7;
  const next = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed;
  };
  for (let i = 0; i < 120_000; i += 1) {
    const bits = i % 5 === 0 ? 12 + (next() % 20) : 32;
    const address = next();
    room[0] = address;
    builder.add(room, bits, set);
    known.set(bits, (known.get(bits) ?? new Set()).add(cut(address, bits)));
  }
  const tree = builder.finish();
  expect(tree.startBits).toBe(20);
  let hits = 0;
  for (let i = 0; i < 50_000; i += 1) {
    const address = next();
    room[0] = address;
    const lengths = [...known].filter(([bits, prefixes]) => prefixes.has(cut(address, bits))).map(([bits]) => bits);
    const wanted = Math.max(0, ...lengths);
    if (wanted > 0) hits += 1;
    if (matchedBits(tree, findNode(tree, room)) !== wanted) expect.fail(`${address} is not found as it should be`);
  }
  expect(hits).toBeGreaterThan(100);
});
