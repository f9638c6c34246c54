// Runs a command with the pinned Node first in PATH: `node tools/with-node.js vitest run`. Plain JavaScript that Node 20 can read.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pinnedNode } from '../bin/pinned-node.js';

const node = pinnedNode();
if (!node) console.error(`no pinned Node for ${process.platform}-${process.arch}; using ${process.version}`);
const here = dirname(fileURLToPath(import.meta.url));
const [command = 'node', ...args] = process.argv.slice(2);
const PATH = [dirname(node ?? process.execPath), join(here, '../node_modules/.bin'), process.env.PATH].join(delimiter);
const env = { UV_THREADPOOL_SIZE: '16', ...process.env, PATH };
const child = spawn(command, args, { stdio: 'inherit', env });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(`${command}: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
