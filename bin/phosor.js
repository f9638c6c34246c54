#!/usr/bin/env node
// Starts the CLI on the pinned Node, whatever the machine has. Plain JavaScript that Node 20 can read.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pinnedNode } from './pinned-node.js';

const here = dirname(fileURLToPath(import.meta.url));
const isCheckout = !here.includes(`${sep}node_modules${sep}`) && existsSync(join(here, '../src/cli/main.ts'));
const entry = join(here, isCheckout ? '../src/cli/main.ts' : '../dist/cli/main.js');

const node = pinnedNode();
const [major] = process.versions.node.split('.').map(Number);
if (!node && major < 26) {
  console.error(
    `phosor needs Node 26 or later. This is ${process.version}, and no bundled Node fits ${process.platform}-${process.arch}. ` +
      'Install Node 26, or reinstall phosor without --omit=optional.',
  );
  process.exit(1);
}
const env = {
  // libuv's pool is shared by DuckDB, fsync and password hashing; its default of 4 let searches hold one sync for seconds.
  UV_THREADPOOL_SIZE: '16',
  // glibc keeps up to eight heaps per core: with our threads that is 55 MB of nothing at idle.
  MALLOC_ARENA_MAX: '2',
  // Freed blocks of this size go back to the system. By itself glibc raises the limit with each one, to 32 MB: 25 MB more at idle.
  MALLOC_MMAP_THRESHOLD_: '131072',
  // Compiled code is kept between starts: 0.6 s sooner, and no thread needs the TypeScript stripper (8 MB each).
  NODE_COMPILE_CACHE: join(here, isCheckout ? '../node_modules/.cache/phosor-code' : '../.cache'),
  ...process.env,
};
// The fourth channel tells the child when this process is gone, however it went: nothing keeps the ports after a kill -9.
const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
// The server: five threads with V8's default young generation hold 50 MB more at idle; this one takes none more than with 3,
// and lists of alerts are answered a seventh sooner. Commands that read files: a large one,
// because what an attack keeps alive would otherwise be copied again and again.
const isServer = ['start', 'demo'].includes(process.argv[2]);
const flags = isServer ? ['--max-semi-space-size=6'] : ['--min-semi-space-size=64', '--max-semi-space-size=64'];
const child = spawn(node ?? process.execPath, [...flags, entry, ...process.argv.slice(2)], { stdio, env });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']) {
  process.on(signal, () => child.kill(signal));
}
child.on('error', (error) => {
  console.error(`phosor could not start ${node ?? process.execPath}: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
