import type { Event } from '../../model/index.ts';
import { defineFormat } from '../contract.ts';
import { judge } from '../verdict.ts';

function note(event: Event, failed: boolean, by?: string, target?: string, tty?: string): true {
  event.user = by ?? null;
  if (target !== undefined) event.fields.target_user = target;
  if (tty !== undefined) event.fields.tty = tty;
  return failed
    ? judge(event, 'privilege.denied', 'failure', 'medium')
    : judge(event, 'privilege.su', 'success', 'low');
}

/** One line of su. `own`: its header says that su wrote it, so that the shortest dialects may be believed. */
function readSu(event: Event, text: string, own: boolean): boolean {
  const solaris = /^'?su ([^'\s]+)'? (failed|succeeded) for (\S+)(?: on (\S+))?/.exec(text);
  if (solaris !== null) return note(event, solaris[2] === 'failed', solaris[3], solaris[1], solaris[4]);
  const utilLinux = /^(FAILED SU )?\(to (\S+)\) (\S+) on (\S+)/.exec(text);
  if (utilLinux !== null) return note(event, utilLinux[1] !== undefined, utilLinux[3], utilLinux[2], utilLinux[4]);
  const shadow = /^(FAILED|Successful) su for (\S+) by (\S+)/.exec(text);
  if (shadow !== null) return note(event, shadow[1] === 'FAILED', shadow[3], shadow[2]);
  const bsd = /^(BAD SU )?(\S+) to (\S+) on (\/dev\/\S+|\S+)$/.exec(text);
  if (bsd !== null && (own || bsd[1] !== undefined)) return note(event, bsd[1] !== undefined, bsd[2], bsd[3], bsd[4]);
  if (!own) return false;
  const signed = /^([+-]) (\S+) ([^\s:]+)[:-](\S+)$/.exec(text);
  if (signed !== null) return note(event, signed[1] === '-', signed[3], signed[4], signed[2]);
  return (
    /^\S+: (?:Authentication failure|Permission denied|incorrect password)/i.test(text) &&
    note(event, true, undefined, undefined)
  );
}

/**
 * su in the words of util-linux (`(to root) alice on pts/0`, `FAILED SU (to root) alice on …`), shadow
 * (`Successful su for root by alice`, `+ /dev/pts/0 alice:root`), BSD (`BAD SU alice to root on …`, `alice to root on …`), Solaris and HP-UX
 * (`'su root' failed for alice on /dev/pts/8`).
 */
export const su = defineFormat({
  name: 'su',
  description: 'su: users who switched to another user, and those who failed to, in all dialects.',
  programs: ['su', 'runuser', 'su-l'],
  leads: "'BFS(",
  parse(event, text) {
    if (text.startsWith('pam_')) return false;
    const own = event.program !== null;
    if (!readSu(event, text, own) && !own) return false;
    event.format = 'su';
    return true;
  },
});
