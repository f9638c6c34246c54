import type { DeskOptions } from './desk.ts';

const everyMs = 60_000;
const dayMs = 86_400_000;

/** Keeps the event store within its limits of size and age. */
export function startRetention({ config, store, now, log }: DeskOptions): { stop(): void } {
  const timer = setInterval(() => {
    const { maxBytes, maxAgeDays } = config().store;
    store.retain(maxBytes, maxAgeDays === null ? null : now() - maxAgeDays * dayMs).then(
      ({ droppedRows }) => droppedRows > 0 && log('info', `Retention dropped the ${droppedRows} oldest events.`),
      (error: Error) => log('warn', `Retention failed: ${error.message}`),
    );
  }, everyMs);
  return { stop: () => clearInterval(timer) };
}
