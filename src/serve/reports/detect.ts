import { type Answer, type Asked, askManyThreats, type Reply, threatRequests } from '../threats/ask.ts';
import type { ThreatKind as DetectorName } from '../threats/messages.ts';
import { questions } from '../threats/shapes.ts';
import type { ServeContext } from '../unit.ts';
import { KeptDetections } from './kept.ts';
import type { Span } from './period.ts';

type Found<Kind extends DetectorName> = Pick<
  Answer<Kind>,
  'detections' | 'total_detections' | 'severity_counts' | 'notes'
>;

/** What the documented detectors find in a period, with the documented parameters. */
export interface Detected {
  brute_force: Found<'brute-force'>;
  ddos: Found<'ddos'>;
  port_scan: Found<'port-scan'>;
  sql_injection: Found<'sql-injection'>;
}

const caller = 'reports';

/** A period that detectors are asked about. */
export interface DetectSpan extends Span {
  /** How many events are stored of it. */
  events: number;
  /** Detections are wanted, not only how many there are. */
  isWhole: boolean;
}

/** Asks all detectors about some spans in one run, which reads history on a thread of its own. What is known is not asked again. */
export async function detectIn(
  context: ServeContext,
  kept: KeptDetections,
  spans: readonly DetectSpan[],
  signal: AbortSignal,
): Promise<Detected[]> {
  const all = spans.map((span) => {
    const questions = questionsAbout(span);
    const key = KeptDetections.key([span.events, ...threatRequests(context, questions)]);
    return { span, questions, key, known: kept.get(key, span.isWhole) };
  });
  const asked = all.filter(({ known }) => known === null);
  if (asked.length > 0) {
    const flat = asked.flatMap(({ questions }) => questions);
    const replies = await askManyThreats(context, flat, caller, signal);
    for (const one of asked) {
      const [bruteForce, ddos, portScan, sqlInjection] = replies.splice(0, one.questions.length);
      one.known = {
        brute_force: foundIn<'brute-force'>(bruteForce),
        ddos: foundIn<'ddos'>(ddos),
        port_scan: foundIn<'port-scan'>(portScan),
        sql_injection: foundIn<'sql-injection'>(sqlInjection),
      };
      kept.put(one.key, one.known, one.span.isWhole);
    }
  }
  return all.map(({ known }) => known ?? nothingDetected);
}

/** What reports ask is worked out before anybody asks for one. */
export function keepDetected(context: ServeContext): void {
  const { threats, events } = context.services;
  threats.keep({
    sets: () =>
      threatRequests(context, questionsAbout({ start: 0, end: 1 })).flatMap((request) =>
        typeof request === 'string' ? [] : [request.detectors],
      ),
    async stored() {
      const { rows, droppedRows, oldest } = await events.info();
      return { arrived: rows + droppedRows, oldest };
    },
  });
}

function questionsAbout(span: Span): Asked[] {
  const dates = { start_date: span.start, end_date: span.end - 1 };
  return [
    { kind: 'brute-force', question: { ...questions['brute-force'].parse({}), ...dates } },
    { kind: 'ddos', question: { ...questions.ddos.parse({}), ...dates } },
    { kind: 'port-scan', question: { ...questions['port-scan'].parse({}), ...dates } },
    { kind: 'sql-injection', question: { ...questions['sql-injection'].parse({}), ...dates } },
  ];
}

/** A detector whose rule was changed so that it cannot be run is told of; the others count all the same. */
function foundIn<Kind extends DetectorName>(reply: Reply<Asked> | undefined): Found<Kind> {
  if (reply !== undefined && 'answer' in reply) {
    const { detections, total_detections, severity_counts, notes } = reply.answer as Answer<Kind>;
    return { detections, total_detections, severity_counts, notes } as Found<Kind>;
  }
  return nothing(`was not looked for, and does not count for the score. ${reply?.refused ?? ''}`.trim()) as Found<Kind>;
}

const nothing = (...notes: string[]) => ({
  detections: [],
  total_detections: 0,
  severity_counts: { LOW: 0, MEDIUM: 0, HIGH: 0, CRITICAL: 0 },
  notes,
});

/** What is found where there are no events. */
export const nothingDetected: Detected = {
  brute_force: nothing(),
  ddos: nothing(),
  port_scan: nothing(),
  sql_injection: nothing(),
};
