import type { ReactNode } from 'react';
import { Badge } from '../ui/Badge.tsx';
import { Card } from '../ui/Card.tsx';
import { bytes, duration } from '../ui/format.ts';
import { Time } from '../ui/Time.tsx';
import { useNow } from '../ui/useNow.ts';
import type { PersonaJson } from './queries.ts';

/** Who the decoys of this installation pretend to be. */
export function Persona({ persona }: { persona: PersonaJson }) {
  const now = useNow();
  const up = Math.max(0, (now - Date.parse(persona.booted_at)) / 1000);
  const facts: [string, ReactNode][] = [
    ['Host', `${persona.hostname}.${persona.domain}`],
    ['System', `${persona.system}, kernel ${persona.kernel}`],
    ['Looks like', `a ${persona.role} server`],
    [
      'Hardware',
      `${persona.cpu}, ${persona.cores} × CPU, ${bytes(persona.memory_bytes)}, disk ${bytes(persona.disk_bytes)}`,
    ],
    ['Inner address', [persona.address, persona.mac].filter((each) => each !== null).join(', ') || 'none'],
    ['SSH', persona.ssh_version],
    ['Set up', <Time key="installed" value={persona.installed_at} form="full" />],
    ['Up', `${duration(up)}, ${persona.processes} processes`],
  ];
  return (
    <Card title="Who they pretend to be">
      <p className="mb-3 max-w-prose text-muted">
        One machine, made up for this installation alone and the same after every restart. Visitors see it in the shell,
        in banners and in files.
      </p>
      <dl className="grid gap-x-6 gap-y-2 sm:grid-cols-2">
        {facts.map(([name, fact]) => (
          <div key={name} className="min-w-0">
            <dt className="text-xs text-faint">{name}</dt>
            <dd className="break-words">{fact}</dd>
          </div>
        ))}
        <div className="min-w-0 sm:col-span-2">
          <dt className="text-xs text-faint">People</dt>
          <dd className="mt-1 flex flex-wrap gap-1.5">
            {persona.users.map(({ name, full_name, sudo }) => (
              <Badge key={name} {...(full_name !== '' && { title: full_name })}>
                {name}
                {sudo && ' (sudo)'}
              </Badge>
            ))}
          </dd>
        </div>
      </dl>
    </Card>
  );
}
