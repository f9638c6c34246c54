import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { didYouMean, type PhosorConfig } from '../config/index.ts';
import { isoTime } from '../model/index.ts';
import { setupSetting } from '../serve/auth/first-admin.ts';
import { localUser } from '../serve/auth/identify.ts';
import { hashPassword, minPasswordLength } from '../serve/auth/password.ts';
import { endReset, makeResetToken } from '../serve/auth/reset.ts';
import type { StateStore } from '../store/contract.ts';
import { openSqliteState } from '../store/state/sqlite/state.ts';
import { type Call, type Command, CommandError, configOf, placeFlags, UsageError } from './command.ts';

const linkMs = 24 * 3_600_000;

export const user: Command = {
  name: 'user',
  summary: "List users, and set a user's password when nobody can log in any more.",
  usage: ['list [flags of phosor start]', 'password NAME [flags of phosor start]', 'link NAME [flags of phosor start]'],
  flags: placeFlags,
  details: [
    'password reads the new password from standard input (one line), ends every session of that user and enables the account.',
    'link prints a link that works once, for a day, with which the user chooses a new password; the old one holds until then.',
    'All work on the data folder of this machine, whether Phosor runs or not.',
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const [what, name, ...more] = call.flags.positionals;
  const isKnown = what === 'list' || what === 'password' || what === 'link';
  if (!isKnown || more.length > 0 || (what === 'list') !== (name === undefined)) {
    throw new UsageError('Write "phosor user list", "phosor user password NAME" or "phosor user link NAME".');
  }
  const { config } = configOf(call);
  const file = join(config.dataDir, 'state.sqlite');
  if (!existsSync(file)) {
    throw new CommandError(
      `There are no users in ${config.dataDir} yet. Start Phosor once, or name the folder with --data-dir.`,
    );
  }
  const state = openSqliteState(file, { auditFolder: config.audit.dir });
  try {
    const users = state.users.list();
    if (name === undefined) {
      for (const { username, role, disabled } of users)
        call.out.line(`${username}\t${role}${disabled ? '\tdisabled' : ''}`);
      return 0;
    }
    const found = users.find(({ username }) => username === name);
    if (!found) {
      const names = users.map(({ username }) => username);
      const near = didYouMean(name, names);
      throw new CommandError(
        `There is no user "${name}".${near ? ` Did you mean "${near}"?` : ` There is ${names.join(', ')}.`}`,
      );
    }
    if (what === 'link') {
      if (found.disabled)
        throw new CommandError(`${name} may not log in. "phosor user password ${name}" changes that.`);
      const expiresAt = Date.now() + linkMs;
      const token = makeResetToken(state, found, localUser, expiresAt);
      const until = isoTime(expiresAt);
      audit(state, 'password_reset_link_made', { username: name, until });
      call.out.line(`${addressOf(config)}/reset#token=${token}`);
      call.err.line(`It works once, until ${until}. Give it to ${name} only.`);
      return 0;
    }
    const password = await readPassword(call);
    if (password.length < minPasswordLength) {
      throw new CommandError(
        `The password has ${password.length} characters. Choose one of at least ${minPasswordLength}.`,
      );
    }
    const password_hash = await hashPassword(password);
    state.users.update(found.id, { password_hash, disabled: false, token_version: found.token_version + 1 });
    endReset(state, found.id);
    audit(state, 'user_modified', {
      username: name,
      ...(found.disabled && { disabled: false }),
      password_changed: true,
    });
    // The set-up link of the first run has nothing left to do.
    if (name === 'admin') state.settings.remove(setupSetting);
    call.err.line(`The password of ${name} is set.`);
    return 0;
  } finally {
    state.close();
  }
}

/** Where people reach this Phosor, without a slash at the end. */
function addressOf({ http, tls, notifications }: PhosorConfig): string {
  if (notifications.publicUrl !== '') return notifications.publicUrl.replace(/\/+$/, '');
  const isSecure = tls.certFile !== '' || tls.selfSigned;
  const isAny = http.host === '0.0.0.0' || http.host === '::';
  const host = isAny ? 'localhost' : http.host.includes(':') ? `[${http.host}]` : http.host;
  return `${isSecure ? 'https' : 'http'}://${host}:${http.port}`;
}

function audit(state: StateStore, action: string, details: Record<string, unknown>): void {
  state.audit.append({ timestamp: Date.now(), action, user: localUser, success: true, source_ip: null, details });
}

/** One line of standard input. It is never a flag: arguments are seen by every user of the machine. */
async function readPassword(call: Call): Promise<string> {
  if (process.stdin.isTTY) call.err.line('New password (it is shown as you type):');
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) {
    lines.close();
    return line;
  }
  return '';
}
