import typefaceLicense from '@fontsource-variable/inter/LICENSE?raw';
import { useQuery } from '@tanstack/react-query';
import { healthQuery } from '../api/queries.ts';
import { intelQuery } from '../intel/queries.ts';
import { Card } from '../ui/Card.tsx';
import { duration, group } from '../ui/format.ts';
import { Failure, Skeleton } from '../ui/States.tsx';

export function About() {
  const query = useQuery(healthQuery);
  const intel = useQuery(intelQuery);
  const attributions = new Set(intel.data?.databases.flatMap(({ attribution }) => attribution ?? []));
  if (query.isPending) return <Skeleton />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const { state, version, uptime_seconds, ...counts } = query.data;
  return (
    <Card title="Phosor">
      <p className="mb-4 max-w-prose text-muted">
        Collects security logs, understands them unasked, detects attacks as they happen and explains every alert. One
        process, on this machine; nothing leaves it.
      </p>
      <dl className="grid max-w-md grid-cols-[auto_1fr] gap-x-6 gap-y-1.5">
        <dt className="text-muted">Version</dt>
        <dd>{version}</dd>
        <dt className="text-muted">Status</dt>
        <dd>{state}</dd>
        <dt className="text-muted">Uptime</dt>
        <dd>{duration(uptime_seconds)}</dd>
        {Object.entries(counts).map(([name, value]) =>
          typeof value === 'number' ? (
            <div key={name} className="contents">
              <dt className="text-muted">
                {name.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase())}
              </dt>
              <dd className="tabular">{group(value)}</dd>
            </div>
          ) : null,
        )}
      </dl>
      {[...attributions].map((text) => (
        <p key={text} className="mt-3 text-xs text-muted">
          {text}
        </p>
      ))}
      <p className="mt-5 flex flex-wrap gap-x-4 gap-y-1">
        <a href="/docs" target="_blank" rel="noreferrer" className="text-accent hover:underline">
          API explorer
        </a>
        <a href="/redoc" target="_blank" rel="noreferrer" className="text-accent hover:underline">
          API reference
        </a>
        <a href="/openapi.json" target="_blank" rel="noreferrer" className="text-accent hover:underline">
          OpenAPI document
        </a>
      </p>
      <details className="mt-4 text-xs text-muted">
        <summary className="cursor-pointer">Typeface: Inter, under the SIL Open Font License</summary>
        <pre className="thin-scroll mt-2 max-h-64 overflow-auto whitespace-pre-wrap">{typefaceLicense}</pre>
      </details>
    </Card>
  );
}
