/**
 * Offsets of time zones, for lines that state none.
 *
 * @param zone IANA name, or null for the host's zone.
 * @returns offset from UTC in minutes at a local time that is given as if it were UTC (epoch ms). Cached per hour,
 *   since asking the zone database costs microseconds. Throws a sentence where the name is unknown.
 */
export function zoneOffsets(zone: string | null): (localEpochMs: number) => number {
  const cache = new Map<number, number>();
  const ask = zone === null ? hostOffset : namedOffset(zone);
  return (local) => {
    const hour = Math.floor(local / 3_600_000);
    let offset = cache.get(hour);
    if (offset === undefined) {
      if (cache.size > 10_000) cache.clear();
      // Local time → UTC needs the offset at that instant: guess with the local time, then once more with the guess.
      const first = ask(local);
      offset = ask(local - first * 60_000);
      cache.set(hour, offset);
    }
    return offset;
  };
}

const hostOffset = (epochMs: number): number => -new Date(epochMs).getTimezoneOffset();

function namedOffset(zone: string): (epochMs: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw new Error(`Unknown time zone "${zone}". Use a name such as Europe/Berlin, America/New_York or UTC.`);
  }
  return (epochMs) => {
    const part = Object.fromEntries(format.formatToParts(epochMs).map(({ type, value }) => [type, Number(value)]));
    const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    const local = Date.UTC(year, month - 1, day, hour, minute, second);
    return Math.round((local - Math.floor(epochMs / 1000) * 1000) / 60_000);
  };
}
