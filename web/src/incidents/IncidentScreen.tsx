import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Failure, Skeleton } from '../ui/States.tsx';
import { incidentQuery } from './api.ts';

const route = getRouteApi('/app/incidents/$id');

export function IncidentScreen() {
  const { id } = route.useParams();
  const query = useQuery(incidentQuery(id));
  if (query.isPending) return <Skeleton lines={12} className="p-6" />;
  if (!query.data) return <Failure error={query.error} retry={() => void query.refetch()} className="m-4" />;
  const incident = query.data;
  return (
    <div className="mx-auto max-w-4xl p-4">
      <h1 className="text-xl font-semibold">{incident.title}</h1>
      <ul className="mt-3 flex flex-col gap-1">
        {incident.story.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <ul className="mt-4">
        {incident.alerts.map((alert) => (
          <li key={alert.id}>
            <Link to="/alerts/$id" params={{ id: alert.id }} className="text-accent hover:underline">
              {alert.message}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
