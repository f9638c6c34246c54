import type { PhosorConfig } from '../../config/index.ts';
import type { LiveBus, Log } from '../../serve/contract.ts';
import type { IncidentControl } from '../../serve/incidents/messages.ts';
import type { StateStore } from '../../store/contract.ts';
import { IncidentBuilder } from './builder.ts';
import { Feed } from './feed.ts';
import { IncidentIntake } from './intake.ts';
import { type Ignored, ignoredBy } from './member.ts';
import { incidentsByPeople } from './people.ts';

export interface IncidentsOptions {
  config: () => Pick<PhosorConfig, 'incidents'>;
  state: StateStore;
  bus: LiveBus;
  now: () => number;
  log: Log;
}

/** Alerts that belong together become incidents, as they are stored. */
export function startIncidents({ config, state, bus, now, log }: IncidentsOptions): {
  services: { incidents: IncidentControl };
  /** Puts all that is stored into incidents at once. */
  settle(): void;
  stop(): void;
} {
  let list: readonly string[] | null = null;
  let isIgnored: Ignored = () => false;
  const rules = () => {
    const { windowMinutes, maxHours, ignore } = config().incidents;
    if (ignore !== list) isIgnored = ignoredBy(ignore);
    list = ignore;
    return { windowMs: windowMinutes * 60_000, maxMs: maxHours * 3_600_000, isIgnored };
  };
  const feed = new Feed((error) => log('error', `An incident could not be told: ${(error as Error).message}`));
  const builder = new IncidentBuilder({ state, now, rules });
  const intake = new IncidentIntake({ state, builder, feed, log });
  const unsubscribe = bus.subscribe((message) => {
    if (message.type === 'alerts_stored') intake.take(message.ids);
  }, false);
  return {
    services: {
      incidents: {
        subscribe: (listener) => feed.subscribe(listener),
        ...incidentsByPeople({ state, builder, feed, now }),
      },
    },
    settle: () => intake.flush(),
    stop() {
      unsubscribe();
      intake.close();
    },
  };
}
