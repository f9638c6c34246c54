import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Download, Plus, ShieldBan } from 'lucide-react';
import { useState } from 'react';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { SearchBox } from '../ui/SearchBox.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { type DecisionJson, decisionsQuery, useResponseChange } from './api.ts';
import { BlockDialog } from './BlockDialog.tsx';
import { Score } from './Score.tsx';
import { kindNames, stateNames, stateTones } from './words.ts';

const route = getRouteApi('/app/decisions');

/** Decisions of some states, newest first. */
export function DecisionTable({ states, mayAct }: { states: string; mayAct: boolean }) {
  const { q, cursor, open } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(decisionsQuery({ state: states, q, cursor }));
  const [blocking, setBlocking] = useState(false);
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <SearchBox
          label="Target, reason or who"
          placeholder="Address, reason or who …"
          value={q ?? ''}
          onChange={(text) =>
            void navigate({
              search: ({ q: _, cursor: __, ...rest }) => (text === '' ? rest : { ...rest, q: text }),
              replace: true,
            })
          }
          className="min-w-0 grow basis-60"
        />
        {mayAct && (
          <>
            <Button asChild>
              <a href={`/api/decisions/export?format=stix&state=${states}`} download>
                <Download aria-hidden="true" className="size-4" /> STIX
              </a>
            </Button>
            <Button asChild>
              <a href={`/api/decisions/export?format=csv&state=${states}`} download>
                <Download aria-hidden="true" className="size-4" /> CSV
              </a>
            </Button>
            <Button kind="primary" onClick={() => setBlocking(true)}>
              <Plus aria-hidden="true" className="size-4" /> Block
            </Button>
          </>
        )}
      </div>
      <BlockDialog open={blocking} onClose={() => setBlocking(false)} />
      {query.isPending && <Skeleton lines={6} />}
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
      {query.data && (
        <Card flush title={`${query.data.total} ${query.data.total === 1 ? 'decision' : 'decisions'}`}>
          {query.data.decisions.length === 0 ? (
            <Empty icon={<ShieldBan aria-hidden="true" />} title="Nothing here.">
              <p>
                Policies decide about alerts as they come. Block an address by hand, or look at the policies to see what
                they ask for.
              </p>
            </Empty>
          ) : (
            <ul>
              {query.data.decisions.map((each) => (
                <Row
                  key={each.id}
                  decision={each}
                  open={open === each.id}
                  mayAct={mayAct}
                  toggle={() =>
                    void navigate({
                      search: ({ open: before, ...rest }) => (before === each.id ? rest : { ...rest, open: each.id }),
                      replace: true,
                    })
                  }
                />
              ))}
            </ul>
          )}
        </Card>
      )}
      <div className="flex gap-2">
        {cursor !== undefined && (
          <Button onClick={() => void navigate({ search: ({ cursor: _, ...rest }) => rest })}>Newest</Button>
        )}
        {query.data?.next != null && (
          <Button
            onClick={() => {
              const next = query.data?.next ?? undefined;
              void navigate({
                search: ({ cursor: _, ...rest }) => (next === undefined ? rest : { ...rest, cursor: next }),
              });
            }}
          >
            Older
          </Button>
        )}
      </div>
    </div>
  );
}

function Row({
  decision,
  open,
  toggle,
  mayAct,
}: {
  decision: DecisionJson;
  open: boolean;
  toggle: () => void;
  mayAct: boolean;
}) {
  const { id, kind, target, reason, state, expires, created, enforcers, note } = decision;
  const change = useResponseChange();
  const isCurrent = state === 'active' || state === 'dry-run';
  const failed = enforcers.find((each) => each.state === 'failed');
  const isVerified = enforcers.some((each) => each.state === 'verified');
  return (
    <li className="border-b last:border-b-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2">
        <button
          type="button"
          aria-expanded={open}
          onClick={toggle}
          className="flex min-w-0 grow basis-64 flex-wrap items-center gap-x-3 gap-y-1 text-left"
        >
          <span className="font-mono">{target}</span>
          {/* Nothing is in force where somebody is only watched. */}
          {(kind !== 'alert' || state !== 'active') && <Badge tone={stateTones[state]}>{stateNames[state]}</Badge>}
          <Badge>{kindNames[kind]}</Badge>
          {failed && <Badge tone="bad">not in the firewall</Badge>}
          {isVerified && state === 'active' && <Badge tone="good">verified</Badge>}
          <span className="w-full min-w-0 truncate text-muted" title={reason}>
            {reason}
          </span>
        </button>
        <span className="text-xs text-faint">
          {isCurrent ? (
            <>
              until <Time value={expires} form="full" />
            </>
          ) : (
            <Time value={created} form="relative" />
          )}
        </span>
        {isCurrent && mayAct && (
          <Button
            size="small"
            busy={change.isPending}
            onClick={() =>
              change.mutate({
                method: 'POST',
                path: `/api/decisions/${encodeURIComponent(id)}/undo`,
                body: {},
                done: () => `${target} is let go`,
              })
            }
          >
            Undo
          </Button>
        )}
      </div>
      {open && (
        <div className="flex flex-col gap-2 border-t bg-raised/40 px-4 py-3 text-sm">
          <p className="break-words">{reason}</p>
          {note && <p className="break-words text-high">{note}</p>}
          <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
            <dt className="text-muted">By</dt>
            <dd>
              {decision.who}
              {decision.policy && ` (policy ${decision.policy})`}
              {decision.strike > 1 && `, time ${decision.strike}`}
            </dd>
            <dt className="text-muted">From, until</dt>
            <dd>
              <Time value={created} form="full" /> – <Time value={expires} form="full" />
            </dd>
            <dt className="text-muted">Firewall</dt>
            <dd>
              {enforcers.length === 0
                ? 'nothing was written'
                : enforcers.map((each) => `${each.enforcer}: ${each.state} ${each.detail}`).join('; ')}
            </dd>
            <dt className="text-muted">Evidence</dt>
            <dd className="flex flex-wrap gap-2">
              {decision.evidence.alerts.map((alert) => (
                <Link key={alert} to="/alerts/$id" params={{ id: alert }} search={{}} className="text-accent underline">
                  Alert {alert.slice(0, 8)}
                </Link>
              ))}
              <Link
                to="/entity/$kind/$value"
                params={{ kind: 'address', value: target.split('/')[0] ?? target }}
                search={{}}
                className="text-accent underline"
              >
                All about {target.split('/')[0]}
              </Link>
            </dd>
          </dl>
          {decision.evidence.score && <Score score={decision.evidence.score} />}
        </div>
      )}
    </li>
  );
}
