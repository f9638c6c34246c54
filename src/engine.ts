/**
 * The engine as a library (`phosor/engine`): parse, enrich, detect and explain, without files, sockets or a clock of its
 * own. It runs in Node and in browsers. See docs/engine.md.
 *
 * ```ts
 * const { docs } = loadSigmaYaml(text, { origin: 'user', fileName: 'ssh.yml' });
 * const engine = createEngine({ rules: docs, now: Date.now });
 * for (const line of lines) for (const { alert } of engine.take(line).alerts) console.log(alert.explain.summary);
 * ```
 *
 * Who needs more than {@link createEngine} puts the parts together: parseRecord, createEnrichments, compileRules,
 * createCorrelator, createPipeline.
 */
import type { AlertChange, CorrelatorOptions, Explainer, RuleProblem, RuleSet } from './detect/contract.ts';
import { compileRules, createCorrelator, createExplainer, type Mapping, type Placeholders } from './detect/index.ts';
import type { RedactOptions } from './enrich/contract.ts';
import { createEnrichments } from './enrich/index.ts';
import { zoneOffsets } from './host-zone.ts';
import type { Event, RuleDoc, SourceInfo, SourceType } from './model/index.ts';
import { createPipeline } from './pipeline.ts';

export * from './detect/contract.ts';
export {
  checkRule,
  compileRules,
  createCorrelator,
  createExplainer,
  exceptionFilter,
  linkProblems,
  loadSigmaYaml,
  type Mapping,
  type MappingProblem,
  type Placeholders,
  type RuleContext,
  type RuleException,
  readMapping,
  readPlaceholders,
} from './detect/index.ts';
export * from './enrich/contract.ts';
export { createEnrichments } from './enrich/index.ts';
export { zoneOffsets } from './host-zone.ts';
export * from './model/index.ts';
export * from './parse/contract.ts';
export { formats, parseRecord, traceParse } from './parse/index.ts';
export { createPipeline, type Pipeline, type PipelineParts } from './pipeline.ts';

export interface EngineOptions {
  rules: readonly RuleDoc[];
  /** Values for Sigma's `expand`, see {@link readPlaceholders}. */
  placeholders?: Placeholders;
  /** Field mappings of your own, see {@link readMapping}; they come before those that are shipped. */
  mappings?: readonly Mapping[];
  /** When lines are received, epoch ms: `Date.now`, or a clock of your own. Lines that state no time have this one. */
  now: () => number;
  /** Zone of times that state none, as an IANA name. UTC where absent; null: the host's. */
  timezone?: string | null;
  /** Year of lines that state none; null or absent: the one that brings them closest to when they were received. */
  year?: number | null;
  /** What is masked besides secrets, which always are. */
  redact?: Partial<RedactOptions>;
  /** How late an event may come behind the newest of its source and still count, in seconds (default 60). */
  latenessSeconds?: number;
  /** Live groups per rule (default 100 000); beyond it the stalest go, counted. */
  maxGroupsPerRule?: number;
  /** One alert per attack, when it is over or at {@link Engine.close}, instead of an alert and its updates. */
  finalOnly?: boolean;
}

/** Where a line is from. */
export interface LineOrigin {
  /** Name of the source (default `lines`): lateness is measured per source. */
  source?: string;
  source_type?: SourceType;
  /** The sender's address, where the line does not say it. */
  peer?: string | null;
  /** Name of a format that wins where a line could be several. */
  hint?: string | null;
}

export interface Engine {
  /** What is wrong with the rules. Those with an error are left out. */
  readonly problems: readonly RuleProblem[];
  /** A line (or the text of a JSON object): the event it is, and the alerts that it raised or let grow. */
  take(line: string, origin?: LineOrigin): { event: Event; alerts: AlertChange[] };
  /** An event that is understood already. It needs an id of its own. */
  detect(event: Event): AlertChange[];
  /** Exchanges the rules; what was counted stays for rules that mean the same. */
  setRules(rules: readonly RuleDoc[]): void;
  /** Alerts that grew since they were last told. Live, call it about once a second. */
  flush(): AlertChange[];
  /** What is still open, told for the last time. */
  close(): AlertChange[];
  /** Why one of the rules does, or does not, fire. It counts for itself, from when it was made. */
  explainer(ruleId: string): Explainer;
}

/** An engine over some rules. The same lines, rules and clock give the same events and alerts, ids included. */
export function createEngine(options: EngineOptions): Engine {
  const counting: CorrelatorOptions = {
    maxGroupsPerRule: options.maxGroupsPerRule ?? 100_000,
    latenessMs: options.finalOnly ? Number.POSITIVE_INFINITY : (options.latenessSeconds ?? 60) * 1000,
    finalOnly: options.finalOnly ?? false,
  };
  const { placeholders, mappings } = options;
  const rulesContext = { ...(placeholders && { placeholders }), ...(mappings && { mappings }) };
  let rules: RuleSet = compileRules(options.rules, rulesContext);
  const correlator = createCorrelator(rules, counting);
  const timezone = options.timezone === undefined ? 'UTC' : options.timezone;
  const context = { zoneMinutesAt: zoneOffsets(timezone), year: options.year ?? null, live: false };
  const redact = { email: false, phone: false, internalIps: false, custom: [], ...options.redact };
  const enrichments = createEnrichments({ redact });
  const pipeline = createPipeline({ contextOf: () => context, enrichments, rules, correlator, random: () => 0 });
  let seq = 0;
  return {
    get problems() {
      return rules.problems;
    },
    take(line, from = {}) {
      const record = { seq, origin: originOf(from), received_at: options.now(), body: line, position: seq };
      seq += 1;
      const event = pipeline.understand(record);
      return { event, alerts: pipeline.detect(event, record.seq) };
    },
    detect(event) {
      seq += 1;
      return pipeline.detect(event, seq - 1);
    },
    setRules(docs) {
      rules = compileRules(docs, rulesContext);
      pipeline.setRules(rules);
    },
    flush: () => correlator.flush(),
    close: () => correlator.close(),
    explainer: (ruleId) => createExplainer(rules, ruleId),
  };
}

function originOf({ source = 'lines', source_type = 'replay', peer = null, hint = null }: LineOrigin): SourceInfo {
  return { source, source_type, peer, hint, identity: `engine:${source}` };
}
