import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { toast } from 'sonner';
import { request, sentence } from '../api/client.ts';
import { meQuery } from '../api/queries.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Field, Select } from '../ui/Field.tsx';
import { Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';

interface HoneytokenJson {
  id: string;
  kind: 'account' | 'path';
  value: string;
  has_password: boolean;
  label: string;
  origin: 'installation' | 'own';
  created_at: string | null;
  created_by: string | null;
}

const baitQuery = queryOptions({
  queryKey: ['honeytokens'],
  queryFn: ({ signal }) => request<{ honeytokens: HoneytokenJson[] }>('/api/honeytokens', { signal }),
});

const kinds = [
  ['account', 'Account'],
  ['path', 'Path'],
] as const;

/** Accounts and paths that exist nowhere: their use in any log is an alert. */
export function Bait() {
  const { data: user } = useQuery(meQuery);
  const query = useQuery(baitQuery);
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: (id: string) => request<null>(`/api/honeytokens/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSuccess: () => toast.success('It is no bait any more. Take it away from where it lies, too.'),
    onError: (error) => toast.error(sentence(error)),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['honeytokens'] }),
  });
  const admin = user?.role === 'admin';
  if (query.isPending) return <Skeleton lines={8} />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return (
    <div className="flex flex-col gap-4">
      <p className="max-w-prose text-muted">
        Accounts and paths that exist nowhere. Whoever uses one has been where nobody should be: in any log it is a
        critical alert.{' '}
        <Link to="/search" search={{ q: 'honeytoken:*' }} className="text-accent underline underline-offset-2">
          Search for its use
        </Link>
      </p>
      {admin && <Lay />}
      <Card flush title="Laid out">
        <ul>
          {query.data.honeytokens.map((token) => (
            <li
              key={token.id}
              className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b px-4 py-2 last:border-b-0"
            >
              <Badge>{token.kind}</Badge>
              <span className="font-mono break-all">{token.value}</span>
              <span className="min-w-0 grow break-words text-muted">{token.label}</span>
              {token.created_at !== null && (
                <span className="text-xs text-faint">
                  {token.created_by} · <Time value={token.created_at} form="relative" />
                </span>
              )}
              {admin && token.origin === 'own' && (
                <Button size="small" onClick={() => remove.mutate(token.id)}>
                  Remove
                </Button>
              )}
            </li>
          ))}
        </ul>
      </Card>
    </div>
  );
}

function Lay() {
  const queryClient = useQueryClient();
  const [kind, setKind] = useState<HoneytokenJson['kind']>('account');
  const [value, setValue] = useState('');
  const [label, setLabel] = useState('');
  const lay = useMutation({
    mutationFn: () =>
      request<{ honeytoken: HoneytokenJson; password: string | null }>('/api/honeytokens', {
        method: 'POST',
        body: { kind, label: label.trim(), ...(value.trim() !== '' && { value: value.trim() }) },
      }),
    onSuccess: () => {
      setValue('');
      setLabel('');
      return queryClient.invalidateQueries({ queryKey: ['honeytokens'] });
    },
    onError: (error) => toast.error(sentence(error)),
  });
  return (
    <>
      <form
        className="flex flex-wrap items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          lay.mutate();
        }}
      >
        <Select
          label="Kind"
          value={kind}
          options={kinds}
          onChange={(event) => setKind(event.target.value === 'path' ? 'path' : 'account')}
        />
        <Field
          label={kind === 'account' ? 'User name' : 'Path'}
          value={value}
          maxLength={200}
          onChange={(event) => setValue(event.target.value)}
          placeholder="made up if empty"
          className="w-56"
        />
        <Field
          label="Where it will lie"
          value={label}
          maxLength={120}
          onChange={(event) => setLabel(event.target.value)}
          placeholder="page “Backups” in the wiki"
          className="min-w-0 grow basis-48"
        />
        <Button type="submit" kind="primary" busy={lay.isPending} disabled={label.trim() === ''}>
          Lay
        </Button>
      </form>
      {lay.data && (
        <p role="status" className="max-w-prose rounded border p-3">
          Lay it now: <span className="font-mono break-all">{lay.data.honeytoken.value}</span>
          {lay.data.password !== null && (
            <>
              {' '}
              with the password <span className="font-mono break-all">{lay.data.password}</span>, which is not shown
              again
            </>
          )}
          .
        </p>
      )}
    </>
  );
}
