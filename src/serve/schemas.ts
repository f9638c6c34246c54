import { isIP } from 'node:net';
import { z } from 'zod';
import { readSeverity, type Severity, severities } from '../model/index.ts';

/** Shapes that several units use in requests. Query values are text; everything here reads text. */

const isoForm =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:(Z)| ?([+-]|(?<= ))(\d\d):?(\d\d)?)?)?$/i;

/**
 * Epoch ms of a time as people and programs write it; undefined: none. What `Date.parse` makes of other texts (`week 5` is a day
 * in May 2001) would be a guess, and a day that no month has is none.
 */
function epochMs(text: string): number | undefined {
  if (/^-?\d{1,16}(\.\d+)?$/.test(text)) {
    const number = Number(text);
    // Seconds: as milliseconds they would lie in 1970 to 1973, of which there are no logs.
    return number >= 1e9 && number < 1e11 ? number * 1000 : number;
  }
  const found = isoForm.exec(text);
  if (found === null) return undefined;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0)) as number[];
  const ms = Number(`0.${found[7] ?? 0}`) * 1000;
  const [, , , , , , , , , sign, hours, minutes] = found;
  const local = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second, Math.trunc(ms));
  const read = new Date(local).toISOString();
  const isOnClock = (hour ?? 0) < 24 && (minute ?? 0) < 60 && (second ?? 0) < 60;
  if (!isOnClock || !read.startsWith(text.slice(0, 10))) return undefined;
  const offset = Number(hours ?? 0) * 60 + Number(minutes ?? 0);
  return local - (sign === '-' ? -offset : offset) * 60_000;
}

/** A point in time: ISO 8601 (without a zone: UTC), or epoch seconds or milliseconds. Read as epoch ms. */
export const pointInTime = z
  .union([z.string(), z.number()])
  .transform((value, context): number => {
    const text = String(value).trim();
    const read = epochMs(text);
    if (read !== undefined) return read;
    context.addIssue(`"${text}" is no time. Write ISO 8601 such as 2026-11-20T10:00:00Z, or epoch milliseconds`);
    return z.NEVER;
  })
  .meta({ description: 'ISO 8601 time, or epoch milliseconds (seconds are taken as well).' });

/** A list in one query value, split at commas: any of these. */
export const anyOf = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )
  .meta({ description: 'One value, or several with commas between: any of them.' });

export const severityList = anyOf
  .transform((words, context): Severity[] => {
    const read = words.map((word) => readSeverity(word));
    const unknown = words.find((_, i) => read[i] === undefined);
    if (unknown === undefined) return read.filter((each) => each !== undefined);
    context.addIssue(`"${unknown}" is no severity. Use ${severities.join(', ')}`);
    return z.NEVER;
  })
  .meta({ description: `Severities with commas between: ${severities.join(', ')}.` });

export const flag = z
  .enum(['true', 'false', '1', '0', 'yes', 'no'])
  .transform((word) => word === 'true' || word === '1' || word === 'yes');

export const limit = (standard: number, most: number) =>
  z.coerce
    .number()
    .int()
    .min(1)
    .max(most)
    .default(standard)
    .meta({ description: `At most ${most}.` });

const foreignCursor = 'is none that this server gave out. Start again from the first page';
const cursorOf = (shape: RegExp) => z.string().max(200).regex(shape, foreignCursor);

/** Of alerts: a time and an id. */
export const cursor = cursorOf(/^-?\d{1,15}_.{1,100}$/s)
  .optional()
  .meta({ description: 'X-Next-Cursor or `next` of the page before.' });

/** Of events, whose ids are UUIDs. */
export const eventCursor = cursorOf(/^-?\d{1,15}_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i)
  .optional()
  .meta({ description: 'X-Next-Cursor or `next` of the page before.' });

/** Path parameter of anything that is found by id. */
export const idParams = z.object({ id: z.string().min(1).max(200) });

export const errorBody = z
  .object({ detail: z.string(), code: z.string() })
  .meta({ description: 'What was wrong, in a sentence, and a code that does not change.' });

/** An address as text. */
export const address = () =>
  z
    .string()
    .max(64)
    .refine((text) => isIP(text) !== 0, 'no IPv4 or IPv6 address');
