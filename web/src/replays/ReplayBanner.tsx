import { Link } from '@tanstack/react-router';
import { History } from 'lucide-react';
import type { ReactNode } from 'react';
import { LogText } from '../ui/LogText.tsx';

/** Says on every page of a replay that nothing on it is live. */
export function ReplayBanner({ id, name, children }: { id: string; name: string; children?: ReactNode }) {
  return (
    <div
      data-testid="replay-banner"
      className="sticky top-0 z-20 flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-high/50 bg-surface px-3 py-2 sm:px-4"
      style={{
        backgroundImage:
          'repeating-linear-gradient(135deg, transparent 0 12px, color-mix(in srgb, var(--sev-high) 9%, transparent) 12px 24px)',
      }}
    >
      <History className="size-4 shrink-0 text-high" aria-hidden="true" />
      <p className="min-w-0 grow basis-40 break-words">
        <strong className="font-semibold">
          Replay{' '}
          <Link to="/replays/$id" params={{ id }} className="underline decoration-dotted underline-offset-2">
            <LogText text={name} limit={100} className="!font-sans !text-[1em]" />
          </Link>
          , not live.
        </strong>{' '}
        <span className="text-muted max-sm:hidden">
          What the rules would have raised: nobody was told by it, and nothing was done.
        </span>
      </p>
      {children}
    </div>
  );
}
