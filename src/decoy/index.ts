import type { Decoy } from './contract.ts';
import { ftp } from './ftp/decoy.ts';
import { http } from './http/decoy.ts';

/** Every decoy. The order is that of the page. */
export const decoys: readonly Decoy[] = [http, ftp];
