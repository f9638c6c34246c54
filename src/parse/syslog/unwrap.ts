import type { Event } from '../../model/index.ts';
import { facilities, levels } from '../../model/index.ts';

const solaris = /^\[ID \d{1,10} ([a-z0-9]{1,12})\.([a-z]{1,10})\] /;
const repeated = /^message repeated (\d{1,9}) times: \[ ?/;

/**
 * What syslog daemons put around a message: Solaris' `[ID 800047 auth.info] …`, and `message repeated 3 times: [ …]`,
 * whose count goes to `fields.repeated`.
 */
export function unwrap(event: Event, text: string): string {
  const first = text.charCodeAt(0);
  if (first === 91 && text.startsWith('[ID ')) {
    const found = solaris.exec(text.slice(0, 64));
    if (found === null) return text;
    event.facility ??= facilities.find((name) => name === found[1]) ?? null;
    event.level ??= levels.find((name) => name.startsWith(found[2] ?? '')) ?? null;
    return text.slice(found[0].length);
  }
  if (first === 109 && text.startsWith('message repeated ')) {
    const found = repeated.exec(text.slice(0, 64));
    if (found === null) return text;
    event.fields.repeated = Number(found[1]);
    return text.slice(found[0].length, text.endsWith(']') ? -1 : undefined);
  }
  return text;
}
