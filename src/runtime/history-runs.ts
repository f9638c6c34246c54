import { Backtests } from './backtests.ts';
import type { KeptThreatsParts } from './kept-threats.ts';
import { type ReplayParts, Replays } from './replays.ts';
import { Threats } from './threats.ts';

/** What runs rules over stored history beside live: backtests and the detectors, which answer a person, and replays, which are kept. */
export function createHistoryRuns(parts: ReplayParts & KeptThreatsParts) {
  const backtests = new Backtests(parts);
  const replays = new Replays(parts);
  const threats = new Threats(parts);
  return {
    services: { backtests, replays, threats },
    /** Ends what runs. */
    stop: async (): Promise<void> => {
      await Promise.all([backtests.stop(), replays.stop(), threats.stop()]);
    },
  };
}
