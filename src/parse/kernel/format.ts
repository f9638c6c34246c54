import { readEndpoint } from '../address.ts';
import { defineFormat } from '../contract.ts';
import { behindUptime } from '../netfilter.ts';
import { takeClient } from '../sentence.ts';
import { judge } from '../verdict.ts';

/** The kernel's own messages: the OOM killer, crashes, disks, promiscuous interfaces, AppArmor. Packets are `ufw` and `iptables`. */
export const kernel = defineFormat({
  name: 'kernel',
  description: 'Kernel messages: out of memory, crashes, disk errors, promiscuous interfaces, SYN floods, AppArmor.',
  programs: ['kernel'],
  leads: '',
  parse(event, text) {
    const body = text.slice(behindUptime(text));
    event.format = 'kernel';
    if (/^(?:Out of memory|Memory cgroup out of memory|oom-kill:|.* invoked oom-killer)/.test(body)) {
      const victim = /Kill(?:ed)? process (\d+)(?:,)? \(([^)]*)\)/.exec(body);
      if (victim !== null) event.fields.process = victim[2] ?? '';
      return judge(event, 'system.error', 'failure', 'high');
    }
    if (/possible SYN flooding on port/i.test(body)) {
      const port = /on port (?:[\d.[\]:a-f]*:)?(\d{1,5})\./i.exec(body);
      if (port !== null) event.dst_port = Number(port[1]);
      event.protocol = 'tcp';
      return judge(event, 'net.logged', 'unknown', 'high');
    }
    if (/entered promiscuous mode/.test(body)) return judge(event, 'system.warning', 'unknown', 'medium');
    if (/\bsegfault at\b|general protection(?: fault)?|trap (?:invalid opcode|divide error)/.test(body))
      return judge(event, 'system.error', 'failure', 'medium');
    if (/^(?:Kernel panic|BUG:|Oops:|kernel BUG)/.test(body))
      return judge(event, 'system.error', 'failure', 'critical');
    if (
      /I\/O error|EXT4-fs error|Remounting filesystem read-only|Medium Error|UNC\b.*error|critical (?:medium|target) error/.test(
        body,
      )
    ) {
      return judge(event, 'system.error', 'failure', 'high');
    }
    if (/apparmor="DENIED"/.test(body)) return judge(event, 'privilege.denied', 'denied', 'medium');
    const wireguard =
      /^wireguard: (\S+): (?:Invalid handshake initiation from|Packet has unallowed src IP .* from peer \d+ \() ?([^\s)]+)/.exec(
        body,
      );
    if (wireguard !== null) {
      const peer = readEndpoint(wireguard[2] ?? '');
      event.src_ip = peer.ip;
      event.src_port = peer.port;
      return judge(event, 'auth.failure', 'failure', 'low');
    }
    // `192.0.2.1 sent an invalid ICMP …`, `IPv4: martian source 192.0.2.1 from 203.0.113.9, on dev eth0`.
    const first = body.charCodeAt(0);
    if ((first >= 48 && first <= 57) || body.includes(' from ')) takeClient(event, body);
    return true;
  },
});
