/**
 * The data's way in one screen:
 *
 *   record → parse → enrich (redact, …) → stamp id → match → correlate → alerts
 *
 * Live, replay, rule tests and the rule editor's test box all run this one function, so they cannot disagree.
 */
import type { AlertChange, Correlator, RuleSet } from './detect/contract.ts';
import type { Enrichment } from './enrich/contract.ts';
import type { Event, LogRecord, Match, SourceInfo } from './model/index.ts';
import { eventId, hashText, placeHash } from './model/index.ts';
import type { ParseContext } from './parse/contract.ts';
import { parseRecord } from './parse/index.ts';

export interface PipelineParts {
  /** Zone and year that a source's lines are read with. */
  contextOf: (origin: SourceInfo) => ParseContext;
  enrichments: readonly Enrichment[];
  rules: RuleSet;
  correlator: Correlator;
  /** 32 random bits, for events whose source has no identity. */
  random: () => number;
}

export interface Pipeline {
  /** parse + enrich + stamp: everything that concerns one event alone. */
  understand(record: LogRecord): Event;
  /**
   * match + correlate: what this event means beside the others.
   *
   * @param between is called with the matches, which it may change, before they are correlated
   */
  detect(event: Event, seq: number, between?: (matches: Match[]) => void): AlertChange[];
  setRules(rules: RuleSet): void;
  setEnrichments(enrichments: readonly Enrichment[]): void;
}

const nothing: AlertChange[] = [];

export function createPipeline(parts: PipelineParts): Pipeline {
  const { contextOf, correlator, random } = parts;
  const matches: Match[] = [];
  const identities = new Map<string, readonly [number, number]>();
  let { rules, enrichments } = parts;

  const hashOf = (identity: string): readonly [number, number] => {
    let hash = identities.get(identity);
    if (hash === undefined) {
      if (identities.size > 10_000) identities.clear();
      hash = hashText(identity);
      identities.set(identity, hash);
    }
    return hash;
  };

  return {
    understand(record) {
      const event = parseRecord(record, contextOf(record.origin));
      for (const enrichment of enrichments) enrichment.apply(event);
      const { identity } = record.origin;
      if (identity !== '' && record.position >= 0) {
        const [a, b, c] = placeHash(hashOf(identity), record.position);
        event.id = eventId(event.time, a, b, c);
      } else {
        event.id = eventId(event.time, random(), random(), random());
      }
      return event;
    },
    detect(event, seq, between) {
      matches.length = 0;
      rules.match(event, seq, matches);
      between?.(matches);
      if (matches.length > 0) return correlator.observe(matches);
      return correlator.waiting ? correlator.advance(event) : nothing;
    },
    setRules(next) {
      rules = next;
      correlator.setRules(next);
    },
    setEnrichments(next) {
      enrichments = next;
    },
  };
}
