import type { Visit } from '../contract.ts';
import { toPath } from '../host/shell-text.ts';
import { ShellWitness } from '../host/shell-witness.ts';
import type { Persona } from '../persona/types.ts';
import { createFileSystem, createShell } from '../shell/index.ts';
import type { Guest, Guests } from './guests.ts';

/** A page shows so much of what a command wrote. */
const mostOutput = 64 * 1024;
const diskBytes = 1024 * 1024;
/** A page waits so long; the imitated clock goes on by what was left out. */
const longestPauseMs = 100;

/**
 * What a page lets a guest run, in the imitated shell: nothing of this machine. Told like a command of SSH, with what it wanted to
 * fetch, to reach and to write. Gives what it wrote, as byte string.
 */
export async function runInside(
  command: string,
  as: string,
  {
    persona,
    guest,
    guests,
    visit,
    now,
  }: { persona: Persona; guest: Guest; guests: Guests; visit: Visit; now: () => number },
): Promise<string> {
  let skippedMs = 0;
  const time = (): number => now() + skippedMs;
  const witness = new ShellWitness(visit, guest.user, 'exec', null);
  const shell = createShell({
    persona,
    fs: guests.diskOf(guest, () => createFileSystem({ persona, now, fileBytes: diskBytes })),
    user: persona.users.some(({ name }) => name === as) ? as : 'root',
    now: time,
    random: Math.random,
    pause: async (ms) => {
      const waited = Math.min(ms, longestPauseMs);
      skippedMs += ms - waited;
      await new Promise((resolve) => setTimeout(resolve, waited));
    },
    report: witness.report,
    write: () => {},
    caps: { outputBytes: mostOutput, runMs: 10_000, steps: 20_000 },
    connection: { peerAddress: visit.address, peerPort: visit.port, localAddress: visit.localAddress, localPort: 22 },
  });
  const kill = (): void => shell.kill();
  visit.signal.addEventListener('abort', kill, { once: true });
  try {
    const { stdout, stderr, exitCode } = await shell.run(toPath(command), new Uint8Array());
    witness.flush(exitCode);
    return Buffer.from(stdout).toString('latin1') + Buffer.from(stderr).toString('latin1');
  } finally {
    visit.signal.removeEventListener('abort', kill);
    witness.flush();
  }
}
