import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EnforcerTools } from '../../respond/contract.ts';

const timeoutMs = 15_000;
const mostBytes = 64 * 1024 * 1024;

/** A file that nobody else can open, gone once it is closed: nft opens its input by name, which a pipe of ours is not made for. */
function readableOnce(text: string): number {
  const folder = mkdtempSync(join(tmpdir(), 'phosor-input-'));
  try {
    const file = join(folder, 'input');
    writeFileSync(file, text, { mode: 0o600 });
    return openSync(file, 'r');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Runs a program of the machine without a shell, with nothing of our environment but where programs lie.
 *
 * @param prefix a command that runs it somewhere else (`ip netns exec …`), for tests
 */
export const runPrograms =
  (prefix: readonly string[] = []): EnforcerTools['run'] =>
  (command, args, input) =>
    new Promise((resolve) => {
      const [file, ...rest] = [...prefix, command, ...args] as [string, ...string[]];
      const stdin = input === undefined ? null : readableOnce(input);
      const child = spawn(file, rest, {
        stdio: [stdin ?? 'ignore', 'pipe', 'pipe'],
        // Where a login shell of root finds them, too.
        env: { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`, LC_ALL: 'C' },
      });
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      let bytes = 0;
      let problem: string | null = null;
      const end = (why: string): void => {
        problem ??= why;
        child.kill('SIGKILL');
      };
      const timer = setTimeout(() => end(`${command} did not end within ${timeoutMs / 1000} s.`), timeoutMs);
      const take = (into: Buffer[]) => (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > mostBytes) end(`${command} printed more than ${mostBytes} bytes.`);
        else into.push(chunk);
      };
      child.stdout?.on('data', take(out));
      child.stderr?.on('data', take(err));
      if (stdin !== null) closeSync(stdin);
      child.on('error', (error: NodeJS.ErrnoException) => {
        problem ??=
          error.code === 'ENOENT' ? `${command} is not installed.` : `${command} cannot be run (${error.code}).`;
      });
      child.on('close', (code) => {
        clearTimeout(timer);
        resolve({
          code: problem === null ? code : null,
          stdout: Buffer.concat(out).toString('utf8'),
          stderr: problem ?? Buffer.concat(err).toString('utf8'),
        });
      });
    });
