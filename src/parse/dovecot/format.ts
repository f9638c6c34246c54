import { asAddress } from '../address.ts';
import { defineFormat } from '../contract.ts';
import { takeTime } from '../time/any.ts';
import { judge, loginSeverity } from '../verdict.ts';

/** `imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<alice>, method=PLAIN, rip=192.0.2.1, lip=…`. */
export const dovecot = defineFormat({
  name: 'dovecot',
  description: 'Dovecot: failed, aborted and accepted IMAP, POP3 and SMTP logins.',
  programs: ['dovecot', 'imap-login', 'pop3-login', 'managesieve-login', 'auth-worker', 'submission-login'],
  leads: 'JFMASOND9dip',
  parse(event, text, context) {
    let line = text;
    if (event.program === null) {
      const tag =
        /(?:^|\s)(?:dovecot: |(?=(?:imap|pop3|submission|managesieve)-login: )|(?=auth(?:-worker)?(?:\(\d+\))?: ))/.exec(
          text.slice(0, 80),
        );
      if (tag === null) return false;
      if (tag.index > 0 && takeTime(event, text, 0, context) < 0) return false;
      event.program = 'dovecot';
      line = text.slice(tag.index + tag[0].length);
    }
    if (line.startsWith('pam_')) return false;
    event.format = 'dovecot';
    // Names come first and are the client's; rip= behind them is Dovecot's.
    const remote = line.lastIndexOf('rip=');
    if (remote >= 0) {
      const end = line.slice(remote + 4).search(/[,\s]|$/);
      event.src_ip = asAddress(line.slice(remote + 4, remote + 4 + end));
    }
    const user = /\buser=<([^>]*)>/.exec(line);
    if (user !== null && user[1] !== '') event.user = user[1] ?? null;
    const method = /\bmethod=([\w-]+)/.exec(line);
    if (method !== null) event.fields.method = method[1] ?? '';
    event.protocol = line.includes('pop3-login') ? 'pop3' : line.includes('imap-login') ? 'imap' : event.protocol;
    if (
      /auth failed|authentication failed|Authentication failure|tried to use (?:disabled|unsupported)|Login: Fail/i.test(
        line,
      ) &&
      !/^auth(?:-worker)?[(:]/.test(line)
    ) {
      return judge(event, 'auth.failure', 'failure', loginSeverity(event.user));
    }
    const worker =
      /^auth(?:-worker)?(?:\([^)]*\))?: (?:Info: |Error: |Debug: |Warning: )?(?:conn unix:\S+ \([^)]*\): )?(?:auth-worker<\d+>: )?[\w-]+\((.*?)(?:,([0-9A-Fa-f.:]+))?(?:,[^)]*)?\): /.exec(
        line,
      );
    if (worker !== null) {
      event.user = worker[1] || null;
      if (worker[2] !== undefined) event.src_ip = asAddress(worker[2]);
      const body = line.slice(worker[0].length);
      if (
        /unknown user|[Pp]assword mismatch|Authentication failure|pam_authenticate\(\) failed|invalid credentials|user not found|disabled/i.test(
          body,
        )
      ) {
        return judge(event, 'auth.failure', 'failure', loginSeverity(event.user, /unknown user|not found/.test(body)));
      }
      return true;
    }
    if (/-login: (?:Info: )?Login: /.test(line) || line.startsWith('Login: '))
      return judge(event, 'auth.success', 'success', 'info');
    if (
      /-login: (?:Info: )?(?:Aborted login|Disconnected|Maximum number of connections)|^(?:Aborted login|Disconnected)/.test(
        line,
      )
    ) {
      return judge(
        event,
        'auth.disconnect',
        /no auth attempts|Aborted login/.test(line) ? 'failure' : 'unknown',
        'info',
      );
    }
    if (/(?:Disconnected|Logged out|Connection closed)/.test(line))
      return judge(event, 'session.closed', 'success', 'info');
    return true;
  },
});
