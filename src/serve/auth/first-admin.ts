import { randomUUID } from 'node:crypto';
import type { StateStore } from '../../store/contract.ts';
import type { AuthConfig } from '../contract.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { hashSecret, newSecret } from './tokens.ts';
import { setupSetting } from './unit.ts';

/** How long a printed set-up link works. */
const setupMs = 24 * 3_600_000;

/**
 * Makes sure that there is somebody who can log in. Called by `main.ts` at every start.
 *
 * - With `password` (PHOSOR_ADMIN_PASSWORD): `admin` exists and has it; no link.
 * - Without, on the first start, or while the link was never used: `admin` has a random password that nobody knows, and a new
 *   one-time link token is returned, to be printed as `{base}/setup#token=…`.
 *
 * @returns `setup` for {@link AuthConfig}, and the token to print, which is kept nowhere.
 */
export async function ensureAdmin(
  state: StateStore,
  options: { password: string | null; now: number },
): Promise<{ setup: AuthConfig['setup']; token: string | null }> {
  const { password, now } = options;
  const admin = state.users.byName('admin');
  const insert = async (secret: string) =>
    state.users.insert({
      id: randomUUID(),
      username: 'admin',
      role: 'admin',
      password_hash: await hashPassword(secret),
      created_at: now,
      last_login_at: null,
      disabled: false,
      token_version: 1,
    });
  if (password !== null) {
    if (!admin) await insert(password);
    else if (!(await verifyPassword(password, admin.password_hash)))
      state.users.update(admin.id, {
        password_hash: await hashPassword(password),
        token_version: admin.token_version + 1,
      });
    state.settings.remove(setupSetting);
    return { setup: null, token: null };
  }
  if (!admin && state.users.list().length > 0) return { setup: null, token: null };
  if (admin && state.settings.get(setupSetting) === undefined) return { setup: null, token: null };
  if (!admin) await insert(newSecret(''));
  const token = newSecret('');
  const setup = { tokenHash: hashSecret(token), expiresAt: now + setupMs };
  state.settings.put(setupSetting, setup);
  return { setup, token };
}
