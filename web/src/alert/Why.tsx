import { Link } from '@tanstack/react-router';
import { SquarePen } from 'lucide-react';
import { useState } from 'react';
import type { AlertDetail } from '../api/types.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { ExplainTree } from './ExplainTree.tsx';
import { NearMisses } from './NearMisses.tsx';

/**
 * Why the rule fired, the way to the rule with these events, and what it almost counted too.
 *
 * @param stored false: its events are not in the store, so that nothing can be asked about them
 */
export function Why({ alert, mayAsk, stored = true }: { alert: AlertDetail; mayAsk: boolean; stored?: boolean }) {
  const [asked, setAsked] = useState(false);
  const { rule } = alert;
  return (
    <Card title="Why this alert">
      <ExplainTree explain={alert.explain} />
      {rule && stored && (
        <div className="mt-4 flex flex-col gap-3 border-t pt-3">
          {alert.events.length > 0 && (
            <Button asChild size="small" className="max-w-full self-start">
              <Link
                to="/rules/$id"
                params={{ id: rule.id }}
                search={{ pane: 'test', events: alert.events.map(({ id }) => id) }}
              >
                <SquarePen className="size-3.5" aria-hidden="true" /> Open in the editor with these events
              </Link>
            </Button>
          )}
          {mayAsk && (
            <details onToggle={(event) => event.currentTarget.open && setAsked(true)}>
              <summary className="rounded text-muted hover:text-text">
                Near misses: what would have had to differ
              </summary>
              <div className="mt-2">{asked && <NearMisses alert={alert} ruleId={rule.id} />}</div>
            </details>
          )}
        </div>
      )}
    </Card>
  );
}
