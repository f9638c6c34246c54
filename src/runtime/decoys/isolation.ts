import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../package.ts';

const isSource = import.meta.url.endsWith('.ts');
const extension = isSource ? '.ts' : '.js';
const code = join(packageRoot, isSource ? 'src' : 'dist');

export const childFile = join(code, 'decoy/host', `child${extension}`);
const guardFile = join(code, 'decoy/host', `guard${extension}`);

/** Where the packages lie that decoys use: beside the program, or above it where it was installed as a package. */
function packageFolders(): string[] {
  const require = createRequire(import.meta.url);
  return [...new Set([join(packageRoot, 'node_modules'), dirname(dirname(require.resolve('zod/package.json')))])];
}

/** MB of the JavaScript heap. */
const heapMb = 384;

/**
 * What Node is started with: it may read its own code and nothing else. No network, no writing, no programs, threads,
 * add-ons. `guard` is loaded before anything else.
 */
export function nodeArguments(): string[] {
  const readable = [
    join(code, 'decoy', '*'),
    join(code, 'model', '*'),
    join(packageRoot, 'package.json'),
    ...packageFolders().map((folder) => join(folder, '*')),
  ];
  return [
    '--permission',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    '--disable-proto=delete',
    `--max-old-space-size=${heapMb}`,
    // Patterns of visitors that backtrack without end go on in linear time.
    '--enable-experimental-regexp-engine-on-excessive-backtracks',
    '--import',
    guardFile,
  ];
}

/** Ways to give a process a network of its own without an interface. Root has the first; the second needs user namespaces. */
const ways: readonly (readonly string[])[] = [
  ['--net', '--'],
  ['--user', '--net', '--'],
];

const works = (way: readonly string[]): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn('unshare', [...way, process.execPath, '--version'], { stdio: 'ignore', timeout: 10_000 });
    child.on('error', () => resolve(false));
    child.on('exit', (status) => resolve(status === 0));
  });

/** Arguments of `unshare(1)` that work here; null: none do, and the other walls have to be enough. */
export async function namespaceWay(): Promise<readonly string[] | null> {
  if (process.platform !== 'linux') return null;
  for (const way of ways) if (await works(way)) return way;
  return null;
}
