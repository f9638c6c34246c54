import type { Services } from '../contract.ts';
import type { ReportSources } from './build.ts';

/** What reports are made from, out of the services. */
export function reportSources(services: Pick<Services, 'events' | 'state' | 'now'>): ReportSources {
  const { events, state, now } = services;
  return {
    events,
    alerts: state.alerts,
    detect: null,
    async logs({ from, to }, most) {
      const filter = { from, to };
      const [page, all] = [await events.page(filter, most, null), await events.count(filter)];
      return { logs: page.events.map((event) => ({ ...event })), left_out: all - page.events.length };
    },
    now,
  };
}
