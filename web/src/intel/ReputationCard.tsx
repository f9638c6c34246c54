import { useQuery } from '@tanstack/react-query';
import { ExternalLink, Radar } from 'lucide-react';
import { useState } from 'react';
import type { Reputation, ThreatLevel } from '../../../src/model/reputation.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { countryName } from '../ui/countries.ts';
import { LogText } from '../ui/LogText.tsx';
import { Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { type AddressJson, addressQuery } from './queries.ts';

const tones = {
  CRITICAL: 'bad',
  HIGH: 'bad',
  MEDIUM: 'warn',
  LOW: 'neutral',
  CLEAN: 'good',
  UNKNOWN: 'neutral',
} as const satisfies Record<ThreatLevel, string>;

const sourceNames = { virustotal: 'VirusTotal', abuseipdb: 'AbuseIPDB', otx: 'OTX', feeds: 'Lists' } as const;

/**
 * What is known of an address: where it is, what lists and providers say. Nobody is asked before somebody clicks.
 * To be put into a card of its own: it has no frame.
 */
export function ReputationCard({ address, asked = false }: { address: string; asked?: boolean }) {
  const [ask, setAsk] = useState(asked);
  const mayAsk = useMayAct();
  const query = useQuery(addressQuery(address, ask));
  if (query.isPending) return <Skeleton lines={2} />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const facts = query.data;
  const { reputation } = facts;
  return (
    <div className="flex flex-col gap-2" data-testid="reputation">
      <Place facts={facts} />
      {!facts.external && (
        <p className="text-xs text-muted">A private or reserved address: no list matches it and nobody is asked.</p>
      )}
      {facts.allowed !== null && (
        <p className="text-xs text-muted">
          Allowed here as <span className="font-mono">{facts.allowed}</span>: no list matches it.
        </p>
      )}
      {reputation !== null && <Verdict reputation={reputation} />}
      {facts.external && reputation === null && (
        <p className="text-xs text-muted">
          {facts.unavailable ?? 'Nothing is known against it. Nobody was asked yet.'}
        </p>
      )}
      {facts.external && mayAsk && !ask && facts.unavailable === null && (
        <Button size="small" className="self-start" onClick={() => setAsk(true)}>
          <Radar className="size-3.5" aria-hidden="true" /> Ask the providers
        </Button>
      )}
    </div>
  );
}

function Place({ facts }: { facts: AddressJson }) {
  const { country, city, asn, as_org } = facts.geo ?? {};
  const network = [asn === undefined ? null : `AS${asn}`, as_org].filter(Boolean).join(' ');
  if (!country && !city && network === '') return null;
  return (
    <p className="text-xs text-muted">
      <LogText
        text={[[city, country && countryName(country)].filter(Boolean).join(', '), network].filter(Boolean).join(' · ')}
        limit={200}
      />
    </p>
  );
}

function Verdict({ reputation }: { reputation: Reputation }) {
  const { threat_level, reputation_score, verdicts, categories, detection_names, note } = reputation;
  return (
    <>
      <p className="flex flex-wrap items-center gap-2">
        <Badge tone={tones[threat_level]}>{threat_level}</Badge>
        {verdicts.length > 0 && (
          <span className="text-xs text-muted" title="0: nothing against it. 100: all agree that it is malicious.">
            score <span className="tabular text-text">{reputation_score}</span> of 100
          </span>
        )}
      </p>
      <ul className="flex flex-col gap-1">
        {verdicts.map((verdict) => (
          <li key={verdict.source} className="flex items-baseline gap-2 text-xs">
            <span className="w-20 shrink-0 text-faint">{sourceNames[verdict.source]}</span>
            <span className="min-w-0 grow">
              {verdict.summary}
              {verdict.checked_at && (
                <span className="text-faint">
                  {' '}
                  · <Time value={verdict.checked_at} form="relative" />
                </span>
              )}
            </span>
            {verdict.link && (
              <a
                href={verdict.link}
                target="_blank"
                rel="noreferrer noopener"
                aria-label={`Open at ${sourceNames[verdict.source]}`}
                className="text-muted hover:text-text"
              >
                <ExternalLink className="size-3.5" aria-hidden="true" />
              </a>
            )}
          </li>
        ))}
      </ul>
      <Words name="Called" words={[...new Set([...categories, ...detection_names])]} />
      {note && <p className="text-xs text-faint">{note}</p>}
    </>
  );
}

function Words({ name, words }: { name: string; words: string[] }) {
  if (words.length === 0) return null;
  const most = 8;
  return (
    <p className="flex flex-wrap items-center gap-1 text-xs text-faint">
      {name}
      {words.slice(0, most).map((word) => (
        <Badge key={word}>
          <LogText text={word} limit={60} wrap={false} />
        </Badge>
      ))}
      {words.length > most && <span>and {words.length - most} more</span>}
    </p>
  );
}
