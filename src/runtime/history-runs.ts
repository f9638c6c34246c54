import { Backtests } from './backtests.ts';
import { type ReplayParts, Replays } from './replays.ts';

/** What runs rules over stored history beside live: backtests, which answer a person, and replays, which are kept. */
export function createHistoryRuns(parts: ReplayParts) {
  const backtests = new Backtests(parts);
  const replays = new Replays(parts);
  return {
    services: { backtests, replays },
    /** Ends what runs. */
    stop: async (): Promise<void> => {
      await Promise.all([backtests.stop(), replays.stop()]);
    },
  };
}
