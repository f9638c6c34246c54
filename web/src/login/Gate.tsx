import type { ReactNode } from 'react';
import { Logo } from '../shell/Logo.tsx';

/** The frame of the pages in front of the login. */
export function Gate({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="flex min-h-dvh items-center justify-center bg-[radial-gradient(60rem_30rem_at_50%_-10%,var(--accent-soft),transparent)] p-4">
      <div className="w-full max-w-sm">
        <div className="mb-6 flex items-center justify-center gap-3">
          <Logo className="size-9" />
          <span className="text-2xl font-semibold tracking-tight">Phosor</span>
        </div>
        <div className="rounded-xl border bg-surface p-6 shadow-pop">
          <h1 className="mb-4 text-lg font-semibold">{title}</h1>
          {children}
        </div>
      </div>
    </main>
  );
}
