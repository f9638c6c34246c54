import { useQuery } from '@tanstack/react-query';
import { Eye } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../ui/Button.tsx';
import { Failure, Skeleton } from '../ui/States.tsx';
import { Choice } from '../ui/Tabs.tsx';
import { previewMessage } from './queries.ts';

const kinds = [
  ['opened', 'New'],
  ['update', 'Update'],
  ['closed', 'Closed'],
  ['digest', 'Digest'],
] as const;

/** How a message would look with what is in the form now. Nothing is sent. */
export function Preview({ type, config }: { type: string; config: Record<string, unknown> }) {
  const [shown, setShown] = useState<Record<string, unknown> | null>(null);
  const [kind, setKind] = useState<(typeof kinds)[number][0]>('opened');
  const preview = useQuery({
    queryKey: ['notifications', 'preview', type, shown, kind],
    queryFn: () => previewMessage(type, shown ?? {}, kind),
    enabled: shown !== null,
    retry: false,
  });
  return (
    <section className="flex flex-col gap-3 border-t pt-4" aria-label="Preview">
      <div className="flex flex-wrap items-center gap-2">
        <Button size="small" onClick={() => setShown(config)}>
          <Eye className="size-3.5" aria-hidden="true" /> {shown === null ? 'Preview' : 'Preview again'}
        </Button>
        {shown !== null && <Choice label="Kind of message" value={kind} options={kinds} onChange={setKind} />}
      </div>
      {shown !== null && preview.isPending && <Skeleton />}
      {preview.isError && <Failure error={preview.error} />}
      {preview.data && (
        <>
          <pre className="thin-scroll max-h-80 overflow-auto rounded-md border bg-bg p-3 font-mono text-xs whitespace-pre-wrap">
            {preview.data.payload}
          </pre>
          {preview.data.html !== null && (
            // No script, no form and no link of it does anything here.
            <iframe
              title="The mail as HTML"
              sandbox=""
              srcDoc={preview.data.html}
              className="h-96 w-full rounded-md border bg-white"
            />
          )}
        </>
      )}
    </section>
  );
}
