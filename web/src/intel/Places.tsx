import { MapPin } from 'lucide-react';
import { Card } from '../ui/Card.tsx';
import { bytes } from '../ui/format.ts';
import { Empty } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import type { IntelJson } from './queries.ts';

/** The databases that say where addresses are, and whose they are. */
export function Places({ databases }: { databases: IntelJson['databases'] }) {
  return (
    <div className="flex flex-col gap-4">
      <p className="max-w-prose text-muted">
        The country of an address is known out of the box. For cities and networks put a .mmdb file of your own (MaxMind
        GeoLite2 or GeoIP2, DB-IP) into the folder <code>geo</code> of the data folder, or name it in{' '}
        <code>geo.databases</code>, and restart.
      </p>
      <Card flush title="Databases">
        {databases.length === 0 ? (
          <Empty icon={<MapPin aria-hidden="true" />} title="No database is open.">
            <p>geo.enabled is off, or none could be read: the output of the start says why.</p>
          </Empty>
        ) : (
          <ul>
            {databases.map((database) => (
              <li key={database.name} className="border-b px-4 py-2 last:border-b-0">
                <p className="flex flex-wrap items-baseline gap-x-3">
                  <span className="font-medium break-all">{database.name}</span>
                  <span className="text-xs text-muted">{database.type}</span>
                  {database.built_at && (
                    <span className="text-xs text-faint">
                      {bytes(database.bytes)} · made <Time value={database.built_at} form="relative" />
                    </span>
                  )}
                </p>
                {database.problem && <p className="text-sm text-bad">{database.problem}</p>}
                {database.attribution && <p className="text-xs text-muted">{database.attribution}</p>}
              </li>
            ))}
          </ul>
        )}
      </Card>
    </div>
  );
}
