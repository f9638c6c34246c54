import { defineFormat } from '../contract.ts';
import { actionOf, behindUptime, fieldsAt, readPacket, setAction } from '../netfilter.ts';

/** Packets logged by iptables, ip6tables and nftables rules, with whatever prefix their author chose. */
export const iptables = defineFormat({
  name: 'iptables',
  description: 'iptables and nftables LOG lines with any prefix; the action is read from the words of the prefix.',
  programs: ['kernel', 'ulogd', 'firewalld', 'netfilter'],
  anyProgram: true,
  parse(event, text) {
    const at = fieldsAt(text, 0);
    if (at < 0) return false;
    const from = behindUptime(text);
    const prefix = at > from ? text.slice(from, at).trim() : '';
    if (!readPacket(event, text, at)) return false;
    event.format = 'iptables';
    if (prefix !== '') event.fields.prefix = prefix;
    setAction(event, actionOf(prefix));
    return true;
  },
});
