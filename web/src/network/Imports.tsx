import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { FileUp } from 'lucide-react';
import { useRef } from 'react';
import { request } from '../api/client.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { bytes, group } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { ProgressBar } from '../ui/ProgressBar.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { type Import, importsQuery } from './api.ts';

/** Files of packets: upload, progress, what came of them. */
export function Imports() {
  const client = useQueryClient();
  const query = useQuery(importsQuery);
  const mayAct = useMayAct();
  const input = useRef<HTMLInputElement>(null);
  const upload = useMutation({
    mutationFn: (file: File) =>
      request<Import>('/api/network/imports', {
        method: 'POST',
        query: { name: file.name.slice(0, 100) },
        body: new Blob([file], { type: 'application/vnd.tcpdump.pcap' }),
      }),
    onSettled: () => client.invalidateQueries({ queryKey: importsQuery.queryKey }),
  });
  const button = mayAct && (
    <>
      <input
        ref={input}
        type="file"
        hidden
        accept=".pcap,.pcapng,.cap"
        aria-label="File of packets"
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          if (file) upload.mutate(file);
          event.target.value = '';
        }}
      />
      <Button busy={upload.isPending} onClick={() => input.current?.click()}>
        <FileUp className="size-4" aria-hidden="true" /> Read a .pcap or .pcapng
      </Button>
    </>
  );
  return (
    <Card title="Files of packets" extra={button} flush>
      {upload.isError && <Failure error={upload.error} className="m-3" />}
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} className="m-3" />}
      {query.isPending && <Skeleton lines={4} className="p-4" />}
      {query.data?.length === 0 && (
        <Empty icon={<FileUp aria-hidden="true" />} title="No file was read since the start.">
          A capture of tcpdump or Wireshark becomes events with the times of its packets, and the rules look at them.
        </Empty>
      )}
      <ul>
        {query.data?.map((one) => (
          <li key={one.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b px-4 py-2.5 last:border-b-0">
            <span className="min-w-32 grow truncate font-medium">
              <LogText text={one.name} limit={100} wrap={false} />
            </span>
            {one.state === 'running' ? (
              <ProgressBar label={`Reading ${one.name}`} share={one.bytes / Math.max(1, one.bytes_total)} />
            ) : (
              <Badge tone={one.state === 'done' ? 'good' : 'bad'}>{one.state === 'done' ? 'read' : 'failed'}</Badge>
            )}
            <span className="text-xs text-muted">
              {bytes(one.bytes_total)} · {group(one.counts?.packets ?? 0)} packets · {group(one.counts?.flows ?? 0)}{' '}
              conversations
            </span>
            <Link
              to="/search"
              search={{ q: `source:pcap_${one.name}`, range: 'all' }}
              className="text-xs text-accent hover:underline"
            >
              {group(one.records)} events
            </Link>
            <span className="text-xs text-faint">
              <Time value={one.started_at} form="relative" />
            </span>
            {one.detail && <p className="w-full text-xs text-bad">{one.detail}</p>}
          </li>
        ))}
      </ul>
    </Card>
  );
}
