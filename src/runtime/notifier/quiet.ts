/* Times of day in a zone. Pure: the time is handed in. */

export interface QuietHours {
  /** `22:00`; empty: none. */
  quietFrom: string;
  quietTo: string;
  /** IANA zone; empty: the host's. */
  quietZone: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', {
      ...(zone !== '' && { timeZone: zone }),
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
    formats.set(zone, format);
  }
  return format;
}

/** Date and minutes since midnight on the clock of a zone. */
function localTime(time: number, zone: string): { date: string; minutes: number } {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(time)
      .map(({ type, value }) => [type, value]),
  );
  return {
    date: `${parts.year}-${parts.month}-${parts.day}`,
    minutes: Number(parts.hour) * 60 + Number(parts.minute),
  };
}

const minutesOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

const minuteMs = 60_000;

/** When the quiet hours that `now` lies in end; null: it is not quiet. The same time twice, or none, means never. */
export function quietUntil(now: number, { quietFrom, quietTo, quietZone }: QuietHours): number | null {
  if (quietFrom === '' || quietTo === '' || quietFrom === quietTo) return null;
  const { minutes } = localTime(now, quietZone);
  const [from, to] = [minutesOf(quietFrom), minutesOf(quietTo)];
  const isQuiet = from < to ? minutes >= from && minutes < to : minutes >= from || minutes < to;
  if (!isQuiet) return null;
  const left = (to - minutes + 1440) % 1440;
  const end = Math.floor(now / minuteMs) * minuteMs + left * minuteMs;
  // Where clocks are changed in between, the end is an hour off: look where it really is.
  const off = minutesOf(quietTo) - localTime(end, quietZone).minutes;
  return Math.abs(off) <= 120 ? Math.max(now + 1, end + off * minuteMs) : end;
}

/** What names the digest that is due at a time: another name than the last one's means it is due. Null: no digest. */
export function digestSlot(
  now: number,
  { digest, digestHour, quietZone }: { digest: 'off' | 'hourly' | 'daily'; digestHour: number; quietZone: string },
): string | null {
  if (digest === 'off') return null;
  const { date, minutes } = localTime(now, quietZone);
  if (digest === 'hourly') return `${date} ${Math.floor(minutes / 60)}`;
  if (minutes >= digestHour * 60) return date;
  return localTime(now - (minutes + 1) * minuteMs, quietZone).date;
}
