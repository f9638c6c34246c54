import type { AttackWindow } from './api.ts';
import { windowCount } from './api.ts';

/** Events of windows in so many equal parts of a time: each window's spread evenly from its first to its last event. */
export function barsOf(windows: readonly AttackWindow[], from: number, to: number, parts: number): number[] {
  const bars = new Array<number>(parts).fill(0);
  const width = Math.max(1, to - from) / parts;
  const place = (time: number): number => Math.min(parts - 1, Math.max(0, Math.floor((time - from) / width)));
  for (const window of windows) {
    const first = place(Date.parse(window.window_start));
    const last = place(Date.parse(window.window_end));
    const share = windowCount(window) / (last - first + 1);
    for (let part = first; part <= last; part += 1) bars[part] = (bars[part] ?? 0) + share;
  }
  return bars;
}
