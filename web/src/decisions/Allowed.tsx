import { AllowList } from '../ui/AllowList.tsx';
import { Card } from '../ui/Card.tsx';
import { plural } from '../ui/format.ts';
import { type ResponseJson, useResponseChange } from './api.ts';
import { protectedNames } from './words.ts';

/** Who is never blocked: the list that people keep, and what Phosor sees by itself. */
export function Allowed({ response, admin }: { response: ResponseJson; admin: boolean }) {
  const change = useResponseChange<{ network: string; lifted: number }>();
  return (
    <div className="flex flex-col gap-4">
      <AllowList
        title="Allow-list"
        verb="Never block"
        allowed={response.allowed}
        admin={admin}
        busy={change.isPending}
        onAdd={(body, added) =>
          change.mutate(
            {
              method: 'POST',
              path: '/api/response/allowed',
              body,
              done: ({ network, lifted }) =>
                `${network} is never blocked${lifted > 0 ? `; ${plural(lifted, 'decision')} lifted` : ''}`,
            },
            { onSuccess: added },
          )
        }
        onRemove={(network) =>
          change.mutate({
            method: 'DELETE',
            path: '/api/response/allowed',
            query: { network },
            done: () => `${network} may be blocked again`,
          })
        }
        empty={{
          title: 'Nobody is on it yet.',
          note: 'Put your own networks, partners and monitoring on it before decisions are enforced.',
        }}
      />
      <Card flush title="Protected by themselves">
        <ul>
          {response.protected.map(({ network, why }) => (
            <li key={`${network} ${why}`} className="flex flex-wrap gap-x-3 border-b px-4 py-1.5 last:border-b-0">
              <span className="font-mono">{network}</span>
              <span className="text-muted">{protectedNames[why]}</span>
            </li>
          ))}
        </ul>
      </Card>
    </div>
  );
}
