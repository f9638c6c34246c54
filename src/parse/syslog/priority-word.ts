import type { Event } from '../../model/index.ts';
import { facilities, levels } from '../../model/index.ts';

const word = /^<?([a-z]{2,8}\d?|\d{1,2})\.([a-z]{3,9}|[0-7])>? /;

/**
 * `auth.info ` or `<4.6> ` in front of the tag: FreeBSD's `syslogd -v`, syslog-ng's templates.
 * Sets facility and level. Returns where the next word begins, `at` itself where there is no such word.
 */
export function takePriorityWord(event: Event, text: string, at: number): number {
  const found = word.exec(text.slice(at, at + 24));
  if (found === null) return at;
  const [whole, first = '', second = ''] = found;
  const facility = /^\d/.test(first) ? facilities[Number(first)] : facilities.find((name) => name === first);
  const level = /^\d/.test(second) ? levels[Number(second)] : levels.find((name) => name.startsWith(second));
  if (facility === undefined || level === undefined) return at;
  event.facility ??= facility;
  event.level ??= level;
  return at + whole.length;
}
