import { Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { plural } from '../ui/format.ts';
import { Switch } from '../ui/Switch.tsx';
import { Time } from '../ui/Time.tsx';
import { type PlaybookJson, usePlaybookChange } from './api.ts';
import { runWords, stepNames, useRuleNames } from './words.ts';

/** Every playbook, on or off, with what starts it and what it does. */
export function PlaybookList({ playbooks, admin }: { playbooks: PlaybookJson[]; admin: boolean }) {
  const named = useRuleNames();
  return (
    <div className="flex flex-col gap-3">
      <p className="max-w-prose text-muted">
        A playbook is off until it is switched on. Blocks wait for approval unless its author says otherwise, and the
        rules of safety and the allow-list hold for it as for everything else.
      </p>
      <Card
        flush
        title={plural(playbooks.length, 'playbook')}
        extra={
          admin && (
            <Button size="small" asChild>
              <Link to="/playbooks/$id" params={{ id: 'new' }}>
                <Plus className="size-3.5" aria-hidden="true" /> Write one
              </Link>
            </Button>
          )
        }
      >
        <ul>
          {playbooks.map((each) => (
            <Row key={each.id} playbook={{ ...each, trigger: named(each.trigger) }} admin={admin} />
          ))}
        </ul>
      </Card>
    </div>
  );
}

function Row({ playbook, admin }: { playbook: PlaybookJson; admin: boolean }) {
  const change = usePlaybookChange<PlaybookJson>();
  const { id, name, description, enabled, usable, shipped, changed, trigger, steps, last, held, problems } = playbook;
  const [problem] = problems;
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-1 border-b px-4 py-3 last:border-b-0">
      <span className="mt-1">
        <Switch
          label={`Use ${name}`}
          checked={enabled}
          disabled={!admin || (!usable && !enabled)}
          onChange={(next) =>
            change.mutate({
              method: 'PATCH',
              path: `/api/playbooks/${id}`,
              body: { enabled: next },
              done: () => `${name}: ${next ? 'on' : 'off'}`,
            })
          }
        />
      </span>
      <div className="min-w-0 grow basis-64">
        <p className="flex flex-wrap items-center gap-2">
          <Link to="/playbooks/$id" params={{ id }} className="font-medium break-words hover:underline">
            {name}
          </Link>
          {shipped && <Badge>{changed ? 'changed' : 'shipped'}</Badge>}
          {!usable && <Badge tone="bad">cannot be used</Badge>}
        </p>
        {description && <p className="break-words text-muted">{description}</p>}
        {problem ? (
          <p className="text-sm break-words text-bad">
            {problem.line !== null && `Line ${problem.line}: `}
            {problem.message}
          </p>
        ) : (
          <p className="text-sm break-words text-muted">
            {trigger}{' '}
            {steps.map((step) => stepNames[step.do] + (step.approval === 'required' ? ' (asks)' : '')).join(' → ')}
          </p>
        )}
        {held.same + held.many > 0 && (
          <p className="text-sm text-muted">
            Held back since the start: {held.same} for somebody it ran for lately, {held.many} over its runs of an hour.
          </p>
        )}
      </div>
      {last && (
        <Link
          to="/playbooks"
          search={{ playbook: id }}
          className="flex items-center gap-2 text-xs text-muted hover:text-text"
        >
          <Badge tone={runWords[last.state][1]}>{runWords[last.state][0]}</Badge>
          <Time value={last.at} form="relative" />
        </Link>
      )}
    </li>
  );
}
