import { CircleAlert, RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { sentence } from '../api/client.ts';
import { Button } from './Button.tsx';
import { cx } from './cx.ts';

/** Nothing to show, and what to do next. */
export function Empty({ icon, title, children }: { icon?: ReactNode; title: string; children?: ReactNode }) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-2 px-4 py-10 text-center">
      {icon && <div className="text-faint [&_svg]:size-7">{icon}</div>}
      <p className="font-medium">{title}</p>
      {children && <div className="text-muted">{children}</div>}
    </div>
  );
}

/** A failure in one sentence, with a way to try again. */
export function Failure({ error, retry, className }: { error: unknown; retry?: () => void; className?: string }) {
  return (
    <div
      role="alert"
      className={cx('flex flex-wrap items-center gap-3 rounded-md border border-bad/40 bg-bad/8 p-3', className)}
    >
      <CircleAlert className="size-4 shrink-0 text-bad" aria-hidden="true" />
      <p className="min-w-0 grow basis-40 break-words">{sentence(error)}</p>
      {retry && (
        <Button size="small" onClick={retry}>
          <RotateCw className="size-3.5" aria-hidden="true" /> Try again
        </Button>
      )}
    </div>
  );
}

/** Grey lines where the content will be. */
export function Skeleton({ lines = 3, className }: { lines?: number; className?: string }) {
  return (
    <div role="status" aria-label="Loading" className={cx('flex flex-col gap-2.5', className)}>
      {Array.from({ length: lines }, (_, index) => index + 1).map((line) => (
        <div key={line} className="skeleton h-4" style={{ width: `${92 - ((line * 23) % 40)}%` }} />
      ))}
    </div>
  );
}
