import {
  defineEnforcer,
  type EnforcedEntry,
  EnforcerError,
  type EnforcerPlan,
  type EnforcerTools,
} from '../contract.ts';
import { readNetwork } from '../decisions/network.ts';

/*
 * For machines without nft: sets of ipset and a chain of our own in iptables and ip6tables, reached by one jump from INPUT
 * and one from FORWARD. It cannot redirect.
 */

const chain = 'PHOSOR';
const blockSets = ['phosor-block4', 'phosor-range4', 'phosor-range6'] as const;
const acceptSet = (family: 4 | 6) => `phosor-accept${family}`;
const most = 1_000_000;

const firstLine = (text: string): string =>
  (text.split('\n').find((line) => line.trim() !== '') ?? 'it said nothing').trim().slice(0, 300);

async function run(tools: EnforcerTools, command: string, args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await tools.run(command, args, input);
  if (code !== 0) throw new EnforcerError(`${command} refused: ${firstLine(stderr)}`);
  return stdout;
}

const restore = (tools: EnforcerTools, lines: readonly string[]): Promise<string> =>
  run(tools, 'ipset', ['-exist', 'restore'], `${lines.join('\n')}\n`);

const create = (name: string, type: string, family: 4 | 6, rest: string): string =>
  `create ${name} ${type} family ${family === 4 ? 'inet' : 'inet6'} maxelem ${most} ${rest}`.trim();

/** ipset knows no prefix of length 0: two halves. */
const halves = (text: string): readonly string[] =>
  text === '0.0.0.0/0' ? ['0.0.0.0/1', '128.0.0.0/1'] : text === '::/0' ? ['::/1', '8000::/1'] : [text];

function setOf(target: string): string | null {
  const network = readNetwork(target);
  if (network === null) return null;
  if (network.family === 6) return 'phosor-range6';
  return network.bits === 32 ? 'phosor-block4' : 'phosor-range4';
}

const rulesOf = (family: 4 | 6): string =>
  [
    '*filter',
    `:${chain} - [0:0]`,
    `-F ${chain}`,
    `-A ${chain} -i lo -j RETURN`,
    `-A ${chain} -m set --match-set ${acceptSet(family)} src -j RETURN`,
    ...blockSets
      .filter((name) => name.endsWith(String(family)))
      .map((name) => `-A ${chain} -m set --match-set ${name} src -j DROP`),
    'COMMIT',
    '',
  ].join('\n');

const tables = [
  [4, 'iptables'],
  [6, 'ip6tables'],
] as const;

async function prepare({ accept }: EnforcerPlan, tools: EnforcerTools): Promise<void> {
  const lines = [
    create('phosor-block4', 'hash:ip', 4, 'timeout 0 comment'),
    create('phosor-range4', 'hash:net', 4, 'timeout 0 comment'),
    create('phosor-range6', 'hash:net', 6, 'timeout 0 comment'),
  ];
  for (const family of [4, 6] as const) {
    const name = acceptSet(family);
    const next = `${name}-new`;
    lines.push(create(name, 'hash:net', family, ''), create(next, 'hash:net', family, ''), `flush ${next}`);
    for (const text of accept)
      if (readNetwork(text)?.family === family) for (const half of halves(text)) lines.push(`add ${next} ${half}`);
    lines.push(`swap ${next} ${name}`, `destroy ${next}`);
  }
  await restore(tools, lines);
  for (const [family, command] of tables) {
    await run(tools, `${command}-restore`, ['--noflush', '-w'], rulesOf(family));
    for (const hook of ['INPUT', 'FORWARD']) {
      const { code } = await tools.run(command, ['-w', '-C', hook, '-j', chain]);
      if (code !== 0) await run(tools, command, ['-w', '-I', hook, '1', '-j', chain]);
    }
  }
}

/** The entries in what `ipset save` printed. */
function readSaved(text: string): EnforcedEntry[] {
  const entries: EnforcedEntry[] = [];
  for (const line of text.split('\n')) {
    const found = /^add (phosor-(?:block|range)[46]) (\S+) timeout (\d+)(?: comment "([^"]*)")?/.exec(line);
    const network = found === null ? null : readNetwork(found[2] as string);
    if (found !== null && network !== null)
      entries.push({ decision: found[4] ?? '', kind: 'block', target: network.text, seconds: Number(found[3]) });
  }
  return entries;
}

/** Decisions in sets of ipset that iptables looks at. */
export const ipset = defineEnforcer({
  name: 'ipset',
  title: 'ipset and iptables',
  redirects: false,
  async check(tools) {
    for (const [command, args] of [
      ['ipset', ['list', '-n']],
      ['iptables', ['-w', '-S', 'INPUT']],
      ['ip6tables', ['-w', '-S', 'INPUT']],
    ] as const) {
      const { code, stderr } = await tools.run(command, args);
      if (code === null) return `ipset cannot be used: ${firstLine(stderr)} Install the packages ipset and iptables.`;
      if (code !== 0)
        return `ipset cannot be used: ${firstLine(stderr)}. Phosor needs the capability CAP_NET_ADMIN for it: see docs/response.md.`;
    }
    return null;
  },
  prepare,
  async change(add, remove, tools) {
    const del = [...remove, ...add].flatMap(({ target }) => {
      const set = setOf(target);
      return set === null ? [] : [`del ${set} ${target}`];
    });
    const put = add.flatMap(({ target, seconds, decision, kind }) => {
      const set = setOf(target);
      return set === null || kind !== 'block'
        ? []
        : [`add ${set} ${target} timeout ${Math.max(1, Math.ceil(seconds))} comment "${decision}"`];
    });
    if (del.length + put.length > 0) await restore(tools, [...del, ...put]);
  },
  async read(tools) {
    const { code, stdout, stderr } = await tools.run('ipset', ['list', '-n']);
    if (code !== 0) throw new EnforcerError(`ipset could not be read: ${firstLine(stderr)}`);
    const names = stdout.split('\n');
    if (!blockSets.every((name) => names.includes(name))) return null;
    // Sets without the rules that look at them stop nobody.
    for (const [, command] of tables)
      if ((await tools.run(command, ['-w', '-C', 'INPUT', '-j', chain])).code !== 0) return null;
    const entries: EnforcedEntry[] = [];
    for (const name of blockSets) entries.push(...readSaved(await run(tools, 'ipset', ['save', name])));
    return entries;
  },
  async clear(tools) {
    for (const [, command] of tables) {
      for (const hook of ['INPUT', 'FORWARD'])
        while ((await tools.run(command, ['-w', '-D', hook, '-j', chain])).code === 0);
      await tools.run(command, ['-w', '-F', chain]);
      await tools.run(command, ['-w', '-X', chain]);
    }
    const { stdout } = await tools.run('ipset', ['list', '-n']);
    for (const name of stdout.split('\n')) if (name.startsWith('phosor-')) await run(tools, 'ipset', ['destroy', name]);
  },
});
