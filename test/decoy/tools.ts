import { type ExecFileException, execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const has = (program: string): boolean => spawnSync('which', [program]).status === 0;

/** Whether one of these programs is not installed; says which. */
export function missing(...programs: string[]): boolean {
  const absent = programs.filter((program) => !has(program));
  if (absent.length > 0) console.warn(`Skipped: ${absent.join(', ')} is not installed.`);
  return absent.length > 0;
}

/** Of the one account that gets in. */
export const password = 'S3cret-of-a-decoy';

/** Where the attackers' programs run and leave their files. */
export const folder = mkdtempSync(join(tmpdir(), 'phosor-decoy-'));
const askpass = join(folder, 'askpass');
writeFileSync(askpass, '#!/bin/sh\nprintf "%s\\n" "$DECOY_PASSWORD"\n');
chmodSync(askpass, 0o755);

export interface Ran {
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs a program; `tried` is the password that it hands in where it is asked for one. */
export const run = (command: string, args: string[], input = '', tried = password): Promise<Ran> =>
  new Promise((resolve) => {
    const env = { ...process.env, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', DECOY_PASSWORD: tried };
    const child = execFile(
      command,
      args,
      { env, timeout: 60_000, cwd: folder },
      (error: ExecFileException | null, stdout, stderr) =>
        resolve({ status: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr }),
    );
    // A program that was refused is gone before it has read what it was to do.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });

const options = (...each: string[]): string[] => each.flatMap((option) => ['-o', option]);

/** Options of ssh, scp and sftp: no files of this machine, no questions. */
export const quiet = options('StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR');
export const byPassword = [
  ...quiet,
  ...options('PreferredAuthentications=password', 'NumberOfPasswordPrompts=1'),
  '-F',
  'none',
];
