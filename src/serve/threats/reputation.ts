import { isIP } from 'node:net';
import type { BriefReputation } from '../../model/reputation.ts';
import { briefReputation } from '../reputation/brief.ts';
import type { ReputationControl } from '../reputation/types.ts';
import type { Answer } from './ask.ts';
import type { ThreatKind } from './messages.ts';

/** Addresses of one answer that are asked about: the most severe first. Providers have daily budgets. */
const mostAsked = 50;
/** Of each flood of many addresses. */
const mostOfOne = 10;

/** The answer with what is known against its addresses, as `virustotal` or `source_ip_reputations`. */
export async function withReputation(
  answer: Answer<ThreatKind>,
  known: ReputationControl,
): Promise<Answer<ThreatKind>> {
  const addresses = new Set<string>();
  for (const detection of answer.detections) for (const one of addressesOf(detection)) addresses.add(one);
  const asked = [...addresses].slice(0, mostAsked);
  const found = await known.many(asked);
  const brief = (address: string): BriefReputation | undefined => briefReputation(found.get(address));
  const notes = [...answer.notes];
  if (known.unavailable !== null && asked.length > 0) notes.push(known.unavailable);
  if (addresses.size > asked.length)
    notes.push(`The reputation of the first ${asked.length} of ${addresses.size} addresses was asked for.`);
  const detections = answer.detections.map((detection) => {
    if ('source_ip' in detection) return { ...detection, virustotal: brief(detection.source_ip) };
    const told = addressesOf(detection).flatMap((one): [string, BriefReputation][] => {
      const reputation = brief(one);
      return reputation === undefined ? [] : [[one, reputation]];
    });
    return { ...detection, source_ip_reputations: Object.fromEntries(told) };
  });
  return { ...answer, detections, notes } as Answer<ThreatKind>;
}

function addressesOf(detection: Answer<ThreatKind>['detections'][number]): string[] {
  const all = 'source_ip' in detection ? [detection.source_ip] : detection.source_ips.slice(0, mostOfOne);
  return all.filter((one) => isIP(one) !== 0);
}
