import type { ReactNode } from 'react';
import { cx } from './cx.ts';

export function Card({
  title,
  extra,
  children,
  className,
  flush,
}: {
  title?: ReactNode;
  extra?: ReactNode;
  children: ReactNode;
  className?: string;
  /** No padding: the content (a list, a table) reaches the border. */
  flush?: boolean;
}) {
  return (
    <section className={cx('flex min-w-0 flex-col rounded-lg border bg-surface', className)}>
      {title && (
        <header className="flex min-h-10 items-center gap-2 border-b px-4 py-1.5">
          <h2 className="text-[0.93rem] font-semibold">{title}</h2>
          <div className="ml-auto flex items-center gap-1">{extra}</div>
        </header>
      )}
      <div className={cx('min-w-0 grow', flush ? undefined : 'p-4')}>{children}</div>
    </section>
  );
}

/** Heading of a screen, with its actions at the right. */
export function PageHead({ title, note, children }: { title: string; note?: ReactNode; children?: ReactNode }) {
  return (
    <div className="mb-4 flex flex-wrap items-center gap-x-3 gap-y-2">
      <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
      {note && <p className="text-muted">{note}</p>}
      <div className="ml-auto flex flex-wrap items-center gap-2">{children}</div>
    </div>
  );
}
