import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { toast } from 'sonner';
import { request, sentence } from '../api/client.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Field } from '../ui/Field.tsx';

export function OwnPassword() {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const change = useMutation({
    mutationFn: () => request('/api/auth/password', { method: 'POST', body: { current, new: next } }),
    onSuccess: () => {
      setCurrent('');
      setNext('');
      toast.success('Your password is changed. Other sessions of yours have ended.');
    },
  });
  return (
    <Card title="Your password">
      <form
        className="grid gap-4 sm:grid-cols-2"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        <Field
          label="Current password"
          type="password"
          autoComplete="current-password"
          required
          value={current}
          onChange={(event) => setCurrent(event.target.value)}
        />
        <Field
          label="New password"
          type="password"
          autoComplete="new-password"
          required
          minLength={12}
          value={next}
          onChange={(event) => setNext(event.target.value)}
          hint="At least 12 characters."
          error={change.isError ? sentence(change.error) : null}
        />
        <Button type="submit" busy={change.isPending} className="justify-self-start">
          Change the password
        </Button>
      </form>
    </Card>
  );
}
