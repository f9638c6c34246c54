import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { CaptureJob } from './messages.ts';

/*
 * tcpdump or dumpcap: the program that may read packets. Phosor itself never holds that right. What people set becomes single
 * arguments, never a command line.
 */

const sent = ['/usr/bin', '/usr/sbin', '/sbin', '/bin', '/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin'];

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The full path of the program that is to be used; null: there is none. */
export function findProgram(wanted: string): string | null {
  if (wanted.startsWith('/')) return isExecutable(wanted) ? wanted : null;
  const folders = [
    ...new Set([...(process.env.PATH ?? '').split(':').filter((part) => part.startsWith('/')), ...sent]),
  ];
  for (const name of wanted === '' ? ['tcpdump', 'dumpcap'] : [wanted]) {
    for (const folder of folders) if (isExecutable(join(folder, name))) return join(folder, name);
  }
  return null;
}

export const isDumpcap = (program: string): boolean => /\/dumpcap[^/]*$/.test(program);

function argumentsOf(job: CaptureJob): string[] {
  const { program, filter, snapLength, bufferMb, immediate } = job;
  const own = ['-i', job.interface, '-s', String(snapLength), '-w', '-'];
  if (isDumpcap(program)) return [...own, '-q', '-B', String(bufferMb), ...(filter === '' ? [] : ['-f', filter])];
  // -U: what has come is written at once, not when 4 KiB are full. (SIGUSR2 would flush as well, and cuts packets in two.)
  const speed = immediate ? ['-U', '--immediate-mode'] : ['-U'];
  return [...own, '-n', '-B', String(bufferMb * 1024), ...speed, ...(filter === '' ? [] : ['--', filter])];
}

/** What the program says about itself: packets it saw and lost, and what is wrong. */
export class HelperVoice {
  received: number | null = null;
  lost: number | null = null;
  #text = '';

  hear(chunk: string): void {
    this.#text = (this.#text + chunk).slice(-4000);
    const last = (pattern: RegExp): number | null => {
      const found = [...this.#text.matchAll(pattern)].at(-1)?.[1];
      return found === undefined ? null : Number(found);
    };
    const both = [...this.#text.matchAll(/received\/dropped on interface [^:]*: (\d+)\/(\d+)/g)].at(-1);
    this.received = last(/(\d+) packets? received by filter/g) ?? (both ? Number(both[1]) : this.received);
    const dropped = last(/(\d+) packets? dropped by kernel/g);
    const byInterface = last(/(\d+) packets? dropped by interface/g) ?? 0;
    this.lost = dropped === null ? (both ? Number(both[2]) : this.lost) : dropped + byInterface;
  }

  /** Its last words that are no figures. */
  complaint(): string {
    const lines = this.#text
      .split('\n')
      .map((line) => line.replace(/^(?:tcpdump|dumpcap): /, '').trim())
      .filter(
        (line) =>
          line !== '' && !/packets? (?:captured|received|dropped)|listening on|data link|snapshot length/i.test(line),
      );
    return lines.slice(-3).join(' ').slice(0, 400);
  }
}

/** Why it ended, for people. */
export function explainEnd(
  program: string,
  complaint: string,
): { detail: string; hint: string | null; isFinal: boolean } {
  const name = isDumpcap(program) ? 'dumpcap' : 'tcpdump';
  if (/permission|not permitted|are you root|CAP_NET/i.test(complaint)) {
    return {
      detail: `${name} may not read packets: ${complaint}`,
      hint: `Give the program the right, not Phosor: sudo setcap cap_net_raw,cap_net_admin=eip ${program}. In a container or a service with NoNewPrivileges that has no effect: give cap_net_raw to the container, or start Phosor with it.`,
      isFinal: true,
    };
  }
  if (/syntax error|can't parse filter|expression|filter expression/i.test(complaint))
    return {
      detail: `The filter is not understood: ${complaint}`,
      hint: 'Correct capture.filter: it is written as for tcpdump.',
      isFinal: true,
    };
  if (/no such device|doesn't exist|does not exist|no such interface/i.test(complaint))
    return {
      detail: `There is no such interface: ${complaint}`,
      hint: 'Choose one of the interfaces that are listed.',
      isFinal: true,
    };
  return { detail: `${name} ended${complaint === '' ? '.' : `: ${complaint}`}`, hint: null, isFinal: false };
}

export const noProgram = {
  detail: 'Neither tcpdump nor dumpcap is installed, and Phosor reads no packets by itself.',
  hint: 'Debian, Ubuntu: sudo apt install tcpdump. Fedora: sudo dnf install tcpdump. Everything else of Phosor works without.',
};

export const startHelper = (job: CaptureJob): ChildProcess =>
  spawn(job.program, argumentsOf(job), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' },
  });
