import { createPersona } from '../../src/decoy/persona/persona.ts';
import { createFileSystem, createShell } from '../../src/decoy/shell/index.ts';
import { type ExpectedOutput, oraclePersona, shapeOf } from './command-list.ts';

export interface Comparison {
  expected: ExpectedOutput;
  stdout: string;
  stderr: string;
  exitCode: number;
  isEqual: boolean;
}

/** Runs every listed command in our shell, one disk for each group, and compares with the real Debian. */
export async function compareAll(expected: readonly ExpectedOutput[], now: () => number): Promise<Comparison[]> {
  const persona = createPersona(oraclePersona.seed, oraclePersona.madeAt);
  const results: Comparison[] = [];
  let group = '';
  let fs = createFileSystem({ persona, now });
  for (const each of expected) {
    if (each.group !== group) fs = createFileSystem({ persona, now });
    group = each.group;
    let offset = 0;
    const shell = createShell({
      persona,
      fs,
      user: 'root',
      now: () => now() + offset,
      random: () => 0.5,
      // Waiting costs no time in here, but the shell's clock goes on.
      pause: async (ms) => {
        offset += ms;
      },
      report: () => undefined,
      write: () => undefined,
      connection: { peerAddress: '192.0.2.77', peerPort: 40022, localAddress: '192.0.2.5', localPort: 22 },
    });
    const ran = await shell.run(each.command, new Uint8Array());
    const stdout = Buffer.from(ran.stdout).toString('latin1');
    const stderr = Buffer.from(ran.stderr).toString('latin1');
    const same = (own: string, real: string): boolean => (each.isShape ? shapeOf(own) === shapeOf(real) : own === real);
    results.push({
      expected: each,
      stdout,
      stderr,
      exitCode: ran.exitCode,
      isEqual: same(stdout, each.stdout) && same(stderr, each.stderr) && ran.exitCode === each.exitCode,
    });
  }
  return results;
}
