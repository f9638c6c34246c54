import { isoTime } from '../model/index.ts';
import { type Attack, type ThreatRequest, type ThreatResult, threatSeverities } from '../serve/threats/messages.ts';
import { attackOf } from './found.ts';
import type { Ran, ThreatOptions } from './run.ts';

/** What a run has come to, as it is answered. */
export function resultOf(request: ThreatRequest, ran: Ran, options: ThreatOptions, ms: number): ThreatResult {
  const { severities, limit } = request;
  const all = request.detectors.flatMap((one) =>
    (ran.found.get(one.rule_id) ?? []).map((found) => attackOf(one, found)),
  );
  const bySeverity = { LOW: 0, MEDIUM: 0, HIGH: 0, CRITICAL: 0 };
  for (const { severity } of all) bySeverity[severity] += 1;
  const wanted = severities === null ? all : all.filter(({ severity }) => severities.includes(severity));
  wanted.sort(mostSevereFirst);
  const attacks = wanted.slice(0, limit);
  return {
    ...{ attacks, total: wanted.length, bySeverity, events: ran.events },
    ...{ matched: ran.matched, scanned: ran.scanned, seconds: Math.round(ms) / 1000 },
    notes: notesOf(ran, wanted.length - attacks.length, options.maxSeconds),
  };
}

function notesOf(ran: Ran, unlisted: number, maxSeconds: number): string[] {
  const { endedAt, timeline, events, leftOutAttacks, leftOutEvents, evicted, forgotten } = ran;
  const notes: string[] = [];
  if (endedAt !== null)
    notes.push(
      `The run ended after ${maxSeconds} s: nothing from ${isoTime(endedAt)} on was looked at. Choose a shorter time.`,
    );
  if (unlisted > 0)
    notes.push(`${unlisted} less severe detections are counted and not listed. Raise the threshold, or filter.`);
  if (timeline > events.length)
    notes.push(`The first ${events.length} of ${timeline} events are listed. Choose a shorter time.`);
  if (leftOutAttacks > 0)
    notes.push(`${leftOutAttacks} windows of further sources were found and not kept. Raise the threshold.`);
  if (leftOutEvents > 0) notes.push(`Of later windows ${leftOutEvents} events are counted and not listed.`);
  if (evicted > 0)
    notes.push(`${evicted} groups were forgotten while their windows filled, because there were too many at a time.`);
  if (forgotten > 0)
    notes.push(`${forgotten} events were counted by the engine and are missing from the lists of their windows.`);
  return notes;
}

const rankOf = ({ severity }: Attack): number => threatSeverities.indexOf(severity);
const nameOf = ({ rule_id, group }: Attack): string => JSON.stringify([rule_id, group]);
/** Of equals the name decides, so that the order does not depend on which was found first. */
const mostSevereFirst = (a: Attack, b: Attack): number =>
  rankOf(b) - rankOf(a) || b.count - a.count || a.first - b.first || (nameOf(a) < nameOf(b) ? -1 : 1);
