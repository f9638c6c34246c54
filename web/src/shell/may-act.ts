import { useQuery } from '@tanstack/react-query';
import { meQuery } from '../api/queries.ts';

/** Whether whoever is logged in may acknowledge alerts and decide on them: analysts and admins. */
export function useMayAct(): boolean {
  const { data: user } = useQuery(meQuery);
  return user?.role === 'analyst' || user?.role === 'admin';
}
