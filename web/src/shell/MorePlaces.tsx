import { Link } from '@tanstack/react-router';
import { BottomSheet } from '../ui/Dialog.tsx';
import { short } from '../ui/format.ts';
import { places } from './navigation.ts';

/** What the bar of phones has no room for. */
export function MorePlaces({ waiting, onClose }: { waiting: number; onClose: () => void }) {
  return (
    <BottomSheet open onClose={onClose} title="More">
      <nav aria-label="More" className="-m-2 grid grid-cols-3 gap-1">
        {places.map((place) =>
          place.bar ? null : (
            <Link
              key={place.to}
              to={place.to}
              activeOptions={{ includeSearch: false }}
              onClick={onClose}
              className="relative flex min-h-18 min-w-0 flex-col items-center justify-center gap-1.5 rounded-lg p-2 text-muted hover:bg-raised hover:text-text data-[status=active]:bg-accent-soft data-[status=active]:font-medium data-[status=active]:text-accent"
            >
              <place.icon className="size-5.5 shrink-0" aria-hidden="true" />
              <span className="max-w-full truncate text-xs">{place.name}</span>
              {place.to === '/playbooks' && waiting > 0 && (
                <span className="tabular absolute top-2 left-1/2 ml-2 rounded-full bg-high px-1 text-[0.6rem] leading-3.5 font-semibold text-bg">
                  {short(waiting)}
                  <span className="sr-only"> {waiting === 1 ? 'waits' : 'wait'} for approval</span>
                </span>
              )}
            </Link>
          ),
        )}
      </nav>
    </BottomSheet>
  );
}
