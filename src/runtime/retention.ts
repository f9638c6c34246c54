import { AgeClock } from './age-clock.ts';
import type { DeskOptions } from './desk.ts';

const dayMs = 86_400_000;
/** Alerts of one transaction. */
const alertsAtOnce = 200;

/**
 * Keeps events and alerts within their limits of age, and tells the event store the limit of size, which it keeps to by
 * itself with every load.
 */
export function startRetention({ config, store, state, now, log }: DeskOptions): { apply(): void; stop(): void } {
  const clock = new AgeClock({ state, now, log });
  let told = 0;
  let timer: NodeJS.Timeout | null = null;

  async function keep(): Promise<void> {
    const { retention, maxBytes, maxAgeDays, alertMaxAgeDays } = config().store;
    const today = clock.time();
    if (retention && alertMaxAgeDays !== null) {
      let removed = 0;
      for (let some = alertsAtOnce; some === alertsAtOnce; removed += some) {
        some = state.alerts.removeOlder(today - alertMaxAgeDays * dayMs, alertsAtOnce);
        await new Promise((next) => setImmediate(next));
      }
      if (removed > 0) log('info', `Retention removed ${removed} alerts older than ${alertMaxAgeDays} days.`);
    }
    await store.retain(
      retention ? maxBytes : null,
      retention && maxAgeDays !== null ? today - maxAgeDays * dayMs : null,
    );
    const { droppedRows } = await store.info();
    if (droppedRows > told) log('info', `Retention dropped the ${droppedRows - told} oldest events.`);
    told = droppedRows;
  }

  function plan(): void {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(run, config().store.retentionIntervalSeconds * 1000);
  }

  function run(): void {
    keep()
      .catch((error: Error) => log('warn', `Retention failed: ${error.message}`))
      .finally(() => timer !== null && plan());
  }

  // Its first answer says what the start found.
  store.info().then(
    ({ damaged }) => {
      for (const sentence of damaged) log('error', sentence);
    },
    (error: Error) => log('error', `The stored events cannot be opened, nothing is stored or found: ${error.message}`),
  );
  plan();
  return {
    // A limit that was changed holds at once.
    apply: run,
    stop() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}
