export type { WireCounts } from './wire.ts';
