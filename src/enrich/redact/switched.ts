import type { Span } from './span.ts';

/** What is masked only where the operator asked for it. Each appends rising spans that do not overlap. */

/** `local@domain.tld`, limits of RFC 5321 section 4.5.3.1. Walks outward from each '@', so it is linear. */
export function findEmails(text: string, out: Span[]): void {
  for (let at = text.indexOf('@'), from = 0; at >= 0; at = text.indexOf('@', at + 1)) {
    const local = /[\w.!#$%&*+/=?^`{|}~-]{1,64}$/.exec(text.slice(Math.max(from, at - 64), at));
    const domain = /^[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8}\.[A-Za-z]{2,24}(?![A-Za-z0-9])/.exec(
      text.slice(at + 1, at + 256),
    );
    if (local === null || domain === null) continue;
    const name = local[0].replace(/^[^A-Za-z0-9_]*/, '').replace(/^.*[=&?/]/, '');
    if (name === '') continue;
    from = at + 1 + domain[0].length;
    out.push({ start: at - name.length, end: from, marker: '[EMAIL-REDACTED]', kind: 'email' });
  }
}

const phones =
  /\+\d{1,3}(?:[ .-]?\(?\d{1,4}\)?){2,5}(?!\d)|(?<![\w.-])(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4}(?![\w-]|\.\d)/g;

/** `+` and 8 to 15 digits (E.164), or a North American number with its groups apart. */
export function findPhones(text: string, out: Span[]): void {
  for (const match of text.matchAll(phones)) {
    const digits = match[0].replace(/\D/g, '').length;
    if (digits < 8 || digits > 15) continue;
    out.push({ start: match.index, end: match.index + match[0].length, marker: '[PHONE-REDACTED]', kind: 'phone' });
  }
}

const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const internal = new RegExp(
  `(?<![\\w.])(?:10\\.${octet}|172\\.(?:1[6-9]|2\\d|3[01])|192\\.168)\\.${octet}\\.${octet}(?![\\w]|\\.\\d)` +
    '|(?<![\\w:])(?:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f])(?::[0-9a-f]{0,4}){2,7}(?![\\w:])',
  'gi',
);

/** Private addresses: RFC 1918, RFC 4193 (fc00::/7) and link-local fe80::/10. */
export function findInternalAddresses(text: string, out: Span[]): void {
  for (const match of text.matchAll(internal)) {
    out.push({ start: match.index, end: match.index + match[0].length, marker: '[INTERNAL-IP]', kind: 'internal_ip' });
  }
}
