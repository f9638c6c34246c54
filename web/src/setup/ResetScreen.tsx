import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { request, sentence } from '../api/client.ts';
import { meQuery } from '../api/queries.ts';
import type { Token } from '../api/types.ts';
import { Gate } from '../login/Gate.tsx';
import { Button } from '../ui/Button.tsx';
import { Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { PasswordForm, useLinkToken } from './PasswordForm.tsx';

/** Where an administrator's one-time link leads: its holder chooses a new password. */
export function ResetScreen() {
  const token = useLinkToken();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const link = useQuery({
    queryKey: ['reset', token],
    queryFn: ({ signal }) =>
      request<{ username: string; expires_at: string }>('/api/auth/reset/look', {
        method: 'POST',
        body: { token },
        signal,
      }),
    enabled: token !== '',
    retry: false,
    refetchOnWindowFocus: false,
  });
  if (token === '' || link.isError)
    return (
      <Gate title={token === '' ? 'The link is incomplete' : 'The link does not work'}>
        <p className="mb-4 text-muted">
          {token === ''
            ? 'Copy the whole link that you were given, including the part after the #.'
            : sentence(link.error)}
        </p>
        <Button asChild kind="primary">
          <Link to="/login">Go to the login</Link>
        </Button>
      </Gate>
    );
  if (link.isPending)
    return (
      <Gate title="New password">
        <Skeleton lines={4} />
      </Gate>
    );
  const { username, expires_at } = link.data;
  return (
    <Gate title={`Choose the new password of ${username}`}>
      <p className="mb-4 text-muted">
        The link works once, until <Time value={expires_at} form="full" />. Wherever {username} is logged in, that ends.
      </p>
      <PasswordForm
        username={username}
        onPassword={async (password) => {
          const answer = await request<Token>('/api/auth/reset', { method: 'POST', body: { token, password } });
          queryClient.clear();
          queryClient.setQueryData(meQuery.queryKey, answer.user);
          await navigate({ to: '/' });
        }}
      />
    </Gate>
  );
}
