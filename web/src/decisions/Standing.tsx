import { Link } from '@tanstack/react-router';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Time } from '../ui/Time.tsx';
import { type DecisionJson, useResponseChange } from './api.ts';
import { kindNames, stateNames, stateTones } from './words.ts';

/** A decision that holds now, where its target is looked at: until when, why, by whom, and how to undo it. */
export function Standing({ decision, mayAct }: { decision: DecisionJson; mayAct: boolean }) {
  const { id, target, kind, state, reason, who, policy, expires, enforcers } = decision;
  const change = useResponseChange();
  const failed = enforcers.find((each) => each.state === 'failed');
  return (
    <section aria-label={`Decision about ${target}`} className="flex flex-wrap items-start gap-3 rounded-md border p-3">
      <div className="min-w-0 grow basis-56">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-mono break-all">{target}</span>
          <Badge tone={stateTones[state]}>{stateNames[state]}</Badge>
          <Badge>{kindNames[kind]}</Badge>
          {failed && (
            <Badge tone="bad" title={failed.detail}>
              not in the firewall
            </Badge>
          )}
        </p>
        <p className="mt-1 break-words">{reason}</p>
        <p className="mt-1 text-xs text-muted">
          {policy === null ? who : `Policy ${policy}`}, until <Time value={expires} form="full" /> ·{' '}
          <Link to="/decisions" search={{ open: id }} className="text-accent underline-offset-2 hover:underline">
            Open it
          </Link>
        </p>
      </div>
      {mayAct && (
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
    </section>
  );
}
