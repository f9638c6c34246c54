import { z } from 'zod';
import type { StateStore, User } from '../../store/contract.ts';
import { hashSecret, newSecret, sameHash } from './tokens.ts';

/*
 * One-time links to choose a new password. Only the hash of a link's secret is kept; it carries the user's id in front, so that
 * it is looked up without a search.
 */

const keyOf = (userId: string): string => `auth.reset.${userId}`;

const kept = z.object({ hash: z.string(), expires_at: z.number(), by: z.string() });

type State = Pick<StateStore, 'settings' | 'users'>;

/** Makes a link's token; an older link of the same user ends. It is told once and kept nowhere. @param expiresAt epoch ms */
export function makeResetToken(state: State, user: User, by: string, expiresAt: number): string {
  const token = `${user.id}.${newSecret('')}`;
  state.settings.put(keyOf(user.id), { hash: hashSecret(token), expires_at: expiresAt, by });
  return token;
}

/** Whose password a token lets choose; null: it is wrong, was used, was replaced or has ended. Nothing is changed. */
export function resetUser(state: State, token: string, now: number): User | null {
  const id = token.slice(0, Math.max(0, token.indexOf('.')));
  const user = id === '' ? null : state.users.byId(id);
  const link = pendingReset(state, id, now);
  if (!user || user.disabled || link === null) return null;
  return sameHash(hashSecret(token), link.hash) ? user : null;
}

/** The link that a user has; null: none that works. */
export function pendingReset(state: State, userId: string, now: number): z.output<typeof kept> | null {
  const link = kept.safeParse(state.settings.get(keyOf(userId)));
  return link.success && link.data.expires_at > now ? link.data : null;
}

/** @returns false: there was none */
export function endReset(state: State, userId: string): boolean {
  const had = state.settings.get(keyOf(userId)) !== undefined;
  if (had) state.settings.remove(keyOf(userId));
  return had;
}
