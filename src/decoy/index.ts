import type { Decoy } from './contract.ts';
import { ftp } from './ftp/decoy.ts';
import { http } from './http/decoy.ts';
import { mysql } from './mysql/decoy.ts';
import { redis } from './redis/decoy.ts';
import { smtp } from './smtp/decoy.ts';
import { ssh } from './ssh/decoy.ts';
import { telnet } from './telnet/decoy.ts';

/** Every decoy. The order is that of the page. */
export const decoys: readonly Decoy[] = [ssh, http, ftp, telnet, smtp, mysql, redis];
