import { randomUUID } from 'node:crypto';
import type { StateStore } from '../../store/contract.ts';
import type { AuthConfig } from '../contract.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { hashSecret, newSecret } from './tokens.ts';

/** Where the unused set-up link is kept between starts. */
export const setupSetting = 'auth.setup';
/** How long a printed set-up link works. */
const setupMs = 24 * 3_600_000;

/**
 * Makes sure that there is somebody who can log in. Called by `main.ts` at every start.
 *
 * - The first run with `password` (PHOSOR_ADMIN_PASSWORD): `admin` is made and has it; no link.
 * - The first run without: `admin` has a random password that nobody knows, and a new one-time link token is returned, to be
 *   printed as `{base}/setup#token=…`. Until that link is used, every start counts as the first run.
 * - Later: nothing is changed. A password that people set is theirs.
 *
 * @returns `setup` for {@link AuthConfig}; the token to print, which is kept nowhere; and whether `password` was given but is
 *   not the one that `admin` has.
 */
export async function ensureAdmin(
  state: StateStore,
  options: { password: string | null; now: number },
): Promise<{ setup: AuthConfig['setup']; token: string | null; isPasswordIgnored: boolean }> {
  const { password, now } = options;
  const admin = state.users.byName('admin');
  const isFirstRun = admin ? state.settings.get(setupSetting) !== undefined : state.users.list().length === 0;
  if (!isFirstRun) {
    const isPasswordIgnored = password !== null && !(admin && (await verifyPassword(password, admin.password_hash)));
    return { setup: null, token: null, isPasswordIgnored };
  }
  const password_hash = await hashPassword(password ?? newSecret(''));
  if (!admin)
    state.users.insert({
      id: randomUUID(),
      username: 'admin',
      role: 'admin',
      password_hash,
      created_at: now,
      last_login_at: null,
      disabled: false,
      token_version: 1,
    });
  if (password !== null) {
    if (admin) state.users.update(admin.id, { password_hash, token_version: admin.token_version + 1 });
    state.settings.remove(setupSetting);
    return { setup: null, token: null, isPasswordIgnored: false };
  }
  const token = newSecret('');
  const setup = { tokenHash: hashSecret(token), expiresAt: now + setupMs };
  state.settings.put(setupSetting, setup);
  return { setup, token, isPasswordIgnored: false };
}
