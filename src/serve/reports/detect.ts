import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../errors.ts';
import { type Answer, type Asked, askManyThreats, type Reply } from '../threats/ask.ts';
import type { ThreatKind as DetectorName } from '../threats/messages.ts';
import { questions } from '../threats/shapes.ts';
import type { ServeContext } from '../unit.ts';
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
/** Others ask too: a report waits for its turn so long. */
const mostMs = 120_000;

/** Asks all detectors about some spans in one run, which reads history on a thread of its own. */
export async function detectIn(
  context: ServeContext,
  spans: readonly Span[],
  signal: AbortSignal,
): Promise<Detected[]> {
  if (spans.length === 0) return [];
  const asked = spans.flatMap((span): Asked[] => {
    const dates = { start_date: span.start, end_date: span.end - 1 };
    return [
      { kind: 'brute-force', question: { ...questions['brute-force'].parse({}), ...dates } },
      { kind: 'ddos', question: { ...questions.ddos.parse({}), ...dates } },
      { kind: 'port-scan', question: { ...questions['port-scan'].parse({}), ...dates } },
      { kind: 'sql-injection', question: { ...questions['sql-injection'].parse({}), ...dates } },
    ];
  });
  const replies = await inTurn(context, () => askManyThreats(context, asked, caller, signal), signal);
  return spans.map((_, i) => {
    const [bruteForce, ddos, portScan, sqlInjection] = replies.slice(i * 4, i * 4 + 4);
    return {
      brute_force: foundIn<'brute-force'>(bruteForce),
      ddos: foundIn<'ddos'>(ddos),
      port_scan: foundIn<'port-scan'>(portScan),
      sql_injection: foundIn<'sql-injection'>(sqlInjection),
    };
  });
}

/** Waits while as many runs as may are under way. */
async function inTurn<T>(context: ServeContext, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const until = context.services.now() + mostMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const isBusy =
        error instanceof ApiError && (error.code === 'THREATS_BUSY' || error.code === 'THREATS_OVERLOADED');
      if (!isBusy || context.services.now() > until) throw error;
      await sleep(300, undefined, { signal });
    }
  }
}

/** A detector whose rule was changed so that it cannot be run is told of; the others count all the same. */
function foundIn<Kind extends DetectorName>(reply: Reply<Asked> | undefined): Found<Kind> {
  if (reply !== undefined && 'answer' in reply) return reply.answer as Answer<Kind>;
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
