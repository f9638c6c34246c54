import type { EventFilter, EventStore } from '../../store/contract.ts';
import { type Span, spanFilter } from './period.ts';
import type { Threat } from './types.ts';

const most = { guessing: 1000, addresses: 50, users: 20 };

/** Logins that worked, from addresses that guessed passwords in the same span. */
export async function breachedBy(
  events: EventStore,
  findings: readonly Threat[],
  span: Span,
): Promise<{ user: string; address: string }[]> {
  const guessing = findings.filter(({ kind }) => kind === 'brute_force');
  const addresses = [...new Set(guessing.flatMap((finding) => finding.addresses))].slice(0, most.guessing);
  if (addresses.length === 0) return [];
  const loggedIn = (values: string[]): EventFilter => ({
    ...spanFilter(span),
    where: [
      { field: 'event_type', op: 'in', values: ['auth.success', 'sql.auth_success'] },
      { field: 'src_ip', op: 'in', values },
    ],
  });
  const found: { user: string; address: string }[] = [];
  for (const { value: address } of await events.top(loggedIn(addresses), 'src_ip', most.addresses)) {
    for (const { value: user } of await events.top(loggedIn([address]), 'user', most.users))
      found.push({ user, address });
  }
  return found;
}
