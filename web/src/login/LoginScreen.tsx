import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { request, sentence } from '../api/client.ts';
import { meQuery, setupNeededQuery } from '../api/queries.ts';
import type { Token } from '../api/types.ts';
import { Button } from '../ui/Button.tsx';
import { Field } from '../ui/Field.tsx';
import { Gate } from './Gate.tsx';

const route = getRouteApi('/login');

export function LoginScreen() {
  const { next } = route.useSearch();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const router = useRouter();
  const setup = useQuery(setupNeededQuery);

  const submit = async () => {
    setBusy(true);
    setError(null);
    try {
      const token = await request<Token>('/api/auth/token', { method: 'POST', body: { username, password } });
      queryClient.setQueryData(meQuery.queryKey, token.user);
      // Only a path of ours: an address elsewhere in `next` must not lead anybody away.
      if (next?.startsWith('/') && !next.startsWith('//') && !next.startsWith('/\\')) router.history.push(next);
      else await navigate({ to: '/' });
    } catch (failure) {
      setError(sentence(failure));
      setBusy(false);
    }
  };

  return (
    <Gate title="Log in">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Field
          label="User name"
          name="username"
          autoComplete="username"
          autoFocus
          required
          value={username}
          onChange={(event) => setUsername(event.target.value)}
        />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          error={error}
        />
        <Button kind="primary" size="large" type="submit" busy={busy}>
          Log in
        </Button>
      </form>
      <details className="mt-5 text-sm text-muted">
        <summary className="cursor-pointer">Forgotten the password?</summary>
        <p className="mt-2">
          An administrator makes a one-time link for you under Settings, Users. Where no administrator can log in: run{' '}
          <code className="text-text">phosor user link NAME</code> on the machine.
        </p>
      </details>
      {setup.data?.needed && (
        <p className="mt-5 border-t pt-4 text-muted">
          First start? Open the set-up link that Phosor printed in its terminal; it lets you choose the password of{' '}
          <b>admin</b>.
        </p>
      )}
    </Gate>
  );
}
