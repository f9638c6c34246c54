import type { Event } from '../../model/index.ts';
import type { ParseContext } from '../contract.ts';
import { defineFormat } from '../contract.ts';
import { readEmbedded } from '../embedded.ts';
import { noteRefusal, readLogin, readTrouble, takeClient } from '../sentence.ts';
import { readTime } from '../time/any.ts';
import { applyStamp } from '../time/apply.ts';
import { stamp } from '../time/stamp.ts';
import { judgeByLevel, levelOf } from '../verdict.ts';

function isWord(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

/** Time and level in front of a message, in either order and any of the usual brackets. Returns where the message begins. */
function readFront(event: Event, text: string, context: ParseContext): number {
  let at = 0;
  let messageAt = 0;
  const limit = Math.min(text.length, 160);
  for (let words = 0; words < 8 && at < limit; words += 1) {
    // Opening brackets, separators and blanks.
    while (at < limit && /[\s[\](){}<>|:,;*-]/.test(text[at] ?? '')) at += 1;
    if (at >= limit) break;
    if (!event.has_time && readTime(text, at)) {
      const { end } = stamp;
      applyStamp(event, context);
      at = end;
      messageAt = at;
      continue;
    }
    const from = at;
    while (at < limit && isWord(text.charCodeAt(at))) at += 1;
    if (at > from) {
      const next = text.charCodeAt(at);
      const word = text.slice(from, at);
      const level = event.level === null ? levelOf(word) : null;
      // `error` inside a sentence is no level: it stands in capitals, in brackets, or before a colon or bar.
      const framed =
        next === 93 || next === 58 || next === 124 || next === 41 || next === 62 || text.charCodeAt(from - 1) === 91;
      const shouted = word === word.toUpperCase();
      // `app.ERROR:`, `local.INFO:` (Monolog): the level is the second half.
      if (level === null && next === 46 && event.level === null) {
        const behind = /^\.([A-Z]{4,9})(?=[:\s])/.exec(text.slice(at, at + 12));
        const channel = behind === null ? null : levelOf(behind[1] ?? '');
        if (behind !== null && channel !== null) {
          event.level = channel;
          at += behind[0].length;
          messageAt = at;
          continue;
        }
      }
      if (level !== null && (framed || ((shouted || words <= 1) && (next === 32 || Number.isNaN(next))))) {
        if (shouted || framed || event.has_time) {
          event.level = level;
          messageAt = at;
          continue;
        }
      }
    }
    while (at < limit && !/[\s\]|]/.test(text[at] ?? '')) at += 1;
    if (event.has_time && event.level !== null) break;
  }
  while (messageAt < limit && /[\s\]:|,)>-]/.test(text[messageAt] ?? '')) messageAt += 1;
  return messageAt;
}

/**
 * Stands behind all other formats: what an unknown program says in usual words. A refused login becomes `auth.failure`,
 * errors and warnings keep their level, a labelled client address is taken. What says nothing of that stays `raw`.
 */
export const general = defineFormat({
  name: 'general',
  description:
    'Any other line: time and level in front, refused and accepted logins in usual words, trouble such as a full disk.',
  anyProgram: true,
  parse(event, text, context) {
    const framed = event.program !== null || event.has_time || event.host !== null;
    const level = event.level;
    const messageAt = framed ? 0 : readFront(event, text, context);
    if (framed && event.level === null) readLevelOnly(event, text);
    const message = messageAt > 0 && messageAt < text.length ? text.slice(messageAt) : text;
    if (message.endsWith('}') || message.endsWith(']')) {
      if (readEmbedded(event, message, context)) {
        event.format = 'json';
        return true;
      }
    }
    let known = readLogin(event, message, text);
    if (!known) {
      known = readTrouble(event, message);
      if (!known && event.level !== null) {
        judgeByLevel(event);
        known = event.event_type !== 'message';
      }
      if (takeClient(event, message, text)) known = true;
    }
    if (!known && !(event.has_time && !framed) && event.level === level) return false;
    if (!framed && messageAt > 0 && messageAt < text.length) event.message = message;
    noteRefusal(event, message);
    event.format = 'general';
    return true;
  },
});

/** A level word at the very front of a syslog message: `ERROR: …`, `[warn] …`, `WARN  …`. */
function readLevelOnly(event: Event, text: string): void {
  const found = /^[[(<]?([A-Za-z]{3,13})[\]):>| ]/.exec(text.slice(0, 20));
  if (found === null) return;
  const word = found[1] ?? '';
  const level = levelOf(word);
  const bracketed = !found[0].startsWith(word) || /[:\]|]$/.test(found[0]);
  if (level !== null && (bracketed || word === word.toUpperCase())) event.level = level;
}
