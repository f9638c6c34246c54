import { curly } from '../bytes.ts';
import { type Call, getopt } from '../run/call.ts';
import { two } from './presence.ts';

const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

function dateText(format: string, at: number): string {
  const date = new Date(at);
  const hours = date.getUTCHours();
  const fields = new Map<string, () => string>([
    ['a', () => (dayNames[date.getUTCDay()] as string).slice(0, 3)],
    ['A', () => dayNames[date.getUTCDay()] as string],
    ['b', () => (monthNames[date.getUTCMonth()] as string).slice(0, 3)],
    ['h', () => (monthNames[date.getUTCMonth()] as string).slice(0, 3)],
    ['B', () => monthNames[date.getUTCMonth()] as string],
    ['d', () => two(date.getUTCDate())],
    ['e', () => String(date.getUTCDate()).padStart(2)],
    ['H', () => two(hours)],
    ['I', () => two(hours % 12 || 12)],
    ['k', () => String(hours).padStart(2)],
    ['l', () => String(hours % 12 || 12).padStart(2)],
    ['j', () => String(Math.floor((at - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1).padStart(3, '0')],
    ['m', () => two(date.getUTCMonth() + 1)],
    ['M', () => two(date.getUTCMinutes())],
    ['S', () => two(date.getUTCSeconds())],
    ['N', () => `${String(at % 1000).padStart(3, '0')}${String((at * 7919) % 1_000_000).padStart(6, '0')}`],
    ['p', () => (hours < 12 ? 'AM' : 'PM')],
    ['P', () => (hours < 12 ? 'am' : 'pm')],
    ['s', () => String(Math.floor(at / 1000))],
    ['u', () => String(date.getUTCDay() || 7)],
    ['w', () => String(date.getUTCDay())],
    ['y', () => two(date.getUTCFullYear() % 100)],
    ['Y', () => String(date.getUTCFullYear())],
    ['C', () => two(Math.floor(date.getUTCFullYear() / 100))],
    ['Z', () => 'UTC'],
    ['z', () => '+0000'],
    ['n', () => '\n'],
    ['t', () => '\t'],
    ['%', () => '%'],
    ['F', () => dateText('%Y-%m-%d', at)],
    ['T', () => dateText('%H:%M:%S', at)],
    ['D', () => dateText('%m/%d/%y', at)],
    ['R', () => dateText('%H:%M', at)],
    ['c', () => dateText('%a %d %b %Y %I:%M:%S %p %Z', at)],
    ['x', () => dateText('%m/%d/%Y', at)],
    ['X', () => dateText('%r', at)],
    ['r', () => dateText('%I:%M:%S %p', at)],
  ]);
  return format.replace(/%[-_0^#]?([a-zA-Z%])/g, (whole, letter: string) => {
    const value = fields.get(letter)?.() ?? whole;
    return whole[1] === '-' ? value.replace(/^[0 ]+(?=\d)/, '') : value;
  });
}

export function date(call: Call): number {
  const options = getopt(call, 'd:uIRs:r:f:', {
    'date=': 'd',
    utc: 'u',
    universal: 'u',
    'rfc-email': 'R',
    'iso-8601': 'I',
    'set=': 's',
    'reference=': 'r',
    'rfc-3339=': '3',
  });
  if (!options) return 1;
  let at = call.now;
  const given = options.get('d');
  if (given !== undefined) {
    const relative = /^(?:now\s*)?([-+]?\d+)\s*(sec|second|min|minute|hour|day|week|month|year)s?(\s+ago)?$/.exec(
      given.trim(),
    );
    const unit: Record<string, number> = {
      sec: 1e3,
      second: 1e3,
      min: 6e4,
      minute: 6e4,
      hour: 36e5,
      day: 864e5,
      week: 6048e5,
      month: 2592e6,
      year: 31536e6,
    };
    const parsed = Date.parse(/[zZ]|[-+]\d\d:?\d\d$|UTC|GMT/.test(given) ? given : `${given} UTC`);
    if (/^@\d+/.test(given)) at = Number(given.slice(1)) * 1000;
    else if (relative) at += Number(relative[1]) * (unit[relative[2] as string] as number) * (relative[3] ? -1 : 1);
    else if (given === 'yesterday') at -= 86_400_000;
    else if (given === 'tomorrow') at += 86_400_000;
    else if (!['now', 'today', ''].includes(given)) {
      if (Number.isNaN(parsed)) return call.fail(`invalid date ${curly(given)}`);
      at = parsed;
    }
  }
  if (options.has('s'))
    return call.actor.uid === 0
      ? call.say('out', `${dateText('%a %b %e %H:%M:%S %Z %Y', at)}\n`, 0)
      : call.fail('cannot set date: Operation not permitted');
  const [format] = options.rest;
  if (format !== undefined && !format.startsWith('+')) return call.fail(`invalid date ${curly(format)}`);
  const iso = options.has('I') ? '%Y-%m-%d' : options.has('R') ? '%a, %d %b %Y %H:%M:%S %z' : null;
  call.out(`${dateText(format?.slice(1) ?? iso ?? '%a %b %e %H:%M:%S %Z %Y', at)}\n`);
  return 0;
}
