/** The texts between the wildcards of a `wildcard` value: `a*b\*` is ['a', 'b*']. One more than there are wildcards. */
export function wildcardParts(value: string): string[] {
  const parts: string[] = [];
  let part = '';
  for (let i = 0; i < value.length; i += 1) {
    if (value[i] === '*') {
      parts.push(part);
      part = '';
    } else {
      if (value[i] === '\\' && i + 1 < value.length) i += 1;
      part += value[i];
    }
  }
  return [...parts, part];
}

/** The `wildcard` value of the texts between wildcards. */
export const wildcardValue = (parts: readonly string[]): string =>
  parts.map((part) => part.replaceAll(/[\\*]/g, '\\$&')).join('*');

/** Whether a text fits, compared as it is. Linear in the text for each part. */
export function matchesWildcard(text: string, parts: readonly string[]): boolean {
  const first = parts[0] as string;
  const last = parts.at(-1) as string;
  if (parts.length === 1) return text === first;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}
