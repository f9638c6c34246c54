import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ShieldAlert, ShieldCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { sentence } from '../api/client.ts';
import { cx } from '../ui/cx.ts';
import { type PreviewJson, type ResponseJson, responseQuery } from './api.ts';

/** What the safety rules say of a decision before it is made. */
export function Verdict({
  kind,
  asked,
  preview,
  error,
}: {
  kind: string;
  asked: string;
  preview: PreviewJson | undefined;
  error: Error | null;
}) {
  const { data: response } = useQuery(responseQuery);
  if (error !== null) return <Line bad>{sentence(error)}</Line>;
  if (preview === undefined) return <Line>Give an address, and what the safety rules say of it is shown here.</Line>;
  const { outcome, why, standing, target } = preview;
  if (outcome === 'refused') return <Line bad>It will be refused. {why}</Line>;
  if (standing !== null) return <Line bad>It is decided already{where(standing.target, asked)}. Undo that first.</Line>;
  return (
    <Line good>
      {target !== asked && <>All of {target} is meant. </>}
      {kind === 'alert' ? (
        'It is only marked as watched: nothing is written into a firewall.'
      ) : outcome === 'dry-run' ? (
        <>
          {response?.panic ? 'The panic switch is pulled' : 'Dry-run'}: it is written down, and nothing is blocked. The
          mode is changed under{' '}
          <Link to="/decisions" className="underline underline-offset-2">
            Decisions
          </Link>
          .
        </>
      ) : (
        `For real: it takes effect at once, ${placeOf(response)}.`
      )}
    </Line>
  );
}

const where = (standing: string, asked: string): string => (standing === asked ? '' : ` (${standing})`);

const placeOf = (response: ResponseJson | undefined): string =>
  response?.enforcer.name
    ? `in the firewall (${response.enforcer.name}), at bouncers and in lists`
    : 'at bouncers and in lists; no firewall is used here';

function Line({ bad, good, children }: { bad?: boolean; good?: boolean; children: ReactNode }) {
  const Icon = bad ? ShieldAlert : ShieldCheck;
  return (
    <p
      role="status"
      className={cx(
        'flex items-start gap-2 rounded-md border p-2.5 text-sm break-words',
        bad ? 'border-bad/40 bg-bad/10' : 'bg-raised',
        !bad && !good && 'text-muted',
      )}
    >
      <Icon aria-hidden="true" className={cx('mt-0.5 size-4 shrink-0', bad ? 'text-bad' : 'text-muted')} />
      <span className="min-w-0">{children}</span>
    </p>
  );
}
