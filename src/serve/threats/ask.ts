import type { z } from 'zod';
import { isoTime } from '../../model/index.ts';
import { RefusedError } from '../contract.ts';
import { ApiError, apiError, threatsBusy } from '../errors.ts';
import type { ServeContext } from '../unit.ts';
import { bruteForceOf, ddosOf, portScanOf, type RuleNames, sqlInjectionOf } from './detections.ts';
import {
  type AttackType,
  ThreatBusy,
  type ThreatDetector,
  type ThreatKind,
  type ThreatRequest,
  type ThreatResult,
} from './messages.ts';
import { detectorOf, type Narrowed, type Parameters } from './parameters.ts';
import { type answers, questions, type Span, spanOf } from './shapes.ts';

/** The parameters of a question; what is left out is as documented. */
export type Question<Kind extends ThreatKind> = Omit<
  z.output<(typeof questions)[Kind]>,
  'format' | 'include_reputation' | 'include_ml'
>;
export type Answer<Kind extends ThreatKind> = z.output<(typeof answers)[Kind]>;
/** A question and what it is about. {@link questions} fills in what is left out. */
export type Asked = { [Kind in ThreatKind]: { kind: Kind; question: Question<Kind> } }[ThreatKind];
export type AnswerTo<One extends Asked> = Answer<One['kind']>;

/** Detections that one answer lists, most severe first; all are counted. */
const listed = 1000;
const listedEvents = 10_000;

/**
 * What the detectors find in stored events.
 *
 * @param caller who asks: an address, or a part of the program. One question at a time each, others wait.
 * @param signal ends the run at once
 * @throws ApiError where runs are under way, or the question cannot be answered
 */
export async function askThreats<One extends Asked>(
  context: ServeContext,
  asked: One,
  caller: string,
  signal: AbortSignal,
): Promise<AnswerTo<One>> {
  const span = checkedSpan(asked.question, context.services.now());
  const result = await run(context, requestOf(context, asked, span, 'attacks'), caller, signal);
  return answerOf(context, asked, span, result) as AnswerTo<One>;
}

/** What became of one of several questions. */
export type Reply<One extends Asked> = { answer: AnswerTo<One> } | { refused: string };

/**
 * Several questions in one run, each as {@link askThreats} answers it, but that windows do not list their events. What cannot be
 * run is refused; the others count all the same.
 */
export async function askManyThreats(
  context: ServeContext,
  asked: readonly Asked[],
  caller: string,
  signal: AbortSignal,
): Promise<Reply<Asked>[]> {
  const spans = asked.map(({ question }) => checkedSpan(question, context.services.now()));
  const requests = threatRequests(context, asked);
  const runnable = requests.filter((request) => typeof request !== 'string');
  const outcomes = await begin(() => context.services.threats.runAll(runnable, caller, signal), context);
  return requests.map((request, i) => {
    const outcome = typeof request === 'string' ? { refused: request } : outcomes[runnable.indexOf(request)];
    if (outcome === undefined) throw new Error('A run gave no outcome.');
    if ('refused' in outcome) return outcome;
    return { answer: answerOf(context, asked[i] as Asked, spans[i] as Span, outcome.result) };
  });
}

/** What is run for several questions; a sentence in place of what cannot be. */
export const threatRequests = (context: ServeContext, asked: readonly Asked[]): (ThreatRequest | string)[] =>
  asked.map((one) => {
    try {
      return requestOf(context, one, checkedSpan(one.question, context.services.now()), 'windows');
    } catch (error) {
      if (error instanceof RefusedError) return error.message;
      throw error;
    }
  });

const requestOf = (context: ServeContext, asked: Asked, span: Span, want: 'attacks' | 'windows'): ThreatRequest => ({
  ...span,
  detectors: detectorsFor(context, asked),
  want,
  severities: asked.question.severity ?? null,
  limit: listed,
});

/** Every failed login of an address, oldest first. */
export async function askTimeline(
  context: ServeContext,
  source_ip: string,
  dates: { start_date?: number | undefined; end_date?: number | undefined },
  caller: string,
  signal: AbortSignal,
) {
  const span = checkedSpan(dates, context.services.now());
  const question = { ...questions['brute-force'].parse({}), source_ip };
  const detectors = detectorsFor(context, { kind: 'brute-force', question });
  const request: ThreatRequest = { ...span, detectors, want: 'timeline', severities: null, limit: listedEvents };
  const { matched, events, notes } = await run(context, request, caller, signal);
  return {
    source_ip,
    total_attempts: matched,
    timeline: events.map(({ time, user, id }) => ({ timestamp: isoTime(time), username: user, log_id: id })),
    time_range: rangeOf(span),
    notes,
  };
}

function checkedSpan(dates: { start_date?: number | undefined; end_date?: number | undefined }, now: number): Span {
  const span = spanOf(dates, now);
  if (span.from < span.to) return span;
  throw apiError('VALIDATION_FAILED', 'end_date lies before start_date. Exchange them.');
}

const rangeOf = ({ from, to }: Span) => ({ start: isoTime(from), end: isoTime(to - 1) });

const run = (
  context: ServeContext,
  request: ThreatRequest,
  caller: string,
  signal: AbortSignal,
): Promise<ThreatResult> => begin(() => context.services.threats.run(request, caller, signal), context);

async function begin<T>(work: () => Promise<T>, { services }: ServeContext): Promise<T> {
  try {
    // What was acknowledged before is part of history.
    await services.events.info();
    return await work();
  } catch (error) {
    if (error instanceof ThreatBusy) throw threatsBusy(error.own);
    if (error instanceof RefusedError && !(error instanceof ApiError)) throw apiError('THREATS_REFUSED', error.message);
    throw error;
  }
}

function detectorsFor(context: ServeContext, { kind, question }: Asked): ThreatDetector[] {
  const rules = { inForce: context.force.current(), shipped: context.services.shippedRules };
  const make = (attack: AttackType, parameters: Parameters, narrowed: Narrowed): ThreatDetector =>
    detectorOf(attack, parameters, narrowed, rules);
  switch (kind) {
    case 'brute-force': {
      const { time_window_minutes, threshold, source_ip } = question;
      const parameters = { windowMs: time_window_minutes * 60_000, atLeast: threshold };
      return [make('BRUTE_FORCE', parameters, { src_ip: source_ip })];
    }
    case 'ddos': {
      const one = question;
      const windowMs = one.time_window_seconds * 1000;
      const narrowed = { dst_port: one.destination_port, protocol: one.protocol };
      const { distributed_ip_count, distributed_request_threshold: minEvents } = one;
      return [
        make('SINGLE_IP_FLOOD', { windowMs, atLeast: one.single_ip_threshold }, narrowed),
        make('DISTRIBUTED_FLOOD', { windowMs, atLeast: distributed_ip_count, minEvents }, narrowed),
      ];
    }
    case 'port-scan': {
      const one = question;
      const windowMs = one.time_window_minutes * 60_000;
      const parameters = { windowMs, atLeast: one.unique_ports_threshold, minEvents: one.min_total_attempts };
      return [make('PORT_SCAN', parameters, { src_ip: one.source_ip, protocol: one.protocol })];
    }
    case 'sql-injection': {
      const { time_window_minutes, min_attempts, source_ip } = question;
      const parameters = { windowMs: time_window_minutes * 60_000, atLeast: min_attempts };
      return [make('SQL_INJECTION', parameters, { src_ip: source_ip })];
    }
  }
}

function answerOf(
  context: ServeContext,
  { kind, question }: Asked,
  span: Span,
  result: ThreatResult,
): Answer<ThreatKind> {
  const names = new Map([...context.services.shippedRules, ...context.rules()].map(({ id, name }) => [id, name]));
  const nameOf: RuleNames = (id) => names.get(id) ?? id;
  const whole = {
    total_detections: result.total,
    severity_counts: result.bySeverity,
    time_range: rangeOf(span),
    events_matched: result.matched,
    events_scanned: result.scanned,
    seconds: result.seconds,
    notes: result.notes,
  };
  switch (kind) {
    case 'brute-force': {
      const { time_window_minutes, threshold } = question;
      const detections = result.attacks.map((attack) => bruteForceOf(attack, nameOf));
      return { detections, ...whole, time_window_minutes, threshold };
    }
    case 'ddos': {
      const { time_window_seconds, single_ip_threshold, distributed_ip_count, distributed_request_threshold } =
        question;
      const detections = result.attacks.map((attack) => ddosOf(attack, nameOf));
      return {
        detections,
        ...whole,
        time_window_seconds,
        single_ip_threshold,
        distributed_ip_count,
        distributed_request_threshold,
      };
    }
    case 'port-scan': {
      const { time_window_minutes, unique_ports_threshold, min_total_attempts } = question;
      const detections = result.attacks.map((attack) => portScanOf(attack, nameOf));
      return { detections, ...whole, time_window_minutes, unique_ports_threshold, min_total_attempts };
    }
    case 'sql-injection': {
      const { time_window_minutes, min_attempts } = question;
      const detections = result.attacks.map((attack) => sqlInjectionOf(attack, nameOf));
      return { detections, ...whole, time_window_minutes, min_attempts };
    }
  }
}
