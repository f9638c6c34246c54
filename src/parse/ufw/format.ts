import { defineFormat } from '../contract.ts';
import { behindUptime, type FirewallAction, readPacket, setAction } from '../netfilter.ts';

const actions = new Map<string, FirewallAction>([
  ['BLOCK', 'blocked'],
  ['LIMIT BLOCK', 'blocked'],
  ['DENY', 'blocked'],
  ['REJECT', 'blocked'],
  ['ALLOW', 'allowed'],
  ['LIMIT', 'allowed'],
  ['AUDIT', 'logged'],
  ['AUDIT INVALID', 'logged'],
]);

/** Ubuntu's and Debian's simple firewall: the kernel's packet log with a prefix of ufw's own. */
export const ufw = defineFormat({
  name: 'ufw',
  description: 'ufw: blocked, allowed, limited and audited packets.',
  programs: ['kernel', 'ufw'],
  leads: '[',
  parse(event, text) {
    const at = behindUptime(text);
    if (!text.startsWith('[UFW ', at)) return false;
    const close = text.indexOf('] ', at + 5);
    if (close < 0 || close - at > 40) return false;
    const action = text.slice(at + 5, close);
    if (!readPacket(event, text, close + 2)) return false;
    event.format = 'ufw';
    event.fields.action = action;
    setAction(event, actions.get(action) ?? 'logged');
    return true;
  },
});
