import { setTimeout as sleep } from 'node:timers/promises';
import { RefusedError } from '../contract.ts';
import { ApiError } from '../errors.ts';
import { type Answer, askThreats, type Question } from '../threats/ask.ts';
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

/** Asks the detectors about a span, one after the other: they read history on a thread of their own. */
export async function detectIn(context: ServeContext, span: Span): Promise<Detected> {
  const dates = { start_date: span.start, end_date: span.end - 1 };
  const stopped = new AbortController();
  const ask = async <Kind extends DetectorName>(kind: Kind, question: Question<Kind>): Promise<Found<Kind>> => {
    const until = context.services.now() + mostMs;
    for (;;) {
      try {
        const asked = { kind, question } as never;
        return (await askThreats(context, asked, caller, stopped.signal)) as Answer<Kind>;
      } catch (error) {
        const isBusy =
          error instanceof ApiError && (error.code === 'THREATS_BUSY' || error.code === 'THREATS_OVERLOADED');
        if (isRefusal(error)) return nothing(`was not looked for, and does not count for the score. ${error.message}`);
        if (!isBusy || context.services.now() > until) throw error;
        await sleep(300);
      }
    }
  };
  return {
    brute_force: await ask('brute-force', { ...questions['brute-force'].parse({}), ...dates }),
    ddos: await ask('ddos', { ...questions.ddos.parse({}), ...dates }),
    port_scan: await ask('port-scan', { ...questions['port-scan'].parse({}), ...dates }),
    sql_injection: await ask('sql-injection', { ...questions['sql-injection'].parse({}), ...dates }),
  };
}

/** A detector whose rule was changed so that it cannot be run is told of; the others count all the same. */
const isRefusal = (error: unknown): error is Error =>
  error instanceof RefusedError || (error instanceof ApiError && error.code === 'THREATS_REFUSED');

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
