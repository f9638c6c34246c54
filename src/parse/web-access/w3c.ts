import type { Event } from '../../model/index.ts';
import { asAddress } from '../address.ts';
import type { ParseContext } from '../contract.ts';
import { applyStamp } from '../time/apply.ts';
import { readIso } from '../time/iso.ts';
import { stamp } from '../time/stamp.ts';
import { applyRequest } from '../web-request.ts';

/**
 * W3C extended log of IIS in its usual order: date time [site [server]] s-ip method stem query port user c-ip
 * [version] agent [cookie] [referrer] [host] status sub-status win32-status … The first address is the server's.
 */
const line =
  /^ (?:W3SVC\d{1,9} (?:\S{1,64} )?)?([\d.]{7,15}|[\da-fA-F:.]{3,45}) ([A-Z]{3,10}) ([/*]\S*) (\S+) (\d{1,5}) (\S+) ([\d.]{7,15}|[\da-fA-F:.]{3,45}) (?:HTTP\/[\d.]{1,4} )?(\S+) (?:(\S+) ){0,3}?([1-5]\d\d) \d{1,5} \d{1,10}(?: |$)/;

const orEmpty = (text: string | undefined): string => (text === undefined || text === '-' ? '' : text);

/** Reads such a line. False, and the event as it was, where it is none. */
export function readW3c(event: Event, text: string, context: ParseContext): boolean {
  if (text.charCodeAt(4) !== 45 || !readIso(text, 0) || text.charCodeAt(stamp.end) !== 32) return false;
  const { end } = stamp;
  const found = line.exec(text.length > 8192 ? text.slice(end, end + 8192) : text.slice(end));
  if (found === null) return false;
  const server = asAddress(found[1] ?? '');
  const client = asAddress(found[7] ?? '');
  if (server === null || client === null) return false;
  readIso(text, 0);
  // IIS writes UTC without saying so.
  stamp.zone ??= 0;
  applyStamp(event, context);
  event.src_ip = client;
  event.dst_ip = server;
  event.dst_port = Number(found[5]) <= 65_535 ? Number(found[5]) : null;
  const user = orEmpty(found[6]);
  if (user !== '') event.user = user;
  const query = orEmpty(found[4]);
  applyRequest(event, {
    method: found[2] ?? '',
    target: (found[3] ?? '') + (query === '' ? '' : `?${query}`),
    version: '',
    status: Number(found[10]),
    bytes: -1,
    referrer: orEmpty(found[9]),
    agent: orEmpty(found[8]).replaceAll('+', ' '),
    host: '',
  });
  event.format = 'web-access';
  return true;
}
