import type { Decoy } from './contract.ts';

/** Every decoy. The order is that of the page. */
export const decoys: readonly Decoy[] = [];
