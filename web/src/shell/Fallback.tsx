import { Link, useRouter } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import { Button } from '../ui/Button.tsx';
import { Empty, Failure } from '../ui/States.tsx';

export function NotFound() {
  return (
    <div className="flex min-h-[70dvh] items-center">
      <Empty icon={<Compass aria-hidden="true" />} title="There is no such page.">
        <p>The address may be mistyped, or the page has moved.</p>
        <Button asChild className="mt-3">
          <Link to="/">Go to the overview</Link>
        </Button>
      </Empty>
    </div>
  );
}

/** A screen that failed to load or to draw. */
export function RouteFailure({ error, reset }: { error: unknown; reset?: () => void }) {
  const router = useRouter();
  return (
    <div className="mx-auto max-w-2xl p-6">
      <Failure
        error={error}
        retry={() => {
          reset?.();
          void router.invalidate();
        }}
      />
    </div>
  );
}
