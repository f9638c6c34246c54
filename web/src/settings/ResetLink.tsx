import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { request, sentence } from '../api/client.ts';
import { usersQuery } from '../api/queries.ts';
import type { UserJson } from '../api/types.ts';
import { Button } from '../ui/Button.tsx';
import { Copy } from '../ui/Copy.tsx';
import { Field, Select } from '../ui/Field.tsx';
import { Time } from '../ui/Time.tsx';

interface MadeJson {
  path: string | null;
  expires_at: string;
  sent_to: string | null;
}

const spans = [
  ['1', 'an hour'],
  ['24', 'a day'],
  ['168', 'a week'],
] as const;

/** A one-time link with which a user chooses a new password: shown once, or sent by mail. */
export function ResetLink({ user }: { user: UserJson }) {
  const [hours, setHours] = useState('24');
  const [email, setEmail] = useState(user.username.includes('@') ? user.username : '');
  const queryClient = useQueryClient();
  const mail = useQuery({
    queryKey: ['reset-mail'],
    queryFn: ({ signal }) =>
      request<{ possible: boolean; missing: string | null }>('/api/users/reset-mail', { signal }),
  });
  const path = `/api/users/${encodeURIComponent(user.id)}/reset-link`;
  const onSettled = () => queryClient.invalidateQueries({ queryKey: usersQuery.queryKey });
  const make = useMutation({
    mutationFn: (to: string | null) =>
      request<MadeJson>(path, { method: 'POST', body: { hours: Number(hours), ...(to !== null && { email: to }) } }),
    onSettled,
  });
  const revoke = useMutation({
    mutationFn: () => request(path, { method: 'DELETE' }),
    onSuccess: () => make.reset(),
    onSettled,
  });
  const error = make.error ?? revoke.error;
  const link = make.data?.path == null ? null : `${location.origin}${make.data.path}`;
  const until = make.data?.expires_at ?? user.reset_until;
  return (
    <section aria-label="Link for a new password" className="flex flex-col gap-3 rounded-md border p-3">
      <p className="text-sm text-muted">
        Forgotten? Make a link with which {user.username} chooses a new password. It works once; the old password holds
        until then.
      </p>
      {until && !make.isPending && (
        <p role="status" className="flex flex-wrap items-center gap-2 text-sm">
          <span className="min-w-0 grow">
            {make.data?.sent_to ? `Sent to ${make.data.sent_to}; it works` : 'A link works'} until{' '}
            <Time value={until} form="full" />.
          </span>
          <Button size="small" busy={revoke.isPending} onClick={() => revoke.mutate()}>
            Take it back
          </Button>
        </p>
      )}
      {link && (
        <div className="flex items-start gap-2">
          <code className="min-w-0 grow rounded bg-bg p-2 text-xs break-all">{link}</code>
          <Copy text={link} label="Copy the link" className="size-8" />
        </div>
      )}
      {link && <p className="text-xs text-muted">It is not shown again. Hand it over where nobody else reads it.</p>}
      <div className="flex flex-wrap items-end gap-2">
        <Select
          label="It works for"
          value={hours}
          onChange={(event) => setHours(event.target.value)}
          options={spans}
          className="w-32"
        />
        <Button busy={make.isPending} onClick={() => make.mutate(null)}>
          {until ? 'Make another link' : 'Make a link'}
        </Button>
      </div>
      {mail.data?.possible ? (
        <div className="flex flex-wrap items-end gap-2">
          <Field
            label="Or send it by e-mail to"
            type="email"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
            className="min-w-0 grow basis-48"
          />
          <Button busy={make.isPending} disabled={!email.includes('@')} onClick={() => make.mutate(email.trim())}>
            Send
          </Button>
        </div>
      ) : (
        mail.data?.missing && <p className="text-xs text-faint">By e-mail: {mail.data.missing}</p>
      )}
      {error && (
        <p role="alert" className="text-sm text-bad">
          {sentence(error)}
        </p>
      )}
    </section>
  );
}
