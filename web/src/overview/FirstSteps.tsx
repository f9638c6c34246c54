import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { FileText, PlayCircle, Radio, Webhook } from 'lucide-react';
import type { ReactNode } from 'react';
import { toast } from 'sonner';
import { request, sentence } from '../api/client.ts';
import { listeningQuery, offersQuery } from '../api/queries.ts';
import { Button } from '../ui/Button.tsx';
import { CopyLine } from '../ui/Copy.tsx';
import { bytes } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';

/** Shown until the first event arrives: four ways to get one. */
export function FirstSteps() {
  return (
    <>
      <p className="mb-4 max-w-2xl text-muted">
        Nothing has arrived yet. Choose a way; the first line shows up here and in the live tail the moment it comes in.
      </p>
      <div className="grid gap-4 md:grid-cols-2 2xl:grid-cols-4">
        <SendSyslog />
        <AddFile />
        <Step icon={<Webhook />} title="Post JSON to a webhook">
          <p>Any JSON; the last part of the address names the source. An API key that may send events lets it in.</p>
          <CopyLine
            text={`curl ${location.origin}/api/webhook/my_app -H "X-API-Key: $KEY" -H "Content-Type: application/json" -d '{"event":"login_failed","user":"root","ip":"203.0.113.66"}'`}
          />
          <Button asChild className="self-start">
            <Link to="/settings" search={{ tab: 'keys' }}>
              Create a key
            </Link>
          </Button>
        </Step>
        <Step icon={<PlayCircle />} title="See it with attacks in it">
          <p>
            The demo starts beside this one, with its own throw-away data, and plays attacks through the real listeners.
          </p>
          <CopyLine text="npm run demo" />
        </Step>
      </div>
    </>
  );
}

function Step({ icon, title, children }: { icon: ReactNode; title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-3 rounded-lg border bg-surface p-5">
      <h2 className="flex items-center gap-2.5 text-base font-semibold [&_svg]:size-5 [&_svg]:text-accent">
        {icon}
        {title}
      </h2>
      {children}
    </section>
  );
}

/** Where syslog is listened for, as other machines would write it. */
function useSyslogAddress(): { host: string; port: number } | null {
  const { data } = useQuery(listeningQuery);
  const open = data?.listening.find((door) => door.what.startsWith('syslog'));
  if (!open) return null;
  const local = location.hostname.replace(/^\[|\]$/g, '');
  return { host: open.host === '0.0.0.0' || open.host === '::' ? local : open.host, port: open.port };
}

function SendSyslog() {
  const address = useSyslogAddress();
  return (
    <Step icon={<Radio />} title="Send syslog here">
      {address ? (
        <>
          <p>Try it from this machine:</p>
          <CopyLine
            text={`logger --server ${address.host} --port ${address.port} --udp --tag sshd "Failed password for root from 203.0.113.66 port 4242 ssh2"`}
          />
          <p>Forward a whole machine, in /etc/rsyslog.d/90-phosor.conf (two @: TCP):</p>
          <CopyLine text={`*.* @@${address.host}:${address.port}`} />
          <p className="text-xs text-muted">Routers, switches and NAS boxes take the same address and port.</p>
        </>
      ) : (
        <p className="text-muted">
          The syslog listener is off. Its port is set with PHOSOR_SYSLOG_PORT; see{' '}
          <Link to="/settings" className="text-accent underline">
            the settings
          </Link>
          .
        </p>
      )}
    </Step>
  );
}

function AddFile() {
  const queryClient = useQueryClient();
  const offers = useQuery(offersQuery);
  const add = useMutation({
    mutationFn: (filepath: string) => request('/api/sources/file/add', { method: 'POST', body: { filepath } }),
    onSuccess: (_, filepath) => {
      toast.success(`Following ${filepath}`);
      void queryClient.invalidateQueries();
    },
    onError: (error) => toast.error(sentence(error)),
  });
  return (
    <Step icon={<FileText />} title="Follow a log file">
      {offers.data && offers.data.length > 0 ? (
        <>
          <p>Readable on this machine:</p>
          <ul className="flex flex-col gap-1.5">
            {offers.data.slice(0, 6).map((offer) => (
              <li key={offer.path} className="flex items-center gap-2">
                <span className="min-w-0 grow truncate">
                  <LogText text={offer.path} wrap={false} />{' '}
                  <span className="text-xs text-faint">{bytes(offer.bytes)}</span>
                </span>
                <Button
                  size="small"
                  busy={add.isPending && add.variables === offer.path}
                  onClick={() => add.mutate(offer.path)}
                >
                  Follow
                </Button>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p>Any file inside the permitted folders. Reading starts at its end; new lines arrive within moments.</p>
      )}
      <Button asChild className="self-start">
        <Link to="/sources" search={{ add: true }}>
          {offers.data && offers.data.length > 0 ? 'Add another file' : 'Add a log file'}
        </Link>
      </Button>
    </Step>
  );
}
