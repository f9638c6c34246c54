import type { Notifier } from './contract.ts';

/** Every way to tell people. The order is that of the form. */
export const notifiers: readonly Notifier[] = [];
