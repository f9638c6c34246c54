import { createHash } from 'node:crypto';
import type { AuthContext, Connection } from 'ssh2';
import type { Access } from '../access/access.ts';
import type { Visit } from '../contract.ts';

export interface LoginOptions {
  access: Access;
  /** What a failure is answered with: the ways that are left. */
  methods: readonly string[];
  failureDelayMs: number;
  maxTries: number;
}

/** RFC 4253 section 11.1: what OpenSSH sends when there were too many tries. */
const disconnectProtocolError = 2;

/** Captures every try to log in and decides about it. */
export function watchLogins(connection: Connection, visit: Visit, options: LoginOptions): void {
  const { access, methods, failureDelayMs, maxTries } = options;
  let failures = 0;

  const refuse = (context: AuthContext, delayMs: number): void => {
    failures += 1;
    const tell = (): void => {
      if (visit.signal.aborted) return;
      context.reject(methods);
      if (failures < maxTries) return;
      connection._protocol.disconnect(disconnectProtocolError);
      visit.end('too many failed logins');
    };
    // Like PAM: about as long, and never exactly the same.
    if (delayMs > 0) setTimeout(tell, delayMs * (0.9 + Math.random() * 0.3));
    else tell();
  };

  const judge = (context: AuthContext, password: string, method: string): void => {
    const user = context.username;
    const isIn = access.admits(visit.address, user, password);
    visit.report({
      event_type: 'decoy.login',
      message: `${visit.address} tried to log in as ${user}: ${isIn ? 'let in' : 'refused'}`,
      outcome: isIn ? 'success' : 'failure',
      user,
      fields: { method, password },
    });
    if (!isIn) {
      refuse(context, failureDelayMs);
      return;
    }
    visit.authenticated(user);
    context.accept();
  };

  connection.on('authentication', (context) => {
    if (visit.signal.aborted) return;
    switch (context.method) {
      case 'password':
        judge(context, context.password ?? '', 'password');
        break;
      case 'keyboard-interactive':
        if (!methods.includes('keyboard-interactive') || context.prompt === undefined) {
          context.reject(methods);
          break;
        }
        context.prompt([{ prompt: 'Password: ', echo: false }], '', '', (responses) =>
          judge(context, String(responses[0] ?? ''), 'keyboard-interactive'),
        );
        break;
      case 'publickey': {
        const { algo = '', data = Buffer.alloc(0) } = context.key ?? {};
        // Asked about once: a key that is refused is never used for a signature.
        visit.report({
          event_type: 'decoy.login',
          message: `${visit.address} showed a key for ${context.username}: refused`,
          outcome: 'failure',
          user: context.username,
          fields: {
            method: 'publickey',
            key_type: algo,
            key_fingerprint: `SHA256:${createHash('sha256').update(data).digest('base64').replace(/=+$/, '')}`,
            key: data.toString('base64').slice(0, 4096),
          },
        });
        refuse(context, 0);
        break;
      }
      default:
        // `none` asks which ways there are and counts as no try.
        context.reject(methods);
    }
  });
}
