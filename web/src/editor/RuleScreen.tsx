import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { meQuery, ruleQuery } from '../api/queries.ts';
import { Button } from '../ui/Button.tsx';
import { Failure, Skeleton } from '../ui/States.tsx';
import { RuleEditor } from './RuleEditor.tsx';

const route = getRouteApi('/app/rules/$id');

/** A rule on a page of its own: written, tested and tried on history. */
export function RuleScreen() {
  const { id } = route.useParams();
  const isNew = id === 'new';
  const query = useQuery({ ...ruleQuery(id), enabled: !isNew });
  const { data: user } = useQuery(meQuery);
  if (!user || (!isNew && query.isPending)) return <Skeleton lines={12} className="p-6" />;
  if (!isNew && !query.data) {
    return (
      <div className="mx-auto max-w-2xl p-6">
        <Failure error={query.error} retry={() => void query.refetch()} />
        <Button asChild className="mt-4">
          <Link to="/rules">Back to the rules</Link>
        </Button>
      </div>
    );
  }
  return <RuleEditor key={`${user.id} ${id}`} rule={isNew ? null : (query.data ?? null)} user={user} />;
}
