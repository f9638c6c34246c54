import { useQuery } from '@tanstack/react-query';
import { ChevronDown, ChevronRight, Radio } from 'lucide-react';
import { useState } from 'react';
import type { ScoreJson } from '../decisions/api.ts';
import { Score } from '../decisions/Score.tsx';
import { Badge } from '../ui/Badge.tsx';
import { Card } from '../ui/Card.tsx';
import { countryName } from '../ui/countries.ts';
import { bytes } from '../ui/format.ts';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { Address } from './Address.tsx';
import { type Packet, packetsQuery } from './api.ts';

const levelTones = { LOW: 'neutral', MEDIUM: 'warn', HIGH: 'bad' } as const;

/** The log of packets: each with its score, what the score advises, and which part gave how many points. */
export function Packets({ source }: { source: string | undefined }) {
  const query = useQuery(packetsQuery(source));
  const [open, setOpen] = useState<string | null>(null);
  const packets = query.data?.packets ?? [];
  return (
    <>
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} className="mb-3" />}
      {query.isPending && <Skeleton lines={8} />}
      {query.data && packets.length === 0 && (
        <Empty icon={<Radio aria-hidden="true" />} title="No packet is in the log.">
          {source === undefined
            ? 'The first packets of each conversation come here, from a capture or a file of packets.'
            : 'Nothing of this address. Remove the filter, or wait a moment.'}
        </Empty>
      )}
      {packets.length > 0 && (
        <Card flush title="The newest packets, each with its score">
          <ul aria-label="Packets">
            {packets.map((packet) => (
              <Row
                key={packet.id}
                packet={packet}
                isOpen={open === packet.id}
                toggle={() => setOpen(open === packet.id ? null : packet.id)}
              />
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}

function Row({ packet, isOpen, toggle }: { packet: Packet; isOpen: boolean; toggle: () => void }) {
  const { score } = packet;
  const Arrow = isOpen ? ChevronDown : ChevronRight;
  return (
    <li className="border-b px-3 py-2 last:border-b-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <button
          type="button"
          aria-expanded={isOpen}
          aria-label={`Why ${score.score} for the packet from ${packet.src_ip ?? 'nobody'}`}
          onClick={toggle}
          className="flex items-center gap-1.5 rounded hover:text-accent"
        >
          <Arrow className="size-4 text-faint" aria-hidden="true" />
          <span className="w-7 text-right font-medium tabular-nums">{score.score}</span>
          <Badge tone={levelTones[score.threat_level]}>{score.threat_level}</Badge>
        </button>
        <Badge tone={score.decision === 'BLOCK' ? 'bad' : score.decision === 'ALERT' ? 'warn' : 'neutral'}>
          {score.decision}
        </Badge>
        <span className="flex min-w-0 flex-wrap items-center gap-x-2">
          {packet.src_ip && <Address address={packet.src_ip} port={packet.src_port} />}
          {packet.country && <span className="text-xs text-muted">{countryName(packet.country)}</span>}
          <span className="text-faint">→</span>
          {packet.dst_ip && <Address address={packet.dst_ip} port={packet.dst_port} />}
        </span>
        <span className="text-xs text-muted">
          {packet.protocol.toUpperCase()}, {bytes(packet.length)}
          {packet.entropy !== null && `, entropy ${packet.entropy.toFixed(1)}`}
        </span>
        <Time value={packet.time} form="relative" className="ml-auto text-xs whitespace-nowrap text-faint" />
      </div>
      {!isOpen && score.score > 0 && <p className="mt-1 pl-6 text-xs break-words text-muted">{shortWhy(score)}</p>}
      {isOpen && (
        <div className="mt-2 pl-6 text-xs">
          <Score score={score} />
          {score.score === 0 && <p className="text-muted">Nothing speaks against it or its source.</p>}
        </div>
      )}
    </li>
  );
}

/** `rules 45, packet 15`: which part gave how much. */
const shortWhy = ({ parts }: ScoreJson): string =>
  parts
    .filter(({ points }) => points > 0)
    .map(({ part, points }) => `${part} ${points}`)
    .join(', ');
