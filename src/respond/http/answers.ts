import { DeliveryError, type HttpAnswer } from '../contract.ts';
import { cut, oneLine } from '../text/text.ts';

/**
 * Takes an answer with a 2xx status, and turns every other into an error. Only what says that the message itself is wrong
 * (400, 413, 415, 422) is not worth another attempt: an address or a key may be corrected while the message waits.
 *
 * @param secrets are taken out of what is shown of the answer
 */
export function accepted(answer: HttpAnswer, who: string, now: number, secrets: readonly (string | null)[] = []): void {
  if (answer.status >= 200 && answer.status < 300) return;
  const isWorthRepeating = ![400, 413, 415, 422].includes(answer.status);
  let said = answer.body;
  for (const secret of secrets) if (secret !== null && secret.length > 3) said = said.replaceAll(secret, '********');
  said = cut(oneLine(said), 200);
  throw new DeliveryError(
    `${who} answered ${answer.status}${said === '' ? '' : `: ${said}`}.`,
    isWorthRepeating,
    isWorthRepeating ? retryAfter(answer.headers['retry-after'], now) : null,
  );
}

/** What of an address is a secret: its path and query, whole and in parts. */
export function urlSecrets(address: string): string[] {
  const { pathname, search, searchParams } = new URL(address);
  const parts = [...pathname.split('/'), ...searchParams.values()].filter((part) => part.length >= 12);
  return [search.slice(1), pathname.slice(1), ...parts].filter((part) => part.length > 3);
}

/** Retry-After: seconds, or a date (RFC 9110, section 10.2.3). At most an hour is believed. */
export function retryAfter(value: string | undefined, now: number): number | null {
  if (value === undefined) return null;
  const seconds = /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : (Date.parse(value) - now) / 1000;
  return Number.isFinite(seconds) ? Math.min(3600, Math.max(1, Math.ceil(seconds))) : null;
}

/** The JSON of an answer, or null. */
export function jsonOf(answer: HttpAnswer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(answer.body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
