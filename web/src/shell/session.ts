import { useEffect } from 'react';
import { request } from '../api/client.ts';
import type { Token } from '../api/types.ts';

const firstMs = 20_000;
const atMostMs = 600_000;

/**
 * Keeps the session of a page that stays open: renewed each third of its length, until the server asks for the password
 * again. A failure is no news: the next request that is refused leads to the login.
 */
export function useRenewedSession(): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const renew = async () => {
      let next = firstMs;
      try {
        const { expires_in } = await request<Token>('/api/auth/renew', { method: 'POST' });
        next = Math.min(atMostMs, (expires_in * 1000) / 3);
      } catch {
        // Not renewed: tried again soon.
      }
      timer = setTimeout(() => void renew(), next);
    };
    timer = setTimeout(() => void renew(), firstMs);
    return () => clearTimeout(timer);
  }, []);
}
