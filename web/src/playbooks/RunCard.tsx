import { Link } from '@tanstack/react-router';
import { Ban, Check, Circle, CircleAlert, CircleCheck, CircleDashed, CirclePause, Undo2, X } from 'lucide-react';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { LogText } from '../ui/LogText.tsx';
import { Severity } from '../ui/Severity.tsx';
import { Time } from '../ui/Time.tsx';
import { type RunJson, usePlaybookChange } from './api.ts';
import { resultWords, runWords, stepNames } from './words.ts';

const plain = '!font-sans !text-[1em] break-words';
const isOpen = ({ state }: RunJson): boolean => ['running', 'waiting', 'approval'].includes(state);

/** A run: what it is about, its steps as a timeline, and what can be done about it. */
export function RunCard({
  run,
  open,
  toggle,
  mayAct,
}: {
  run: RunJson;
  open: boolean;
  toggle: () => void;
  mayAct: boolean;
}) {
  const [word, tone] = runWords[run.state];
  return (
    <article className="border-b last:border-b-0" data-testid="run">
      <button
        type="button"
        aria-expanded={open}
        onClick={toggle}
        className="flex w-full flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 text-left -outline-offset-2 hover:bg-raised"
      >
        <Badge tone={tone}>{word}</Badge>
        <span className="min-w-0 grow basis-48 break-words">
          <span className="font-medium">{run.name}</span>{' '}
          {run.entity !== '' && <LogText text={run.entity} limit={100} className={`${plain} text-muted`} />}
        </span>
        {run.undone && <Badge>undone</Badge>}
        <span className="tabular text-xs text-muted">
          step {Math.min(run.at + 1, run.steps.length)} of {run.steps.length}
        </span>
        <span className="text-xs text-muted">
          <Time value={run.created} form="relative" />
        </span>
      </button>
      {open && (
        <div className="px-4 pb-4">
          <About run={run} />
          <Steps run={run} />
          {run.note && <LogText text={run.note} limit={600} className={`${plain} mt-2 block text-muted`} />}
          {run.undone && (
            <p className="mt-2 text-muted">
              Undone by {run.undone.by} <Time value={run.undone.at} />: {run.undone.lifted} lifted.
            </p>
          )}
          {mayAct && <Actions run={run} />}
        </div>
      )}
    </article>
  );
}

function About({ run }: { run: RunJson }) {
  return (
    <div className="mb-3 flex flex-wrap items-center gap-x-3 gap-y-1 text-muted">
      {run.severity && <Severity level={run.severity} />}
      {run.message && <LogText text={run.message} limit={300} className={plain} />}
      {run.alert && (
        <Link to="/alerts/$id" params={{ id: run.alert }} className="text-accent hover:underline">
          Alert
        </Link>
      )}
      {run.incident && (
        <Link to="/incidents/$id" params={{ id: run.incident }} className="text-accent hover:underline">
          Incident
        </Link>
      )}
      <span>
        {run.by ? `Started by ${run.by}` : 'Started by its trigger'}, <Time value={run.created} />
      </span>
    </div>
  );
}

const marks = {
  done: <CircleCheck className="text-good" />,
  known: <CircleCheck className="text-muted" />,
  skipped: <CircleDashed className="text-muted" />,
  refused: <Ban className="text-high" />,
  failed: <CircleAlert className="text-bad" />,
};

function Steps({ run }: { run: RunJson }) {
  return (
    <ol className="flex flex-col" aria-label="Steps">
      {run.steps.map(({ result, ...step }, index) => {
        const isNext = index === run.at && isOpen(run);
        return (
          <li
            // A step has no name of its own: its place in the run is what it is.
            key={`${run.id}-${String(index)}`}
            className="relative flex gap-3 pb-3 before:absolute before:top-5 before:bottom-0 before:left-[0.45rem] before:w-px before:bg-line last:pb-0 last:before:hidden"
          >
            <span className="mt-0.5 shrink-0 [&_svg]:size-4" aria-hidden="true">
              {result ? (
                marks[result.state]
              ) : isNext ? (
                <CirclePause className="text-accent" />
              ) : (
                <Circle className="text-faint" />
              )}
            </span>
            <div className="min-w-0 grow">
              <p className="break-words">
                <span className="font-medium">{step.name ?? stepNames[step.do]}</span>{' '}
                <LogText text={step.text} limit={400} className={`${plain} text-muted`} />
              </p>
              {result ? (
                <p className="text-sm break-words text-muted">
                  <Badge tone={resultWords[result.state][1]}>{resultWords[result.state][0]}</Badge>{' '}
                  {result.by && `${result.by}, `}
                  <Time value={result.ended} />{' '}
                  <LogText text={result.text} limit={1000} className={`${plain} whitespace-pre-line`} />
                  {result.decisions.map((id) => (
                    <Link
                      key={id}
                      to="/decisions"
                      search={{ open: id, ...(result.state === 'refused' && { tab: 'history' as const }) }}
                      className="ml-2 text-accent hover:underline"
                    >
                      Decision
                    </Link>
                  ))}
                </p>
              ) : (
                isNext &&
                run.due &&
                run.state !== 'running' && (
                  <p className="text-sm text-muted">
                    {run.state === 'approval' ? 'Waits for approval until' : 'Waits until'} <Time value={run.due} />
                  </p>
                )
              )}
            </div>
          </li>
        );
      })}
    </ol>
  );
}

function Actions({ run }: { run: RunJson }) {
  const change = usePlaybookChange<RunJson>();
  const post = (what: string, done: string) =>
    change.mutate({
      method: 'POST',
      path: `/api/playbook-runs/${run.id}/${what}`,
      ...((what === 'approve' || what === 'refuse') && { body: { step: run.at } }),
      done: () => done,
    });
  const decided = run.steps.some(({ result }) => result?.state === 'done' && result.decisions.length > 0);
  if (!isOpen(run) && (run.undone || !decided)) return null;
  return (
    <div className="mt-3 flex flex-wrap gap-2">
      {run.state === 'approval' && (
        <>
          <Button kind="primary" busy={change.isPending} onClick={() => post('approve', `${run.name}: approved`)}>
            <Check className="size-4" aria-hidden="true" /> Approve
          </Button>
          <Button busy={change.isPending} onClick={() => post('refuse', `${run.name}: refused`)}>
            <X className="size-4" aria-hidden="true" /> Refuse
          </Button>
        </>
      )}
      {isOpen(run) && (
        <Button kind="ghost" busy={change.isPending} onClick={() => post('cancel', `${run.name}: cancelled`)}>
          Cancel the run
        </Button>
      )}
      {!run.undone && decided && (
        <Button
          kind="danger"
          busy={change.isPending}
          onClick={() => post('undo', `${run.name}: its blocks are lifted`)}
        >
          <Undo2 className="size-4" aria-hidden="true" /> Undo
        </Button>
      )}
    </div>
  );
}
