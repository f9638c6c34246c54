import type { recoverSpool } from '../store/spool/recover.ts';

/** Says what the last run left behind in the spool, where it did not end in order. */
export function tellRecovery(
  { salvagedBytes, discardedBytes, quarantined }: ReturnType<typeof recoverSpool>,
  log: (level: 'warn' | 'error', message: string) => void,
): void {
  if (salvagedBytes + discardedBytes > 0) {
    log(
      'warn',
      `The last run ended in the middle of a write: ${salvagedBytes} bytes of events were salvaged, ` +
        `${discardedBytes} bytes were incomplete or are read again from their files.`,
    );
  }
  for (const { path, bytes } of quarantined)
    log('error', `${bytes} damaged bytes of the spool were put aside in ${path}.`);
}
