import { isCard, isSsn } from './numbers.ts';
import type { Span } from './span.ts';

const isAlphanumeric = (c: number): boolean => (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122);

/** Digit groups joined by single spaces or dashes. Returns where the run of groups ends. */
export function numbers(text: string, from: number, out: Span[]): number {
  const n = text.length;
  let i = from;
  let total = 0;
  let groups = 0;
  for (;;) {
    let c = text.charCodeAt(i);
    const groupStart = i;
    while (c >= 48 && c <= 57) {
      i += 1;
      c = i < n ? text.charCodeAt(i) : 0;
    }
    total += i - groupStart;
    groups += 1;
    if (c !== 45 && c !== 32) break;
    const next = i + 1 < n ? text.charCodeAt(i + 1) : 0;
    if (next < 48 || next > 57) break;
    i += 1;
  }
  if (total >= 9 && (groups >= 3 || total >= 13)) numberRun(text, from, i, out);
  return i;
}

const cardShapes: readonly (readonly number[])[] = [
  [4, 4, 4, 4, 3],
  [4, 4, 4, 4],
  [4, 4, 4, 1],
  [4, 6, 5],
  [4, 6, 4],
];

/** Looks for numbers in one run of groups. Rare: most lines never get here. */
function numberRun(text: string, from: number, to: number, out: Span[]): void {
  const before = from > 0 ? text.charCodeAt(from - 1) : 32;
  const after = to < text.length ? text.charCodeAt(to) : 32;
  const groups: { start: number; end: number }[] = [];
  for (let i = from; i < to; ) {
    let end = i;
    while (end < to && text.charCodeAt(end) !== 45 && text.charCodeAt(end) !== 32) end += 1;
    groups.push({ start: i, end });
    i = end + 1;
  }
  const length = (g: number): number => {
    const group = groups[g];
    return group === undefined ? 0 : group.end - group.start;
  };
  const joint = (g: number): number => text.charCodeAt((groups[g] as { end: number }).end);
  for (let g = 0; g < groups.length; ) {
    const first = groups[g] as { start: number; end: number };
    const glued = g === 0 && (isAlphanumeric(before) || before === 95 || before === 46 || before >= 128);
    const used = glued ? 0 : (ssnAt(g) ?? cardAt(g));
    if (used > 0) {
      const last = groups[g + used - 1] as { end: number };
      const kind = used === 3 && length(g) === 3 ? 'ssn' : 'card';
      out.push({
        start: first.start,
        end: last.end,
        marker: kind === 'ssn' ? '[SSN-REDACTED]' : '[CARD-REDACTED]',
        kind,
      });
    }
    g += Math.max(1, used);
  }

  function closed(g: number, used: number): boolean {
    return g + used < groups.length || !(isAlphanumeric(after) || after === 95);
  }

  /** 3-2-4 with one kind of joint, and nothing of that kind joined to either side. */
  function ssnAt(g: number): 3 | null {
    if (length(g) !== 3 || length(g + 1) !== 2 || length(g + 2) !== 4) return null;
    const kind = joint(g);
    if (joint(g + 1) !== kind || !closed(g, 3)) return null;
    if (g > 0 && joint(g - 1) === kind) return null;
    if (g + 3 < groups.length && joint(g + 2) === kind) return null;
    if (g === 0 && before === 45 && kind === 45) return null;
    if (g + 3 === groups.length && after === 45 && kind === 45) return null;
    const part = (k: number): number => Number(text.slice(groups[g + k]?.start, groups[g + k]?.end));
    return isSsn(part(0), part(1), part(2)) ? 3 : null;
  }

  function cardAt(g: number): number {
    if (length(g) >= 13) {
      return length(g) <= 19 && closed(g, 1) && isCard(text.slice(groups[g]?.start, groups[g]?.end)) ? 1 : 0;
    }
    for (const shape of cardShapes) {
      if (!shape.every((wanted, k) => length(g + k) === wanted) || !closed(g, shape.length)) continue;
      let digits = '';
      let same = true;
      for (let k = 0; k < shape.length; k += 1) {
        digits += text.slice(groups[g + k]?.start, groups[g + k]?.end);
        if (k > 0 && joint(g + k - 1) !== joint(g)) same = false;
      }
      if (same && isCard(digits)) return shape.length;
    }
    return 0;
  }
}
