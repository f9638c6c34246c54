/**
 * The one spelling of an IPv6 address (RFC 5952): no leading zeros, the longest run of zero groups as `::`. The kernel's
 * firewall writes all eight groups in full, sshd the short form; only then are they the same source.
 *
 * @param text a valid address in lower case without a zone.
 */
export function canonicalIpv6(text: string): string {
  if (!text.includes(':0') && !text.startsWith('0')) return text;
  if (text.includes('.')) return text;
  const [head = '', tail] = text.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array.from({ length: gap }, () => '0'), ...right].map((group) =>
    group.replace(/^0{1,3}(?=.)/, ''),
  );
  let start = -1;
  let longest = 1;
  for (let i = 0; i < groups.length; i += 1) {
    let end = i;
    while (groups[end] === '0') end += 1;
    if (end - i > longest) {
      start = i;
      longest = end - i;
    }
    if (end > i) i = end;
  }
  if (start < 0) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + longest).join(':')}`;
}
