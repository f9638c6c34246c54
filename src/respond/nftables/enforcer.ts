import { defineEnforcer, EnforcerError, type EnforcerTools } from '../contract.ts';
import { changeCommands, prepareCommands, readListing, table } from './commands.ts';

/** So many elements go in at once: one transaction, which the kernel checks as a whole. */
const perTransaction = 5000;

async function transact(commands: readonly unknown[], tools: EnforcerTools): Promise<void> {
  if (commands.length === 0) return;
  const input = JSON.stringify({ nftables: [{ metainfo: { json_schema_version: 1 } }, ...commands] });
  const { code, stderr } = await tools.run('nft', ['-j', '-f', '-'], input);
  if (code !== 0) throw new EnforcerError(`nft refused: ${firstLine(stderr)}`);
}

const firstLine = (text: string): string =>
  (text.split('\n').find((line) => line.trim() !== '') ?? 'it said nothing').trim().slice(0, 300);

const isMissing = (stderr: string): boolean => /No such file or directory|does not exist/.test(stderr);

/** Decisions in a table of our own: `inet phosor`. */
export const nftables = defineEnforcer({
  name: 'nftables',
  title: 'nftables',
  redirects: true,
  async check(tools) {
    const { code, stderr } = await tools.run('nft', ['-j', 'list', 'tables']);
    if (code === 0) return null;
    if (code === null) return `nftables cannot be used: ${firstLine(stderr)} Install the package nftables.`;
    return `nftables cannot be used: ${firstLine(stderr)}. Phosor needs the capability CAP_NET_ADMIN for it: see docs/response.md.`;
  },
  prepare: (plan, tools) => transact(prepareCommands(plan), tools),
  async change(add, remove, tools) {
    for (let at = 0; at === 0 || at < Math.max(add.length, remove.length); at += perTransaction) {
      const part = <T>(entries: readonly T[]): readonly T[] => entries.slice(at, at + perTransaction);
      await transact(changeCommands(part(add), part(remove)), tools);
    }
  },
  async read(tools) {
    const { code, stdout, stderr } = await tools.run('nft', ['-j', 'list', 'table', table.family, table.name]);
    if (code === 0) {
      const entries = readListing(stdout);
      if (entries === null) throw new EnforcerError('nft printed something that is not its published form.');
      return entries;
    }
    if (isMissing(stderr)) return null;
    throw new EnforcerError(`nft could not be read: ${firstLine(stderr)}`);
  },
  async clear(tools) {
    // Made first, so that it is there to be deleted.
    await transact([{ add: { table } }, { delete: { table } }], tools);
  },
});
