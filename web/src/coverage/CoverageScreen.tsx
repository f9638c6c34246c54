import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Download, Grid3x3, Radio } from 'lucide-react';
import { useMemo, useRef } from 'react';
import { coverageQuery, sourcesQuery } from '../api/queries.ts';
import type { Coverage, CoverageState } from '../api/types.ts';
import { RunTests } from '../rules/RunTests.tsx';
import { useKeys } from '../shell/keys.ts';
import { Button } from '../ui/Button.tsx';
import { cx } from '../ui/cx.ts';
import { group } from '../ui/format.ts';
import { SearchBox } from '../ui/SearchBox.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { Matrix } from './Matrix.tsx';
import { columnsOf, countStates, states } from './matrix.ts';
import { StateMark, stateLooks } from './states.tsx';
import { TechniqueDrawer } from './TechniqueDrawer.tsx';

const route = getRouteApi('/app/coverage');

/** What can be detected: ATT&CK's techniques, crossed with the rules and with the data that really arrives. */
export function CoverageScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(coverageQuery);
  const textInput = useRef<HTMLInputElement>(null);
  const chosen = useMemo(() => {
    const wanted = search.state?.split(',') ?? [];
    return states.filter((state) => wanted.includes(state));
  }, [search.state]);
  const columns = useMemo(
    () => (query.data ? columnsOf(query.data, { states: chosen, text: search.q ?? '' }) : []),
    [query.data, chosen, search.q],
  );
  const change = (values: object) =>
    void navigate({ search: (previous) => ({ ...previous, ...values }), replace: true });
  const toggle = (state: CoverageState) => {
    const next = states.filter((each) => (each === state) !== chosen.includes(each));
    change({ state: next.length > 0 && next.length < states.length ? next.join(',') : undefined });
  };
  const open = (technique: string | undefined) =>
    void navigate({ search: ({ technique: _, ...rest }) => (technique ? { ...rest, technique } : rest) });
  useKeys({ '/': () => textInput.current?.focus() });

  const isEmpty = columns.every(({ cells }) => cells.length === 0);
  return (
    <div className="flex flex-col gap-3 p-3 sm:p-4 md:h-full md:min-h-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="text-xl font-semibold tracking-tight">Coverage</h1>
        <p className="text-muted">
          What can be detected, by <abbr title="MITRE ATT&CK, Enterprise">ATT&CK</abbr> technique
          {query.data?.looked_at && (
            <span className="text-xs text-faint" title="When it was last looked at what the sources send">
              {' · sources looked at '}
              <Time value={query.data.looked_at} form="relative" />
            </span>
          )}
        </p>
        <span className="ml-auto" />
        <RunTests label="Run the rules’ tests" />
        <Button asChild>
          <a href="/api/rules/coverage/navigator" download="phosor-coverage.json" title="Open it in ATT&CK Navigator">
            <Download className="size-4" aria-hidden="true" /> Navigator layer
          </a>
        </Button>
      </div>
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && <Skeleton lines={12} />}
      {query.data && (
        <>
          <div className="flex flex-wrap items-center gap-2">
            <StateFilter coverage={query.data} chosen={chosen} onToggle={toggle} />
            <SearchBox
              ref={textInput}
              label="Search the techniques"
              placeholder="Technique, rule …   /"
              value={search.q ?? ''}
              onChange={(q) => change({ q: q || undefined })}
              className="min-w-44 grow sm:max-w-64"
            />
          </div>
          <Advice coverage={query.data} />
          {isEmpty ? (
            <Empty icon={<Grid3x3 aria-hidden="true" />} title="No technique fits.">
              <Button className="mt-2" onClick={() => void navigate({ search: {} })}>
                Remove the filters
              </Button>
            </Empty>
          ) : (
            <div className="min-h-0 md:grow">
              <Matrix columns={columns} onOpen={open} />
            </div>
          )}
          {search.technique && (
            <TechniqueDrawer
              id={search.technique}
              coverage={query.data}
              onOpen={open}
              onClose={() => open(undefined)}
            />
          )}
        </>
      )}
    </div>
  );
}

/** How many techniques are in each state; each is a switch of what is shown. */
function StateFilter({
  coverage,
  chosen,
  onToggle,
}: {
  coverage: Coverage;
  chosen: readonly CoverageState[];
  onToggle: (state: CoverageState) => void;
}) {
  const counts = countStates(coverage.techniques);
  const total = Math.max(1, coverage.techniques.length);
  return (
    <div className="flex max-w-full min-w-0 flex-col gap-1.5">
      <fieldset aria-label="State" className="thin-scroll flex max-w-full gap-1.5 overflow-x-auto">
        {[...states].reverse().map((state) => (
          <button
            key={state}
            type="button"
            aria-pressed={chosen.includes(state)}
            onClick={() => onToggle(state)}
            title={stateLooks[state].meaning}
            className={cx(
              'flex h-8 shrink-0 items-center gap-2 rounded-md border px-2 text-xs',
              chosen.includes(state) ? 'border-current bg-raised' : 'bg-bg hover:border-strong',
            )}
          >
            <StateMark state={state} />
            <span className="tabular font-semibold">{group(counts[state])}</span>
          </button>
        ))}
      </fieldset>
      <div className="flex h-1.5 gap-px overflow-hidden rounded-full" aria-hidden="true">
        {[...states].reverse().map((state) => (
          <span key={state} className={stateLooks[state].bar} style={{ width: `${(counts[state] / total) * 100}%` }} />
        ))}
      </div>
    </div>
  );
}

/** What is most worth doing next, where there is something plain to say. */
function Advice({ coverage }: { coverage: Coverage }) {
  const { data: sources } = useQuery(sourcesQuery);
  const counts = countStates(coverage.techniques);
  const usable = counts.ready + counts.fired + counts.tested;
  const receives = sources?.some((source) => source.events_received > 0) ?? true;
  if (usable + counts.no_source === 0) {
    return (
      <Note title="No rule names a technique.">
        <p>
          Rules say what they look for with a tag such as <code className="log">attack.t1110</code>. Switch rules on,
          tag your own, or import a pack.
        </p>
        <Button asChild size="small" kind="primary">
          <Link to="/rules">Rules</Link>
        </Button>
      </Note>
    );
  }
  // What is ready sees events that are stored, whether or not some came since the start.
  if (usable > 0) return null;
  return (
    <Note title={receives ? 'No source sends what the rules need.' : 'No events arrive yet.'}>
      <p>
        {receives
          ? 'Open a technique marked “No source”: it lists what is missing.'
          : 'Rules are ready, but nothing can be detected before a source is connected.'}
      </p>
      <Button asChild size="small" kind="primary">
        <Link to="/sources">
          <Radio className="size-3.5" aria-hidden="true" /> Connect a source
        </Link>
      </Button>
    </Note>
  );
}

function Note({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <div
      role="status"
      className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-md border border-high/40 bg-high/8 px-4 py-3"
    >
      <p className="font-medium">{title}</p>
      {children}
    </div>
  );
}
