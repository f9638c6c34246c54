import { analyzerLog, eventFromJson } from '../../model/index.ts';
import type { ServeContext } from '../unit.ts';
import type { ReportSources } from './build.ts';
import { detectIn } from './detect.ts';
import { KeptDetections } from './kept.ts';

/** What reports are made from, out of the services. */
export function reportSources(context: ServeContext): ReportSources {
  const { events, state, intel, now } = context.services;
  const kept = new KeptDetections(now);
  return {
    events,
    alerts: state.alerts,
    incidents: state.incidents,
    intel,
    detect: (spans, signal) => detectIn(context, kept, spans, signal),
    async logs({ from, to }, most) {
      const filter = { from, to };
      const [page, all] = [await events.page(filter, most, null), await events.count(filter)];
      const logs = page.events.map((event) => ({ ...analyzerLog(eventFromJson(event)) }));
      return { logs, left_out: all - logs.length };
    },
    now,
  };
}
