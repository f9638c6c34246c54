import type { Event } from '../../model/index.ts';
import { defineFormat } from '../contract.ts';
import { judge } from '../verdict.ts';

function failed(event: Event, by: string | undefined, target: string | undefined): true {
  event.user = by ?? null;
  if (target !== undefined) event.fields.target_user = target;
  return judge(event, 'privilege.denied', 'failure', 'medium');
}

function switched(event: Event, by: string | undefined, target: string | undefined): true {
  event.user = by ?? null;
  if (target !== undefined) event.fields.target_user = target;
  return judge(event, 'privilege.su', 'success', 'low');
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
    let found = /^'?su ([^'\s]+)'? (failed|succeeded) for (\S+)(?: on (\S+))?/.exec(text);
    if (found !== null) {
      if (found[2] === 'failed') failed(event, found[3], found[1]);
      else switched(event, found[3], found[1]);
      if (found[4] !== undefined) event.fields.tty = found[4];
    } else if ((found = /^(FAILED SU )?\(to (\S+)\) (\S+) on (\S+)/.exec(text)) !== null) {
      if (found[1] !== undefined) failed(event, found[3], found[2]);
      else switched(event, found[3], found[2]);
      event.fields.tty = found[4] ?? '';
    } else if ((found = /^(FAILED|Successful) su for (\S+) by (\S+)/.exec(text)) !== null) {
      if (found[1] === 'FAILED') failed(event, found[3], found[2]);
      else switched(event, found[3], found[2]);
    } else if (
      (found = /^(BAD SU )?(\S+) to (\S+) on (\/dev\/\S+|\S+)$/.exec(text)) !== null &&
      (own || found[1] !== undefined)
    ) {
      if (found[1] !== undefined) failed(event, found[2], found[3]);
      else switched(event, found[2], found[3]);
      event.fields.tty = found[4] ?? '';
    } else if (own && (found = /^([+-]) (\S+) ([^\s:]+)[:-](\S+)$/.exec(text)) !== null) {
      if (found[1] === '-') failed(event, found[3], found[4]);
      else switched(event, found[3], found[4]);
      event.fields.tty = found[2] ?? '';
    } else if (
      own &&
      (found = /^(\S+): (?:Authentication failure|Permission denied|incorrect password)/i.exec(text)) !== null
    ) {
      failed(event, undefined, undefined);
    } else if (!own) {
      return false;
    }
    event.format = 'su';
    return true;
  },
});
