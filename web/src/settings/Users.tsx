import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { toast } from 'sonner';
import { request, sentence } from '../api/client.ts';
import { usersQuery } from '../api/queries.ts';
import type { Role, UserJson } from '../api/types.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field, Select } from '../ui/Field.tsx';
import { Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { ResetLink } from './ResetLink.tsx';

const roles: [Role, string][] = [
  ['viewer', 'Viewer: reads'],
  ['analyst', 'Analyst: also acknowledges, decides, exports'],
  ['admin', 'Admin: also changes rules, sources, users, settings'],
];

export function Users({ self }: { self: string }) {
  const query = useQuery(usersQuery);
  const [open, setOpen] = useState<UserJson | 'new' | null>(null);
  return (
    <div className="flex flex-col gap-4">
      {query.isPending && <Skeleton />}
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
      {query.data && (
        <Card
          flush
          title="Users"
          extra={
            <Button size="small" onClick={() => setOpen('new')}>
              <Plus className="size-3.5" aria-hidden="true" /> User
            </Button>
          }
        >
          <ul>
            {query.data.map((user) => (
              <li
                key={user.id}
                className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b px-4 py-2.5 last:border-b-0"
              >
                <span className="font-medium">{user.username}</span>
                <Badge tone={user.role === 'admin' ? 'accent' : 'neutral'}>{user.role}</Badge>
                {user.disabled && <Badge tone="warn">disabled</Badge>}
                {user.reset_until && <Badge title="A link for a new password works">link</Badge>}
                {user.id === self && <Badge>you</Badge>}
                <span className="ml-auto text-xs text-faint">
                  last login <Time value={user.last_login_at} form="relative" none="never" />
                </span>
                <Button size="small" onClick={() => setOpen(user)}>
                  Change<span className="sr-only"> {user.username}</span>
                </Button>
              </li>
            ))}
          </ul>
        </Card>
      )}
      {open && <UserDialog user={open === 'new' ? null : open} self={self} onClose={() => setOpen(null)} />}
    </div>
  );
}

function UserDialog({ user, self, onClose }: { user: UserJson | null; self: string; onClose: () => void }) {
  const [username, setUsername] = useState(user?.username ?? '');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<Role>(user?.role ?? 'analyst');
  const [disabled, setDisabled] = useState(user?.disabled ?? false);
  const queryClient = useQueryClient();
  const done = (text: string) => {
    toast.success(text);
    void queryClient.invalidateQueries({ queryKey: usersQuery.queryKey });
    onClose();
  };
  const save = useMutation({
    mutationFn: () =>
      user
        ? request(`/api/users/${encodeURIComponent(user.id)}`, {
            method: 'PATCH',
            body: {
              ...(role !== user.role ? { role } : {}),
              ...(disabled !== user.disabled ? { disabled } : {}),
              ...(password ? { password } : {}),
            },
          })
        : request('/api/users', { method: 'POST', body: { username, password, role } }),
    onSuccess: () => done(user ? `${user.username} changed` : `${username} may log in now`),
  });
  const remove = useMutation({
    mutationFn: () => request(`/api/users/${encodeURIComponent(user?.id ?? '')}`, { method: 'DELETE' }),
    onSuccess: () => done(`${user?.username} deleted`),
  });
  const [sure, setSure] = useState(false);
  const error = save.error ?? remove.error;
  return (
    <Dialog
      open
      onClose={onClose}
      title={user ? user.username : 'New user'}
      footer={
        <>
          {user && user.id !== self && (
            <Button
              kind="danger"
              className="mr-auto"
              busy={remove.isPending}
              onClick={() => (sure ? remove.mutate() : setSure(true))}
            >
              {sure ? 'Really delete?' : 'Delete'}
            </Button>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="primary"
            busy={save.isPending}
            disabled={user ? false : !username || !password}
            onClick={() => save.mutate()}
          >
            {user ? 'Save' : 'Create'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {!user && (
          <Field label="User name" value={username} onChange={(event) => setUsername(event.target.value)} autoFocus />
        )}
        <Select
          label="Role"
          value={role}
          onChange={(event) => setRole(event.target.value as Role)}
          options={roles}
          hint={user ? 'A change logs this user out everywhere.' : undefined}
        />
        <Field
          label={user ? 'New password (empty: as it is)' : 'Password'}
          type="password"
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          hint="At least 12 characters."
        />
        {user && !user.disabled && <ResetLink user={user} />}
        {user && user.id !== self && (
          <label className="flex items-center gap-2">
            <input
              type="checkbox"
              checked={disabled}
              onChange={(event) => setDisabled(event.target.checked)}
              className="size-4 accent-(--accent)"
            />
            May not log in
          </label>
        )}
        {error && (
          <p role="alert" className="text-bad">
            {sentence(error)}
          </p>
        )}
      </div>
    </Dialog>
  );
}
