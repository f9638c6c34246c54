import { describeEnforcer } from '../enforcer.test-suite.ts';
import { ipset } from './enforcer.ts';

describeEnforcer(ipset, 'ipset', 'iptables', 'ip6tables');
