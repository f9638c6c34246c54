import type { EnforcedEntry, EnforcerPlan } from '../contract.ts';
import { readNetwork } from '../decisions/network.ts';

/*
 * The table in nft's JSON. One table of our own, so that undoing all is one command and nobody else's rules are touched.
 * Single sources lie in hash sets, where adding one costs the same however many there are; ranges in interval sets.
 */

export const table = { family: 'inet', name: 'phosor' } as const;
const inTable = { family: table.family, table: table.name } as const;

interface SetOf {
  name: string;
  kind: EnforcedEntry['kind'];
  family: 4 | 6;
  /** Every element has this length of prefix; null: any, as ranges. */
  bits: number | null;
}

/** Sets of entries. */
const sets: readonly SetOf[] = [
  { name: 'block4', kind: 'block', family: 4, bits: 32 },
  { name: 'blocknet4', kind: 'block', family: 4, bits: null },
  { name: 'block6', kind: 'block', family: 6, bits: 64 },
  { name: 'blocknet6', kind: 'block', family: 6, bits: null },
  { name: 'redirect4', kind: 'redirect', family: 4, bits: null },
  { name: 'redirect6', kind: 'redirect', family: 6, bits: null },
];

const most = 1_000_000;
const saddr = (family: 4 | 6) => ({ payload: { protocol: family === 4 ? 'ip' : 'ip6', field: 'saddr' } });
const matches = (left: unknown, right: unknown, op = '==') => ({ match: { op, left, right } });
const isIn = ({ name, family, bits }: SetOf) =>
  matches(bits === 64 ? { '&': [saddr(family), 'ffff:ffff:ffff:ffff::'] } : saddr(family), `@${name}`);
const rule = (chain: string, ...expr: unknown[]) => ({ add: { rule: { ...inTable, chain, expr } } });
const chain = (name: string, hook: string, prio: number, type = 'filter') => [
  { add: { chain: { ...inTable, name, type, hook, prio, policy: 'accept' } } },
  { flush: { chain: { ...inTable, name } } },
];
const counted = { counter: null };

/** Table, sets and chains, with rules and accept list set anew. One transaction: there is no moment without them. */
export function prepareCommands({ accept, redirectPorts }: EnforcerPlan): unknown[] {
  const type = (family: 4 | 6) => `ipv${family}_addr`;
  const accepted = ([4, 6] as const).flatMap((family) => {
    const name = `accept${family}`;
    const elem = accept.flatMap((text) => {
      const network = readNetwork(text);
      return network?.family === family ? [elementValue(network.text)] : [];
    });
    return [
      { add: { set: { ...inTable, name, type: type(family), flags: ['interval'] } } },
      { flush: { set: { ...inTable, name } } },
      ...(elem.length === 0 ? [] : [{ add: { element: { ...inTable, name, elem } } }]),
    ];
  });
  const made = sets.map(({ name, family, bits }) => ({
    add: {
      set: {
        ...inTable,
        name,
        type: type(family),
        flags: bits === null ? ['interval', 'timeout'] : ['timeout'],
        ...(bits !== null && { size: most }),
      },
    },
  }));
  const filter = (name: string) => [
    rule(name, matches({ meta: { key: 'iifname' } }, 'lo'), { return: null }),
    ...([4, 6] as const).map((family) => rule(name, matches(saddr(family), `@accept${family}`), { return: null })),
    ...sets.flatMap((set) => [
      ...(set.kind === 'redirect'
        ? [rule(name, isIn(set), matches({ ct: { key: 'status' } }, 'dnat', 'in'), { return: null })]
        : []),
      rule(name, isIn(set), counted, { drop: null }),
    ]),
  ];
  const nat = [
    ...([4, 6] as const).map((family) =>
      rule('prerouting', matches(saddr(family), `@accept${family}`), { return: null }),
    ),
    ...sets
      .filter(({ kind }) => kind === 'redirect')
      .flatMap((set) =>
        redirectPorts.map(([from, to]) =>
          rule('prerouting', isIn(set), matches({ payload: { protocol: 'tcp', field: 'dport' } }, from), counted, {
            redirect: { port: to },
          }),
        ),
      ),
  ];
  return [
    { add: { table } },
    ...accepted,
    ...made,
    ...chain('input', 'input', -10),
    ...filter('input'),
    // Traffic to containers and through a gateway never comes by the input hook.
    ...chain('forward', 'forward', -10),
    ...filter('forward'),
    ...chain('prerouting', 'prerouting', -110, 'nat'),
    ...nat,
  ];
}

/** Which set an entry lies in. */
function setOf({ kind, target }: Pick<EnforcedEntry, 'kind' | 'target'>): SetOf | null {
  const network = readNetwork(target);
  if (network === null) return null;
  const fitting = sets.filter((set) => set.kind === kind && set.family === network.family);
  return fitting.find(({ bits }) => bits === network.bits) ?? fitting.find(({ bits }) => bits === null) ?? null;
}

function elementValue(target: string, bits: number | null = null): unknown {
  const [addr, len] = target.split('/');
  return len === undefined || bits !== null ? addr : { prefix: { addr, len: Number(len) } };
}

/** Deleting what is not there would undo the whole transaction: so it is put in first. */
export function changeCommands(add: readonly EnforcedEntry[], remove: readonly EnforcedEntry[]): unknown[] {
  const bySet = (entries: readonly EnforcedEntry[]) => {
    const grouped = new Map<SetOf, EnforcedEntry[]>();
    for (const entry of entries) {
      const set = setOf(entry);
      if (set !== null) grouped.set(set, [...(grouped.get(set) ?? []), entry]);
    }
    return [...grouped];
  };
  const element = (verb: 'add' | 'delete', name: string, elem: unknown[]) => ({
    [verb]: { element: { ...inTable, name, elem } },
  });
  return [
    ...bySet([...remove, ...add]).flatMap(([{ name, bits }, entries]) => {
      const elem = [...new Set(entries.map(({ target }) => target))].map((target) => elementValue(target, bits));
      return [element('add', name, elem), element('delete', name, elem)];
    }),
    ...bySet(add).map(([{ name, bits }, entries]) =>
      element(
        'add',
        name,
        entries.map(({ target, seconds, decision }) => ({
          elem: { val: elementValue(target, bits), timeout: Math.max(1, Math.ceil(seconds)), comment: decision },
        })),
      ),
    ),
  ];
}

interface ListedElement {
  val: string | { prefix: { addr: string; len: number } } | { range: [string, string] };
  expires?: number;
  timeout?: number;
  comment?: string;
}

/** The entries in what `nft -j list table` printed. Null: it is not in its form. */
export function readListing(text: string): EnforcedEntry[] | null {
  let listed: { nftables?: { set?: { name: string; elem?: unknown[] } }[] };
  try {
    listed = JSON.parse(text) as typeof listed;
  } catch {
    return null;
  }
  if (!Array.isArray(listed.nftables)) return null;
  const entries: EnforcedEntry[] = [];
  for (const { set: found } of listed.nftables) {
    const set = sets.find(({ name }) => name === found?.name);
    if (set === undefined) continue;
    for (const each of found?.elem ?? []) {
      const { val, expires, timeout, comment } = elementOf(each);
      const target = targetOf(val, set.bits);
      if (target !== null)
        entries.push({ decision: comment ?? '', kind: set.kind, target, seconds: expires ?? timeout ?? 0 });
    }
  }
  return entries;
}

const elementOf = (each: unknown): ListedElement =>
  typeof each === 'object' && each !== null && 'elem' in each
    ? (each.elem as ListedElement)
    : { val: each as ListedElement['val'] };

function targetOf(val: ListedElement['val'], bits: number | null): string | null {
  if (typeof val === 'string') return readNetwork(bits === 64 ? `${val}/64` : val)?.text ?? null;
  if ('prefix' in val) return readNetwork(`${val.prefix.addr}/${val.prefix.len}`)?.text ?? null;
  return 'range' in val ? `${val.range[0]}-${val.range[1]}` : null;
}
