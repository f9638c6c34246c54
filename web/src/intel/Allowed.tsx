import { AllowList } from '../ui/AllowList.tsx';
import type { AllowedJson } from './queries.ts';
import { useIntelChange } from './useIntelChange.ts';

/** What no list matches, whatever it holds. */
export function Allowed({ allowed, admin }: { allowed: AllowedJson[]; admin: boolean }) {
  const change = useIntelChange<AllowedJson>();
  return (
    <div className="flex flex-col gap-4">
      <p className="max-w-prose text-muted">
        Networks that no list matches and that nobody is asked about: your own, partners, scanners that you ordered.
        Private and reserved addresses and those of this machine never match anyway.
      </p>
      <AllowList
        title="Allowed"
        verb="Allow"
        allowed={allowed}
        admin={admin}
        busy={change.isPending}
        onAdd={(body, added) =>
          change.mutate(
            { method: 'POST', path: '/allowed', body, done: ({ network }) => `${network} is allowed` },
            { onSuccess: added },
          )
        }
        onRemove={(network) =>
          change.mutate({
            method: 'DELETE',
            path: '/allowed',
            query: { network },
            done: () => `Lists match ${network} again`,
          })
        }
        empty={{
          title: 'Nothing is allowed yet.',
          note: 'Where a list is wrong about an address, allow it here instead of switching the list off.',
        }}
      />
    </div>
  );
}
