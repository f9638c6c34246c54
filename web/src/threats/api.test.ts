import { describe, expect, test } from 'vitest';
import { isLater } from './api.ts';

const question = (minute: number, more: Record<string, string | number> = {}, hours = 24) => ({
  start_date: new Date(Date.UTC(2026, 10, 21, 12 - hours, minute)).toISOString(),
  end_date: new Date(Date.UTC(2026, 10, 21, 12, minute)).toISOString(),
  ...more,
});

describe('what was found stays while', () => {
  test('only the time moves on', () => {
    expect(isLater(question(1), question(2))).toBe(true);
    expect(
      isLater(
        question(1, { threshold: 5, source_ip: '192.0.2.1' }),
        question(2, { source_ip: '192.0.2.1', threshold: 5 }),
      ),
    ).toBe(true);
  });

  test('and not where another time or another thing is asked', () => {
    expect(isLater(question(1), question(1, {}, 6))).toBe(false);
    expect(isLater(question(2), question(1))).toBe(false);
    expect(isLater(question(1), question(2, { threshold: 20 }))).toBe(false);
    expect(isLater(question(1, { severity: 'HIGH' }), question(2))).toBe(false);
  });
});
