import { asAddress, readPort } from '../address.ts';
import { defineFormat } from '../contract.ts';
import { judge } from '../verdict.ts';

/** Postfix: `warning: host[192.0.2.1]: SASL LOGIN authentication failed: …`, `NOQUEUE: reject: RCPT from host[192.0.2.1]: 554 …`. */
export const postfix = defineFormat({
  name: 'postfix',
  description: 'Postfix: failed SASL logins, rejected mail, connections, deliveries.',
  programs: ['postfix'],
  leads: '',
  parse(event, text) {
    event.format = 'postfix';
    event.protocol = 'smtp';
    // The first bracketed address is Postfix's; what a client said comes later.
    const peer = /(?:^|\s)(?:from )?([^\s[\]]*)\[([^\]]+)\](?::(\d+))?/.exec(text.slice(0, 400));
    if (peer !== null) {
      event.src_ip = asAddress(peer[2] ?? '');
      if (peer[3] !== undefined) event.src_port = readPort(peer[3], 0);
    }
    if (/: SASL \S+ authentication (?:failed|aborted)/.test(text)) {
      const user = /sasl_username=(\S+?)(?:,|$)/.exec(text);
      if (user !== null) event.user = user[1] ?? null;
      const method = /: SASL (\S+) auth/.exec(text);
      if (method !== null) event.fields.method = method[1] ?? '';
      return judge(event, 'auth.failure', 'failure', 'low');
    }
    const sasl = /sasl_method=(\S+?), sasl_username=(\S+?)(?:,|$)/.exec(text);
    if (sasl !== null) {
      event.fields.method = sasl[1] ?? '';
      event.user = sasl[2] ?? null;
      return judge(event, 'auth.success', 'success', 'info');
    }
    const reject = /^(?:NOQUEUE|\w+): (?:milter-)?reject(?:_warning)?: (?:\S+ from )?\S+: (\d{3})?/.exec(text);
    if (reject !== null) {
      if (reject[1] !== undefined) event.fields.status = Number(reject[1]);
      const helo = /helo=<([^>]*)>/.exec(text);
      if (helo !== null) event.fields.helo = helo[1] ?? '';
      return judge(event, 'mail.rejected', 'denied', 'low');
    }
    if (/^(?:PREGREET|HANGUP|DNSBL rank|COMMAND |NON-SMTP COMMAND|BARE NEWLINE)/.test(text))
      return judge(event, 'mail.rejected', 'denied', 'low');
    if (
      /^(?:lost connection|timeout|too many errors|improper command pipelining|SSL_accept error|non-SMTP command)/.test(
        text,
      )
    ) {
      return judge(event, 'net.connection', /too many|improper|non-SMTP/.test(text) ? 'failure' : 'unknown', 'info');
    }
    if (/^(?:connect from|disconnect from|CONNECT from)/.test(text))
      return judge(event, 'net.connection', 'unknown', 'info');
    const status = /\bstatus=(\w+)/.exec(text);
    if (status !== null) {
      // Behind a queue id the bracketed address is the relay's, not a sender's.
      event.dst_ip = event.src_ip;
      event.src_ip = null;
      event.fields.status = status[1] ?? '';
      return judge(event, 'mail.transaction', status[1] === 'sent' ? 'success' : 'failure', 'info');
    }
    if (/^[0-9A-Za-z]{6,20}: /.test(text)) return judge(event, 'mail.transaction', 'unknown', 'info');
    return true;
  },
});
