import { describeEnforcer } from '../enforcer.test-suite.ts';
import { nftables } from './enforcer.ts';

describeEnforcer(nftables, 'nft');
