import type { SealedEvents } from '../serve/contract.ts';
import { markerOf, openEvent } from '../store/secrets/event-sealer.ts';
import type { Keyring } from '../store/secrets/keyring.ts';

/** What was taken out of events, opened with the keys of the installation. */
export const sealedEvents = ({ keys }: Keyring): SealedEvents => ({
  open: (event) => openEvent(event, keys),
  markersOf: (value) => keys.map((key) => markerOf(key, value)),
});
