/**
 * Lists what lies on the disk of a fresh Debian 12: names, kinds, modes, sizes and dates, no contents. The result is
 * `src/decoy/shell/disk/image.json`, from which the imitated disk is built. Run by hand, as root:
 *
 *   node tools/with-node.js node tools/decoy-image.ts --root /var/tmp/bookworm
 *
 * The root is the one that `tools/decoy-oracle.ts` makes.
 */
import { existsSync, lstatSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { root: { type: 'string', default: '/var/tmp/phosor-bookworm' } } });
if (!existsSync(join(values.root, 'etc/debian_version')))
  throw new Error(`No Debian root at ${values.root}: run tools/decoy-oracle.ts first, or name it with --root.`);

/** Folders whose contents nobody looks at: they are listed, what is in them is not. */
const shallow = [
  /^\/usr\/share\/[^/]+\/./,
  /^\/usr\/lib\/[^/]+\/./,
  /^\/usr\/lib\/python3\.11/,
  /^\/var\/lib\/dpkg\/./,
  /^\/var\/cache\/[^/]+\/./,
  /^\/etc\/(?:ssl\/certs|perl|python3|python3\.11|terminfo|xdg)\/./,
];
/** Filled by the persona or by the running system. */
const left =
  /^\/(?:proc|sys|dev|run|tmp|home|root|boot)\/|^\/etc\/(?:ssh\/ssh_host|machine-id|.*-$|\.pwd\.lock)|\/\.[^/]*$/;
/** Later than this is the day the root was made, which is the persona's day of installation (0). */
const made = lstatSync(join(values.root, 'etc/shells')).mtimeMs / 1000 - 3600;

/** `name|mode|size|time|target`, mode in octal with the kind, time in seconds; grouped by folder. */
const folders: Record<string, string[]> = {};
function walk(folder: string): void {
  for (const name of readdirSync(join(values.root, folder)).sort()) {
    const path = `${folder === '/' ? '' : folder}/${name}`;
    if (left.test(path) || shallow.some((each) => each.test(path))) continue;
    const stat = lstatSync(join(values.root, path));
    const time = stat.mtimeMs / 1000 > made ? 0 : Math.floor(stat.mtimeMs / 1000);
    const target = stat.isSymbolicLink() ? `|${readlinkSync(join(values.root, path))}` : '';
    const owner = stat.uid === 0 && stat.gid === 0 ? '' : `:${stat.gid}`;
    folders[folder] ??= [];
    folders[folder].push(`${name}|${stat.mode.toString(8)}${owner}|${stat.isFile() ? stat.size : 0}|${time}${target}`);
    if (stat.isDirectory()) walk(path);
  }
}
walk('/');
writeFileSync(join(import.meta.dirname, '../src/decoy/shell/disk/image.json'), `${JSON.stringify(folders, null, 0)}\n`);
