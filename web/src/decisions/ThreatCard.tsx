import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { request } from '../api/client.ts';
import { Badge } from '../ui/Badge.tsx';
import { Card } from '../ui/Card.tsx';
import { group } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { decisionsQuery, type ScoreJson } from './api.ts';
import { Score } from './Score.tsx';
import { kindNames, stateNames, stateTones } from './words.ts';

const all = 'active,dry-run,expired,undone,refused';
const shown = 6;

const scoreQuery = (address: string) =>
  queryOptions({
    queryKey: ['response', 'score', address],
    queryFn: ({ signal }) => request<ScoreJson>(`/api/response/score/${encodeURIComponent(address)}`, { signal }),
    refetchInterval: 5000,
  });

/** How dangerous an address is, why, and what was decided about it. */
export function ThreatCard({ address }: { address: string }) {
  const score = useQuery(scoreQuery(address));
  const decisions = useQuery(decisionsQuery({ state: all, q: address, cursor: undefined }));
  const { total = 0, decisions: newest = [] } = decisions.data ?? {};
  return (
    <Card title="Threat">
      {score.isPending && <Skeleton lines={3} />}
      {score.isError && <Failure error={score.error} retry={() => void score.refetch()} />}
      {score.data && <Score score={score.data} />}
      <h3 className="mt-3 mb-1 text-xs font-medium text-faint">Decisions</h3>
      {decisions.isError && <Failure error={decisions.error} retry={() => void decisions.refetch()} />}
      {decisions.data && total === 0 && <p className="text-muted">Nothing was decided about it.</p>}
      <ul className="flex flex-col gap-2">
        {newest.slice(0, shown).map((decision) => (
          <li key={decision.id} className="text-xs">
            <p className="flex flex-wrap items-center gap-2">
              <Badge tone={stateTones[decision.state]}>{stateNames[decision.state]}</Badge>
              <Link to="/decisions" search={{ open: decision.id }} className="text-accent hover:underline">
                {kindNames[decision.kind]}
              </Link>
              <span className="font-mono break-all">{decision.target}</span>
              <Time value={decision.created} form="relative" className="text-faint" />
            </p>
            <p className="mt-0.5 break-words text-muted">
              <LogText text={decision.reason} limit={300} className="!font-sans !text-[1em]" />
              {decision.note && <> {decision.note}</>}
            </p>
          </li>
        ))}
      </ul>
      {total > shown && (
        <Link to="/decisions" search={{ q: address }} className="mt-1 block text-xs text-muted hover:underline">
          All {group(total)}
        </Link>
      )}
    </Card>
  );
}
