/**
 * The engine as a library (`phosor/engine`): parse, enrich and detect, without files, sockets or a clock.
 *
 * ```ts
 * const rules = compileRules(docs);
 * const correlator = createCorrelator(rules, { maxGroupsPerRule: 100_000, latenessMs: 60_000, finalOnly: false });
 * const pipeline = createPipeline({ contextOf, enrichments: createEnrichments({ redact }), rules, correlator, random });
 * const event = pipeline.understand(record);
 * for (const { alert } of pipeline.detect(event, record.seq)) console.log(alert.explain.summary);
 * ```
 */
export * from './detect/contract.ts';
export {
  checkRule,
  compileRules,
  createCorrelator,
  exceptionFilter,
  literalValue,
  loadSigmaYaml,
} from './detect/index.ts';
export * from './enrich/contract.ts';
export { createEnrichments } from './enrich/index.ts';
export * from './model/index.ts';
export * from './parse/contract.ts';
export { formats, parseRecord, traceParse } from './parse/index.ts';
export { createPipeline, type Pipeline, type PipelineParts } from './pipeline.ts';
