import type { Enforcer } from './contract.ts';
import { ipset } from './ipset/enforcer.ts';
import { nftables } from './nftables/enforcer.ts';

/** Every firewall that takes decisions, the preferred one first. */
export const enforcers: readonly Enforcer[] = [nftables, ipset];
