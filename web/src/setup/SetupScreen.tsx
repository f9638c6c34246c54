import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { request } from '../api/client.ts';
import { meQuery, setupNeededQuery } from '../api/queries.ts';
import type { Token } from '../api/types.ts';
import { Gate } from '../login/Gate.tsx';
import { Button } from '../ui/Button.tsx';
import { Failure, Skeleton } from '../ui/States.tsx';
import { PasswordForm, useLinkToken } from './PasswordForm.tsx';

export function SetupScreen() {
  const token = useLinkToken();
  const setup = useQuery(setupNeededQuery);
  const queryClient = useQueryClient();
  const navigate = useNavigate();

  if (setup.isPending) {
    return (
      <Gate title="Set up">
        <Skeleton lines={4} />
      </Gate>
    );
  }
  if (setup.isError) {
    return (
      <Gate title="Set up">
        <Failure error={setup.error} retry={() => void setup.refetch()} />
      </Gate>
    );
  }
  if (!setup.data.needed || !token) {
    return (
      <Gate title={setup.data.needed ? 'The link is incomplete' : 'Already set up'}>
        <p className="mb-4 text-muted">
          {setup.data.needed
            ? 'Copy the whole set-up link from the terminal, including the part after the #. Phosor prints a new one when it is started again.'
            : 'This link has been used. Log in with the password that was chosen then.'}
        </p>
        <Button asChild kind="primary">
          <Link to="/login">Go to the login</Link>
        </Button>
      </Gate>
    );
  }
  return (
    <Gate title="Choose the password of admin">
      <p className="mb-4 text-muted">Phosor has no default password. This one is yours, and the link ends with it.</p>
      <PasswordForm
        username="admin"
        onPassword={async (password) => {
          const answer = await request<Token>('/api/auth/setup', { method: 'POST', body: { token, password } });
          queryClient.setQueryData(meQuery.queryKey, answer.user);
          await navigate({ to: '/' });
        }}
      />
    </Gate>
  );
}
