import type { Machine } from '../machine.ts';

/** How an attempt to reach something ends. Nothing is ever dialled. */
export type Failure = 'unresolved' | 'refused' | 'unreachable' | 'timeout';

/** As `strerror` says it. */
export const failureText: Readonly<Record<Failure, string>> = {
  unresolved: 'Temporary failure in name resolution',
  refused: 'Connection refused',
  unreachable: 'No route to host',
  timeout: 'Connection timed out',
};

/** How long it takes: a firewall that refuses is quick, and one that drops would take minutes in which nobody stays. */
export const failureMs: Readonly<Record<Failure, number>> = {
  unresolved: 60,
  refused: 1,
  unreachable: 20,
  timeout: 900,
};

/** Names do not resolve, the machine itself refuses, and addresses beyond it are cut off by a firewall on the way. */
export function failureOf({ options, persona }: Machine, host: string): Failure {
  const plain = host.replace(/^\[|\]$/g, '');
  const chosen = options.network ?? 'unresolved';
  const isOwn =
    /^(?:localhost|127\.[\d.]+|::1|0(?:\.0\.0\.0)?)$/.test(plain) ||
    plain === persona.hostname ||
    persona.interfaces.some(({ address }) => address === plain);
  if (isOwn) return 'refused';
  return chosen === 'unresolved' && /^[\d.]+$|:/.test(plain) ? 'unreachable' : chosen;
}
