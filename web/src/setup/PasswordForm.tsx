import { useEffect, useState } from 'react';
import { sentence } from '../api/client.ts';
import { Button } from '../ui/Button.tsx';
import { Field } from '../ui/Field.tsx';

const shortestPassword = 12;

/** A one-time link's token. It travels in the fragment, which browsers never send to a server. */
export function useLinkToken(): string {
  const [token] = useState(() => new URLSearchParams(location.hash.slice(1)).get('token') ?? '');
  // The token must not stay in the history.
  useEffect(() => {
    if (location.hash) history.replaceState(history.state, '', location.pathname);
  }, []);
  return token;
}

/** A new password, twice. What the server refuses is shown in its sentence. */
export function PasswordForm({
  username,
  onPassword,
}: {
  username: string;
  onPassword: (password: string) => Promise<void>;
}) {
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const short = password.length > 0 && password.length < shortestPassword;
  const differs = again.length > 0 && again !== password;
  const submit = async () => {
    setBusy(true);
    setError(null);
    try {
      await onPassword(password);
    } catch (failure) {
      setError(sentence(failure));
      setBusy(false);
    }
  };
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
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
  );
}
