import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { request, sentence } from '../api/client.ts';
import { meQuery, setupNeededQuery } from '../api/queries.ts';
import type { Token } from '../api/types.ts';
import { Gate } from '../login/Gate.tsx';
import { Button } from '../ui/Button.tsx';
import { Field } from '../ui/Field.tsx';
import { Failure, Skeleton } from '../ui/States.tsx';

const shortestPassword = 12;

/** The one-time link's token. It travels in the fragment, which browsers never send to a server. */
const tokenFromAddress = () => new URLSearchParams(location.hash.slice(1)).get('token') ?? '';

export function SetupScreen() {
  const [token] = useState(tokenFromAddress);
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const setup = useQuery(setupNeededQuery);
  const queryClient = useQueryClient();
  const navigate = useNavigate();

  // The token must not stay in the history.
  useEffect(() => {
    if (location.hash) history.replaceState(history.state, '', location.pathname);
  }, []);

  const short = password.length > 0 && password.length < shortestPassword;
  const differs = again.length > 0 && again !== password;

  const submit = async () => {
    setBusy(true);
    setError(null);
    try {
      const answer = await request<Token>('/api/auth/setup', { method: 'POST', body: { token, password } });
      queryClient.setQueryData(meQuery.queryKey, answer.user);
      await navigate({ to: '/' });
    } catch (failure) {
      setError(sentence(failure));
      setBusy(false);
    }
  };

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
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <input type="text" name="username" autoComplete="username" value="admin" readOnly hidden />
        <Field
          label="Password"
          type="password"
          name="password"
          autoComplete="new-password"
          autoFocus
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          hint={`At least ${shortestPassword} characters. A few words are easier to remember than signs.`}
          error={short ? `${shortestPassword - password.length} more characters, please.` : null}
        />
        <Field
          label="Once more"
          type="password"
          name="again"
          autoComplete="new-password"
          required
          value={again}
          onChange={(event) => setAgain(event.target.value)}
          error={differs ? 'This is not the same password.' : error}
        />
        <Button
          kind="primary"
          size="large"
          type="submit"
          busy={busy}
          disabled={password.length < shortestPassword || again !== password}
        >
          Set the password and log in
        </Button>
      </form>
    </Gate>
  );
}
