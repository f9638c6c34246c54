import { getRouteApi, Link } from '@tanstack/react-router';
import { LogText } from '../ui/LogText.tsx';

const route = getRouteApi('/app/entity/$kind/$value');

export function EntityScreen() {
  const { kind, value } = route.useParams();
  return (
    <div className="p-4">
      <h1 className="text-xl font-semibold">
        <LogText text={value} limit={200} />
      </h1>
      <Link
        to="/incidents"
        search={{ entity: `${kind}:${value}`, view: 'all' }}
        className="text-accent hover:underline"
      >
        Its incidents
      </Link>
    </div>
  );
}
